"""The session: from picture to results, switching classes, stopping, and dropping what is stale."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot
from torch import Tensor

from fragscope import preparation
from fragscope.aspects import Aspect
from fragscope.session import Session, Status
from fragscope_explainers.batching import BatchTuner
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.images import image_from_array

LONG = 10**6


def wait_done(session: Session, qtbot: QtBot) -> None:
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(lambda: all(p.status in ended for p in session.panels), timeout=30_000)


def run_long(session: Session, qtbot: QtBot, photo: Path) -> None:
    """Let MFPP run without an end in sight, and the others be done."""
    session.panel(0).settings = {"masks": LONG}
    session.load_model()
    session.open_file(photo)
    mfpp = session.panel(0)
    qtbot.waitUntil(
        lambda: mfpp.state is not None and mfpp.state.snapshot.done > 50, timeout=30_000
    )


def test_opening_a_picture_explains_it_by_all_panels(explained: Session) -> None:
    assert [panel.status for panel in explained.panels] == [Status.FINISHED] * 4
    assert explained.target == explained.prediction.top[0]
    assert explained.pyramid.levels == 5
    for panel in explained.panels:
        assert panel.state.snapshot.is_final
        assert panel.saliency(explained.aspect).shape == (64, 64)
        assert {kind: curve.is_complete for kind, curve in panel.state.curves.items()} == {
            "deletion": True,
            "insertion": True,
        }


def test_the_model_may_come_after_the_picture(session: Session, qtbot: QtBot, photo: Path) -> None:
    with qtbot.waitSignal(session.image_changed):
        session.open_file(photo)
    assert session.prediction is None
    with qtbot.waitSignal(session.predicted):
        session.load_model()


def test_switching_the_class_needs_no_new_masks(explained: Session, qtbot: QtBot) -> None:
    mfpp = explained.panel(0)
    snapshot, other = mfpp.state.snapshot, explained.prediction.top[1]
    explained.set_target(other)
    at_once = mfpp.saliency(Aspect(other))
    assert np.array_equal(at_once, snapshot.saliency(other))
    wait_done(explained, qtbot)
    assert mfpp.state.snapshot is snapshot
    assert {panel.state.target for panel in explained.panels} == {other}


def test_a_contrast_needs_no_query(explained: Session, qtbot: QtBot) -> None:
    first, second = explained.prediction.top[:2]
    states = [panel.state for panel in explained.panels]
    with qtbot.waitSignal(explained.target_changed):
        explained.set_against(second)
    assert [panel.status for panel in explained.panels] == [Status.FINISHED] * 4
    mfpp, rise, integrated, _ = explained.panels
    for panel in (mfpp, rise):
        snapshot = panel.state.snapshot
        expected = snapshot.saliency(first) - snapshot.saliency(second)
        expected -= 0 if snapshot.is_signed else expected.mean()
        shown = panel.saliency(explained.aspect)
        assert shown == pytest.approx(expected, abs=1e-6)
        assert panel.saliency(explained.aspect) is shown
        assert panel.is_signed(explained.aspect)
    assert integrated.subtracted(explained.aspect) is None
    assert integrated.saliency(explained.aspect) is integrated.state.saliency
    explained.set_against(None)
    assert [panel.state for panel in explained.panels] == states


def test_a_class_is_never_subtracted_from_itself(explained: Session) -> None:
    first, second, third = explained.prediction.top[:3]
    explained.set_against(first)
    assert explained.against is None
    explained.set_against(second)
    explained.set_target(third)
    assert (explained.target, explained.against) == (third, second)
    explained.set_target(second)
    assert (explained.target, explained.against) == (second, None)


def test_switching_the_class_while_running_keeps_the_masks(
    session: Session, qtbot: QtBot, photo: Path
) -> None:
    run_long(session, qtbot, photo)
    mfpp, other = session.panel(0), session.prediction.top[1]
    done = mfpp.state.snapshot.done
    session.set_target(other)
    qtbot.waitUntil(lambda: mfpp.state.target == other)
    assert mfpp.state.snapshot.done >= done
    assert mfpp.status is Status.RUNNING


def test_stopping_keeps_the_partial_result_and_scores_it(
    session: Session, qtbot: QtBot, photo: Path
) -> None:
    run_long(session, qtbot, photo)
    assert not session.panel(0).state.scored_curves  # what is shown is of an earlier map
    session.stop_all()
    mfpp = session.panel(0)
    qtbot.waitUntil(lambda: mfpp.status is Status.CANCELLED, timeout=10_000)
    assert 0 < mfpp.state.snapshot.done < LONG
    assert mfpp.saliency(session.aspect) is not None
    assert {c.is_complete for c in mfpp.state.scored_curves.values()} == {True}
    assert len(mfpp.state.scored_curves) == 2


def test_the_class_decides_which_stability_is_told(
    session: Session, qtbot: QtBot, photo: Path
) -> None:
    run_long(session, qtbot, photo)
    session.pause_all()
    mfpp, other = session.panel(0), session.prediction.top[1]
    assert mfpp.stability(session.target) == mfpp.state.stability
    assert mfpp.stability(other) == mfpp.state.snapshot.stability(other)


def test_switching_the_class_lets_paused_runs_go_on(
    session: Session, qtbot: QtBot, photo: Path
) -> None:
    run_long(session, qtbot, photo)
    session.pause_all()
    session.set_target(session.prediction.top[1])
    assert not session.is_paused
    assert session.is_running


def test_twice_the_masks(explained: Session, qtbot: QtBot) -> None:
    explained.double_masks(0)
    wait_done(explained, qtbot)
    assert explained.panel(0).state.snapshot.total == 120


def test_pausing_holds_and_goes_on(session: Session, qtbot: QtBot, photo: Path) -> None:
    run_long(session, qtbot, photo)
    session.pause_all()
    mfpp = session.panel(0)
    assert mfpp.status is Status.PAUSED
    marker: list[int] = []
    session.in_background(lambda: 1, marker.append)
    qtbot.waitUntil(lambda: marker == [1])  # what was under way has arrived
    done = mfpp.state.snapshot.done
    qtbot.wait(50)
    assert mfpp.state.snapshot.done == done
    session.pause_all(False)
    qtbot.waitUntil(lambda: mfpp.state.snapshot.done > done)


def test_another_picture_does_not_show_what_the_first_still_sends(
    session: Session, qtbot: QtBot, photo: Path, make_photo: Callable[..., Path]
) -> None:
    run_long(session, qtbot, photo)
    first = session.picture
    other = make_photo("other.png", 120, 80, 9)
    shown: list[tuple[int, int]] = []
    session.panel_changed.connect(
        lambda number: (
            shown.append((session.image.height, session.panel(number).state.snapshot.total))
            if session.panel(number).state is not None
            else None
        )
    )
    with qtbot.waitSignal(session.image_changed):
        session.open_file(other)
    session.panel(0).settings = {"masks": 60}
    shown.clear()
    wait_done(session, qtbot)
    assert shown
    assert all(height == 120 and total != LONG for height, total in shown)
    assert first.panels.of(0).status is Status.RUNNING  # it goes on behind


def test_only_the_last_of_quickly_opened_pictures_is_shown(
    session: Session, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session.load_model()
    paths = [make_photo(f"{n}.png", 80 + n, 100, n) for n in range(4)]
    heights: list[int] = []
    session.image_changed.connect(lambda: heights.append(session.image.height))
    for path in paths:
        session.open_file(path)
    qtbot.waitUntil(lambda: session.prediction is not None, timeout=10_000)
    assert heights == [83]


def test_nothing_is_lost_while_the_window_is_busy(
    session: Session, qtbot: QtBot, photo: Path
) -> None:
    """The mailbox keeps one value a job, so no job may have two that both matter."""
    session.load_model()
    with qtbot.waitSignal(session.image_changed):
        session.open_file(photo)
    qtbot.waitUntil(lambda: session.classifier is not None)
    for _ in range(3):  # a blocked GUI thread, while the worker does all it can
        reached = threading.Event()
        session.in_background(reached.set, lambda _: None)
        assert reached.wait(10)
        QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: session.pyramid is not None)
    assert session.prediction is not None
    wait_done(session, qtbot)


def test_a_slow_picture_is_not_covered_by_the_one_before(
    session: Session,
    qtbot: QtBot,
    make_photo: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = make_photo("first.png", 81, 90, 1), make_photo("second.png", 82, 90, 2)
    gate = threading.Event()
    real = preparation.open_file

    def slow(path: Path, *more: Any) -> Iterator[Any]:
        if path == second:
            gate.wait(10)
        yield from real(path, *more)

    monkeypatch.setattr(preparation, "open_file", slow)
    told: list[tuple[str, str]] = []
    session.predicted.connect(
        lambda: told.append((session.image.name, session.prediction.model_input.image.name))
    )
    with qtbot.waitSignal(session.image_changed):
        session.open_file(first)
    session.load_model()  # its arrival asks about the first picture
    session.open_file(second)
    qtbot.waitUntil(lambda: session.classifier is not None, timeout=10_000)
    gate.set()
    qtbot.waitUntil(lambda: session.image.name == "second" and bool(told), timeout=10_000)
    wait_done(session, qtbot)
    assert all(shown == asked for shown, asked in told)
    assert session.prediction.model_input.image is session.image


def test_a_bad_picture_takes_nothing_from_one_that_is_being_prepared(
    session: Session, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    session.load_model()
    with qtbot.waitSignal(session.image_changed):
        session.open_file(photo)
    session.open_file(bad)
    qtbot.waitUntil(lambda: session.pyramid is not None, timeout=10_000)
    wait_done(session, qtbot)
    assert session.prediction.model_input.image is session.image


def test_stopping_twice_stops_the_curves_too(
    session: Session, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fragscope.runs.FULL_STEPS", 4000)  # long enough to be stopped
    run_long(session, qtbot, photo)
    mfpp = session.panel(0)
    session.stop_all()
    qtbot.waitUntil(lambda: mfpp.scores_partial, timeout=10_000)
    session.stop_all()
    qtbot.waitUntil(lambda: mfpp.status is Status.CANCELLED, timeout=10_000)
    assert mfpp.state is not None


def test_the_overlay_follows_the_scales_of_the_run(explained: Session, qtbot: QtBot) -> None:
    explained.configure(0, "mfpp", {"masks": 20, "scales": (6, 12)})
    wait_done(explained, qtbot)
    assert explained.pyramid.scales == (6, 12)


def test_the_overlay_follows_another_cut_at_the_same_scales(
    explained: Session, qtbot: QtBot
) -> None:
    scales = explained.pyramid.scales
    explained.configure(0, "mfpp", {"masks": 20, "segmenter": "watershed"})
    wait_done(explained, qtbot)
    assert explained.pyramid is explained.panels[0].pyramid
    assert explained.pyramid.scales == scales


def test_two_pyramids_do_not_take_turns_in_the_overlay(explained: Session, qtbot: QtBot) -> None:
    explained.configure(0, "mfpp", {"masks": 20, "scales": (6, 12)})
    explained.configure(1, "mfpp", {"masks": 200})
    changes: list[tuple[int, ...]] = []
    explained.pyramid_changed.connect(lambda: changes.append(explained.pyramid.scales))
    wait_done(explained, qtbot)
    assert changes.count((6, 12)) == 1
    assert explained.pyramid.scales == (6, 12)


def test_a_bad_picture_says_nothing_of_the_model(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    told: list[None] = []
    session.model_changed.connect(lambda: told.append(None))
    with qtbot.waitSignal(session.noticed):
        session.open_file(tmp_path / "missing.png")
    assert told == []


def test_a_bad_picture_is_told_once_and_changes_nothing(
    explained: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture at all")
    before = explained.image
    sentences: list[str] = []
    explained.noticed.connect(sentences.append)
    explained.open_file(bad)
    qtbot.waitUntil(lambda: not explained.is_loading)
    assert len(sentences) == 1
    assert "bad.jpg" in sentences[0]
    assert explained.image is before
    assert [panel.status for panel in explained.panels] == [Status.FINISHED] * 4


def test_a_failing_method_says_why_and_the_others_finish(
    session: Session, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Iterator[Any]:
        raise ModelError("rise cannot, try another")
        yield

    monkeypatch.setattr("fragscope_explainers.perturbation.rise.Rise._run", fail)
    session.load_model()
    session.open_file(photo)
    wait_done(session, qtbot)
    statuses = [panel.status for panel in session.panels]
    assert statuses == [Status.FINISHED, Status.FAILED, Status.FINISHED, Status.FINISHED]
    assert session.panel(1).failure.sentence == "rise cannot, try another"


def test_a_model_that_cannot_be_loaded_is_told(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Iterator[TorchClassifier]:
        raise ModelError("no weights here")
        yield

    monkeypatch.setattr(preparation, "load_model", fail)
    with qtbot.waitSignal(session.noticed) as told:
        session.load_model()
    assert told.args == ["no weights here"]


def test_runs_start_on_torch_and_go_on_with_the_faster_engine(
    session: Session, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    convert = preparation.prepare_engine

    def wait_and_convert(*given: Any) -> Iterator[None]:
        assert gate.wait(30)
        yield from convert(*given)

    monkeypatch.setattr(preparation, "prepare_engine", wait_and_convert)
    session.load_model()
    session.open_file(photo)
    wait_done(session, qtbot)
    mfpp = session.panel(0)
    assert mfpp.state is not None
    assert mfpp.state.engine.name == "torch f32"
    with qtbot.waitSignal(session.engine_changed, timeout=30_000):
        gate.set()
    before = mfpp.state.saliency
    session.run_all()
    wait_done(session, qtbot)
    assert mfpp.state.engine.name == "OpenVINO f32"
    np.testing.assert_allclose(mfpp.state.saliency, before, atol=1e-5)


def test_without_a_faster_engine_torch_goes_on_and_the_reason_is_told(
    session: Session, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Iterator[None]:
        raise ModelError("OpenVINO cannot take over small (no such layer)")
        yield

    monkeypatch.setattr(preparation, "prepare_engine", fail)
    session.load_model()
    with qtbot.waitSignal(session.noticed) as told:
        session.open_file(photo)
    assert told.args[0].startswith(
        "OpenVINO cannot take over small (no such layer); torch f32 answers"
    )
    wait_done(session, qtbot)
    assert {panel.status for panel in session.panels} == {Status.FINISHED}


def test_an_engine_that_differs_on_the_picture_is_told_once(
    session: Session,
    qtbot: QtBot,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    small_classifier: TorchClassifier,
) -> None:
    class Liar:
        name, precision, tuner = "Liar f32", "f32", BatchTuner.fixed(4)

        def probabilities(self, batch: Tensor) -> Tensor:
            return small_classifier.probabilities(batch).flip(1)

    def give(classifier: TorchClassifier, _: str) -> Iterator[None]:
        classifier.engine = Liar()
        yield None

    monkeypatch.setattr(preparation, "prepare_engine", give)
    sentences: list[str] = []
    session.noticed.connect(sentences.append)
    session.load_model()
    session.open_file(photo)
    wait_done(session, qtbot)
    session.run_all()
    wait_done(session, qtbot)
    (sentence,) = sentences
    assert sentence.startswith("Liar f32 gives probabilities that name another class")


def test_panels_come_and_go(explained: Session, qtbot: QtBot) -> None:
    explained.add_panel("saliency")
    wait_done(explained, qtbot)
    assert explained.panels[-1].method.name == "saliency"
    assert explained.panels[-1].state is not None
    explained.remove_panel(1)
    assert [panel.method.name for panel in explained.panels] == [
        "mfpp",
        "integrated-gradients",
        "grad-cam",
        "saliency",
    ]


def test_other_parameters_run_the_panel_again(explained: Session, qtbot: QtBot) -> None:
    explained.configure(0, "mfpp", {"masks": 25, "keep": 0.4})
    wait_done(explained, qtbot)
    state = explained.panel(0).state
    assert (state.snapshot.total, state.explainer.keep) == (25, 0.4)


def test_wrong_parameters_fail_the_panel_only(explained: Session, qtbot: QtBot) -> None:
    explained.configure(0, "mfpp", {"masks": -1})
    wait_done(explained, qtbot)
    assert explained.panel(0).status is Status.FAILED
    assert "mfpp.masks" in explained.panel(0).failure.sentence


def test_closing_while_running_is_clean(session: Session, qtbot: QtBot, photo: Path) -> None:
    run_long(session, qtbot, photo)
    changes: list[int] = []
    session.panel_changed.connect(changes.append)
    session.close()
    qtbot.wait(30)
    assert changes == []


def test_running_without_a_picture_does_nothing(session: Session) -> None:
    session.run_all()
    assert {panel.status for panel in session.panels} == {Status.EMPTY}


def test_a_pasted_picture_is_explained(session: Session, qtbot: QtBot) -> None:
    session.load_model()
    pixels = np.random.default_rng(0).integers(0, 255, (70, 110, 3), dtype=np.uint8)
    session.open_image(image_from_array(pixels, "pasted picture"))
    wait_done(session, qtbot)
    assert session.image.name == "pasted picture"
    assert session.panel(3).status is Status.FINISHED
