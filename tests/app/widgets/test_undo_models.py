"""Another model, or the same with other settings, and the way back to what was there before."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.main_window import MainWindow
from fragscope.model_choice import ModelChoice
from fragscope.session import Status
from fragscope.widgets import history
from fragscope_explainers.classifiers.loaded import LoadedClassifier

from ..two_models import OTHER, Closed, Loads, another
from ..undoing import choices, explained_window, press, settle, states

THIRD = ModelChoice("third.pt")


@pytest.fixture
def filled(loads: Loads, window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained by the small model, two others to open, nothing to undo."""
    loads[OTHER.spec] = loads[THIRD.spec] = another
    return explained_window(window, qtbot, photo)


def open_model(window: MainWindow, qtbot: QtBot, choice: ModelChoice = OTHER) -> LoadedClassifier:
    """Open another model, and wait until it has explained the picture."""
    earlier = window.session.classifier
    window.session.load_model(choice)
    qtbot.waitUntil(lambda: window.session.classifier is not earlier)
    settle(window, qtbot)
    found = window.session.classifier
    assert found is not None
    return found


def counted(model: LoadedClassifier, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures a model is asked about from now on, a number for each batch."""
    asked: list[int] = []
    answer = model.probabilities

    def probabilities(batch: Any) -> Any:
        asked.append(len(batch))
        return answer(batch)

    monkeypatch.setattr(model, "probabilities", probabilities)
    return asked


def test_the_model_before_comes_back_with_all_results_and_is_not_asked(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, undo = filled.session, filled.actions_["undo"]
    second = session.prediction.top[1]
    session.set_target(second)
    settle(filled, qtbot)
    small, results, answer = session.classifier, states(filled), session.prediction.probabilities
    said: list[str] = []
    filled.undo.said.connect(said.append)
    open_model(filled, qtbot)
    assert undo.text() == "Undo: open the model other"
    assert said == ["Ctrl+Z brings small and its maps back"]
    assert session.label(session.target) in another().labels
    others = states(filled)
    asked = counted(small, monkeypatch)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert (session.classifier, session.target) == (small, second)
    assert (session.choice.spec, session.model_spec) != (OTHER.spec, OTHER.spec)
    assert all(now is then for now, then in zip(states(filled), results, strict=True))
    np.testing.assert_array_equal(session.prediction.probabilities, answer)
    qtbot.waitUntil(lambda: filled.grid.is_settled)
    drawn = filled.grid.maps.drawings[session.panels[0].number].values
    np.testing.assert_array_equal(drawn, results[0].snapshot.saliency(second))
    assert asked == []
    press(filled, qtbot, "redo")
    settle(filled, qtbot)
    assert session.classifier.name == "other"
    assert all(now is then for now, then in zip(states(filled), others, strict=True))
    assert session.choice == OTHER


def test_steps_before_another_model_can_still_be_undone(filled: MainWindow, qtbot: QtBot) -> None:
    session, before = filled.session, choices(filled)
    session.remove_panel(1)
    open_model(filled, qtbot)
    session.remove_panel(2)
    for _ in range(3):
        press(filled, qtbot, "undo")
        settle(filled, qtbot)
    assert choices(filled) == before
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4
    for _ in range(3):
        press(filled, qtbot, "redo")
        settle(filled, qtbot)
    assert [panel.number for panel in session.panels] == [0, 3]
    assert session.classifier.name == "other"


def test_other_settings_are_undone(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "change_settings", lambda model, _: iter([copy.copy(model)]))
    session, results = filled.session, states(filled)
    earlier = session.classifier
    session.change_model_settings({"mean": "0.1"})
    qtbot.waitUntil(lambda: session.classifier is not earlier)
    settle(filled, qtbot)
    assert filled.actions_["undo"].text() == "Undo: change what the model sees"
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert session.classifier is earlier
    assert session.choice.settings == {}
    assert all(now is then for now, then in zip(states(filled), results, strict=True))


def test_what_was_erased_comes_back(filled: MainWindow, qtbot: QtBot) -> None:
    what_if = filled.what_if.what_if
    marked = np.zeros((64, 64), bool)
    marked[:20, :30] = True
    what_if.set_edit(what_if.edit.marking(marked))
    qtbot.waitUntil(lambda: not what_if.is_asking)
    open_model(filled, qtbot)
    assert what_if.edit.is_empty
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    qtbot.waitUntil(lambda: what_if.edit is not None and not what_if.is_asking)
    np.testing.assert_array_equal(what_if.edit.marked, marked)


def test_a_picture_opened_since_is_explained_by_the_model_of_before(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session = filled.session
    small = session.classifier
    open_model(filled, qtbot)
    filled.open_file(make_photo("later.png", 70, 90, 4))
    qtbot.waitUntil(lambda: len(session.album.pictures) == 2 and session.picture.name == "later")
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert session.picture.name == "later"
    assert session.prediction.classifier.labels == small.labels
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4
    session.album.show(session.album.pictures[0].number)
    qtbot.waitUntil(lambda: session.picture.name != "later")
    settle(filled, qtbot)
    assert session.prediction.classifier.labels == small.labels


def test_a_model_is_closed_once_it_cannot_come_back(filled: MainWindow, qtbot: QtBot) -> None:
    second = open_model(filled, qtbot)
    assert isinstance(second, Closed)
    third = open_model(filled, qtbot, THIRD)
    assert filled.actions_["undo"].text() == "Undo: open the model other"
    assert second.closed == 0  # one step back it answers again
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert filled.session.classifier is second
    assert not filled.actions_["undo"].isEnabled()  # one model of before is kept open, no more
    filled.undo.history.clear()
    assert isinstance(third, Closed)
    qtbot.waitUntil(lambda: third.closed == 1)
    assert second.closed == 0


def test_results_on_the_disk_are_not_counted_among_those_in_memory(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_RESULTS", 1)
    results = states(filled)
    for state in results[2:]:
        monkeypatch.setattr(type(state), "is_on_disk", property(lambda s: s in results[2:]))
    open_model(filled, qtbot)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    now = states(filled)
    assert now[0] is results[0]
    assert now[1] is not results[1]  # it was let go, and ran again
    assert now[2:] == results[2:]


def test_a_model_that_cannot_be_opened_is_no_step(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise OSError("no disk")

    monkeypatch.setattr(preparation, "load_model", fail)
    with qtbot.waitSignal(filled.session.noticed):
        filled.session.load_model(OTHER)
    assert not filled.actions_["undo"].isEnabled()
