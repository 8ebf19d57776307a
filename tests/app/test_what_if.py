"""The edit of a session, its queries and its searches, without a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pytestqt.qtbot import QtBot

from fragscope.session import Session
from fragscope.what_if import Edit, WhatIf
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.smallest_sets import Goal
from fragscope_explainers.what_if import ERASER_FILLS, EraserFill, inpainted


@pytest.fixture
def what_if(session: Session, qtbot: QtBot, photo: Path) -> WhatIf:
    """What if, of a session with `photo` and its fragments, whose panels do not run."""
    for panel in list(session.panels):
        session.remove_panel(panel.number)
    found = WhatIf(session)
    session.load_model()
    session.open_file(photo)
    qtbot.waitUntil(lambda: session.pyramid is not None, timeout=20_000)
    return found


def corner(rows: int = 20) -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[:rows, :30] = True
    return mask


def expected(what_if: WhatIf, values: np.ndarray, classifier: TorchClassifier) -> np.ndarray:
    import torch

    return classifier.probabilities(torch.tensor(values)[None])[0].numpy()


def test_at_first_nothing_is_erased(what_if: WhatIf) -> None:
    assert what_if.edit is not None
    assert what_if.edit.is_empty
    assert what_if.altered is None
    assert_array_equal(what_if.probabilities, what_if.original)


def test_an_edit_is_answered_with_the_altered_input(
    what_if: WhatIf, qtbot: QtBot, small_classifier: TorchClassifier
) -> None:
    what_if.set_edit(what_if.edit.marking(corner()))
    assert what_if.is_asking
    assert not what_if.altered[:20, :30].std(axis=(0, 1)).any()  # at once, before the answer
    qtbot.waitUntil(lambda: not what_if.is_asking)
    values = what_if._session.prediction.model_input.values.copy()
    values[:, :20, :30] = 0
    wanted = expected(what_if, values, small_classifier)
    assert_allclose(what_if.probabilities, wanted, atol=1e-3)
    assert not np.allclose(what_if.probabilities, what_if.original, atol=1e-3)


def test_keeping_a_part_is_erasing_the_others(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.set_edit(what_if.edit.marking(~corner()))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    erased = what_if.probabilities
    what_if.set_edit(Edit(corner(), keeps=True))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    assert_allclose(what_if.probabilities, erased, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("fill", ERASER_FILLS)
def test_every_fill_is_asked_with(
    what_if: WhatIf, qtbot: QtBot, fill: EraserFill, small_classifier: TorchClassifier
) -> None:
    what_if.set_edit(Edit(corner(), fill=fill))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    if fill == "inpaint":
        given = what_if._session.prediction.model_input
        smooth = inpainted(given.values, corner())
        assert_array_equal(what_if.altered, given.to_rgb(smooth))
        assert_allclose(
            what_if.probabilities, expected(what_if, smooth, small_classifier), atol=1e-3
        )
    assert what_if.altered.shape == (64, 64, 3)


def test_of_many_edits_at_once_the_first_and_the_latest_are_asked(
    what_if: WhatIf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[int] = []
    submit = what_if._session.jobs.submit
    monkeypatch.setattr(
        what_if._session.jobs,
        "submit",
        lambda steps: submitted.append(submit(steps)) or submitted[-1],
    )
    for rows in range(1, 30):
        what_if.set_edit(what_if.edit.marking(corner(rows)))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    assert len(submitted) == 2
    latest = what_if.probabilities
    for rows, is_latest in ((28, False), (29, True)):
        what_if.set_edit(Edit(corner(rows)))
        qtbot.waitUntil(lambda: not what_if.is_asking)
        assert np.allclose(what_if.probabilities, latest, rtol=1e-5, atol=1e-7) == is_latest


def test_an_answer_that_comes_after_all_was_brought_back_is_dropped(
    what_if: WhatIf, qtbot: QtBot
) -> None:
    what_if.set_edit(what_if.edit.marking(corner()))
    query = what_if._query
    what_if.set_edit(what_if.edit.marking(corner(), False))
    assert not what_if.is_asking
    assert_array_equal(what_if.probabilities, what_if.original)
    qtbot.waitUntil(lambda: not what_if._session.jobs.is_alive(query))
    assert_array_equal(what_if.probabilities, what_if.original)


def test_keeping_everything_erases_nothing(what_if: WhatIf) -> None:
    everything = Edit(np.ones((64, 64), bool), keeps=True)
    assert everything.is_empty
    assert not everything.erased.any()
    what_if.set_edit(everything)
    assert what_if.altered is None
    assert not what_if.is_asking
    assert not Edit(np.ones((64, 64), bool)).is_empty


def test_another_picture_begins_with_nothing_erased_and_keeps_the_fill(
    what_if: WhatIf, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    what_if.set_edit(Edit(corner(), keeps=True, fill="blur"))
    with qtbot.waitSignals([what_if._session.predicted, what_if.restarted]):
        what_if._session.open_file(make_photo("other.png", 95, 120, 8))
    qtbot.waitUntil(lambda: what_if._session.prediction is not None)
    assert what_if.edit.is_empty
    assert (what_if.edit.fill, what_if.edit.keeps) == ("blur", False)


def test_a_model_that_fails_is_told_and_asked_again_by_the_next_edit(
    what_if: WhatIf, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ModelError("the model is away; call it back")

    with monkeypatch.context() as broken:
        broken.setattr("fragscope.what_if.probabilities_of", fail)
        what_if.set_edit(Edit(corner()))
        qtbot.waitUntil(lambda: what_if.failure != "")
    assert what_if.failure == "the model is away; call it back"
    assert not what_if.is_asking
    what_if.set_edit(Edit(corner(12)))
    assert what_if.failure == ""
    qtbot.waitUntil(lambda: not what_if.is_asking)
    assert what_if.failure == ""


@pytest.mark.parametrize("goal", ["keep", "flip"])
def test_a_found_set_does_what_it_promises(what_if: WhatIf, qtbot: QtBot, goal: Goal) -> None:
    what_if.find(goal, what_if._session.pyramid.labels[0])
    assert what_if.is_searching
    qtbot.waitUntil(lambda: not what_if.is_searching, timeout=20_000)
    search = what_if.search
    assert search.is_complete
    last = search.steps[-1]
    on_top = last.probabilities.argmax() == search.target
    assert on_top == ((goal == "keep") is (last.phase == "found"))
    what_if.set_edit(search.edit(len(search.steps) - 1))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    assert_allclose(what_if.probabilities, last.probabilities, atol=1e-4)


def test_no_step_is_lost_on_the_way(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.find("keep", what_if._session.pyramid.labels[1])
    qtbot.waitUntil(lambda: not what_if.is_searching, timeout=20_000)
    growing = [len(s.fragments) for s in what_if.search.steps if s.phase == "growing"]
    assert growing == list(range(len(growing)))


def test_an_empty_kept_set_erases_everything(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.find("keep", what_if._session.pyramid.labels[0])
    qtbot.waitUntil(lambda: bool(what_if.search.steps), timeout=20_000)
    assert what_if.search.edit(0).erased.all()


def test_known_answers_need_no_query(what_if: WhatIf) -> None:
    known = np.full(10, 0.1, np.float32)
    what_if.set_edit(Edit(corner()), known)
    assert not what_if.is_asking
    assert what_if.probabilities is known


def test_effects_of_a_run_give_the_order(explained: Session, qtbot: QtBot) -> None:
    what_if = WhatIf(explained)
    what_if._restart()
    qtbot.waitUntil(lambda: explained.pyramid is not None)
    found = what_if._effects(explained.pyramid.labels[1], explained.target)
    snapshot = explained.panel(0).state.snapshot
    start, stop = snapshot.pyramid.offsets[1:3]
    assert_array_equal(found(), snapshot.effects(explained.target)[start:stop])


def test_effects_of_another_model_give_no_order(explained: Session, qtbot: QtBot) -> None:
    what_if = WhatIf(explained)
    what_if._restart()
    labels, target = explained.pyramid.labels[1], explained.target
    panel = explained.panel(0)
    assert what_if._effects(labels, target) is not None
    panel.model = 0
    assert what_if._effects(labels, target) is None
    panel.model = None


def test_another_class_drops_the_search(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.find("keep", what_if._session.pyramid.labels[4])
    session = what_if._session
    session.set_target(session.prediction.top[1])
    assert what_if.search is None
    assert not what_if.is_searching


def test_subtracting_a_class_leaves_the_search_alone(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.find("flip", what_if._session.pyramid.labels[0])
    qtbot.waitUntil(lambda: not what_if.is_searching, timeout=20_000)
    search = what_if.search
    what_if._session.set_against(what_if._session.prediction.top[1])
    assert what_if.search is search


def test_a_stopped_search_keeps_its_steps(what_if: WhatIf, qtbot: QtBot) -> None:
    what_if.find("flip", what_if._session.pyramid.labels[4])
    qtbot.waitUntil(lambda: bool(what_if.search.steps), timeout=20_000)
    what_if.stop_search()
    steps = len(what_if.search.steps)
    assert not what_if.is_searching
    assert steps > 0
