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
from fragscope.pictures import Progress
from fragscope.runs import RunState
from fragscope.session import Status
from fragscope.widgets import history
from fragscope_explainers.classifiers.loaded import LoadedClassifier

from ..two_models import OTHER, Closed, Loads, another, hold
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
    assert isinstance(third, Closed)
    for action in ("undo", "redo", "undo"):
        press(filled, qtbot, action)
        settle(filled, qtbot)
        with qtbot.waitSignal(filled.session.models.noted):  # what was to be closed is by now
            filled.session.in_background(lambda: "done", filled.session.models.noted.emit)
        assert (second.closed, third.closed) == (0, 0)
    assert filled.session.classifier is second
    assert not filled.actions_["undo"].isEnabled()  # one model of before is kept open, no more
    filled.undo.history.clear()
    qtbot.waitUntil(lambda: third.closed == 1)
    assert second.closed == 0


def spilled(window: MainWindow, qtbot: QtBot, folder: Path) -> list[RunState]:
    """Open another model, and wait until the results of the first lie on the disk."""
    results = states(window)
    window.session.memory.start(1, folder)
    open_model(window, qtbot)
    qtbot.waitUntil(lambda: all(state.is_on_disk and not state.is_here for state in results))
    return results


def test_results_of_the_model_before_wait_on_the_disk(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_RESULTS", 1)
    maps = [state.saliency.copy() for state in states(filled)]
    results = spilled(filled, qtbot, tmp_path)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert all(now is then for now, then in zip(states(filled), results, strict=True))
    for state, saliency in zip(results, maps, strict=True):
        np.testing.assert_array_equal(state.saliency, saliency)


def test_results_that_are_gone_from_the_disk_are_made_again(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    results = spilled(filled, qtbot, tmp_path)
    for file in tmp_path.rglob("*.npy"):
        file.unlink()
    with qtbot.waitSignal(
        filled.session.noticed, check_params_cb=lambda text: "runs again" in text
    ):
        press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert filled.session.classifier.name == "small"
    assert not set(map(id, states(filled))) & set(map(id, results))
    assert [panel.status for panel in filled.session.panels] == [Status.FINISHED] * 4
    press(filled, qtbot, "redo")
    settle(filled, qtbot)
    assert filled.session.classifier.name == "other"


def test_without_a_disk_the_newest_results_are_kept(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_RESULTS", 1)
    results = states(filled)
    open_model(filled, qtbot)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    kept = [now is then for now, then in zip(states(filled), results, strict=True)]
    assert kept == [True, False, False, False]


def test_results_of_a_file_that_was_written_since_do_not_come_back(
    filled: MainWindow, qtbot: QtBot, photo: Path, make_photo: Callable[..., Path]
) -> None:
    session, results = filled.session, states(filled)
    first = session.picture
    open_model(filled, qtbot)
    filled.open_file(make_photo("later.png", 70, 90, 4))
    qtbot.waitUntil(lambda: session.picture.name == "later")
    settle(filled, qtbot)
    first.image = first.preview = first.prediction = None  # as where many were shown since
    photo.write_bytes(make_photo("new.png", 95, 120, 77).read_bytes())
    session.album.show(first.number)
    qtbot.waitUntil(lambda: session.picture is first)
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert session.classifier.name == "small"
    assert not set(map(id, states(filled))) & set(map(id, results))
    assert first.sha256 == session.image.sha256
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4


def test_all_pictures_are_explained_though_the_model_goes_amid_them(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    album, session = filled.session.album, filled.session
    filled.open_files([make_photo(f"{number}.png", 70, 90, number) for number in range(4)])
    qtbot.waitUntil(lambda: len(album.pictures) == 5)
    settle(filled, qtbot)
    done = [picture for picture in album.pictures if picture.progress is Progress.DONE]
    open_model(filled, qtbot)
    album.run_pictures()
    qtbot.waitUntil(lambda: sum(p.progress is Progress.DONE for p in album.pictures) > 2)
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: {picture.progress for picture in album.pictures} == {Progress.DONE})
    assert session.classifier.name == "small"
    assert len(done) < len(album.pictures)
    assert album.queue_state is None
    labels = {len(p.panels[0].state.snapshot.targets) for p in album.pictures}
    assert labels == {len(session.classifier.labels)}


def test_a_queue_that_came_to_its_end_does_not_begin_again(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    album = filled.session.album
    filled.open_files([make_photo(f"{number}.png", 70, 90, number) for number in range(2)])
    qtbot.waitUntil(lambda: len(album.pictures) == 3)
    settle(filled, qtbot)
    album.run_pictures()
    qtbot.waitUntil(lambda: {p.progress for p in album.pictures} == {Progress.DONE})
    open_model(filled, qtbot)
    for action in ("undo", "redo"):
        press(filled, qtbot, action)
        settle(filled, qtbot)
        assert album.queue_state is None
        assert album._queue == []


def test_a_panel_with_a_model_of_its_own_keeps_what_it_found_meanwhile(
    filled: MainWindow, qtbot: QtBot
) -> None:
    session = filled.session
    hold(session, qtbot, 0)
    settle(filled, qtbot)
    open_model(filled, qtbot, THIRD)
    session.run(session.panel(0))
    settle(filled, qtbot)
    own, state = session.panel(0), session.panel(0).state
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert session.panel(0) is own
    assert own.state is state
    assert session.classifier.name == "small"


def test_what_was_told_of_the_later_model_goes_with_it(filled: MainWindow, qtbot: QtBot) -> None:
    open_model(filled, qtbot)
    filled.session.noticed.emit("this model answers NaN")
    assert filled.notice.isVisible()
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert not filled.notice.isVisible()


def test_a_model_that_only_redo_could_bring_takes_no_steps_away(
    filled: MainWindow, qtbot: QtBot
) -> None:
    filled.session.remove_panel(1)
    open_model(filled, qtbot)
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    open_model(filled, qtbot, THIRD)
    for _ in range(2):
        press(filled, qtbot, "undo")
        settle(filled, qtbot)
    assert [panel.number for panel in filled.session.panels] == [0, 1, 2, 3]


def test_a_session_file_may_be_of_the_model_that_steps_keep(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session, keeper = filled.session, filled.desk.keeper
    second = open_model(filled, qtbot)
    path = tmp_path / "work.fragscope"
    with qtbot.waitSignal(keeper.saved):
        keeper.save(path)
    keeper.open(path)
    with qtbot.waitSignal(keeper.opened):
        press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert isinstance(second, Closed)
    assert session.classifier.name == "other"
    assert session.classifier is not second or second.closed == 0


def test_a_model_that_cannot_be_opened_is_no_step(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise OSError("no disk")

    monkeypatch.setattr(preparation, "load_model", fail)
    with qtbot.waitSignal(filled.session.noticed):
        filled.session.load_model(OTHER)
    assert not filled.actions_["undo"].isEnabled()
