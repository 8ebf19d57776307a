"""Undo and redo in the real window: panels with their results, classes, looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope.changes import Change
from fragscope.main_window import MainWindow
from fragscope.presets import PRESETS
from fragscope.session import Status
from fragscope.widgets import history

from ..undoing import choices, explained_window, first, press, settle, states

LONG = 10**6


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and nothing to undo."""
    return explained_window(window, qtbot, photo)


def test_a_removed_panel_comes_back_with_its_result(filled: MainWindow, qtbot: QtBot) -> None:
    session, before, results = filled.session, choices(filled), states(filled)
    undo, redo = filled.actions_["undo"], filled.actions_["redo"]
    assert not undo.isEnabled()
    filled.grid.panels[1].header.ask("remove")
    assert (undo.text(), undo.toolTip()) == ("Undo: remove RISE", "Undo: remove RISE (Ctrl+Z)")
    press(filled, qtbot, "undo")
    assert choices(filled) == before
    assert all(now is then for now, then in zip(states(filled), results, strict=True))
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4
    assert not session.is_running
    assert filled.status.currentMessage() == "Undone: remove RISE"
    qtbot.waitUntil(filled.grid.panels[1].view._map.isVisible)
    assert (undo.isEnabled(), redo.text()) == (False, "Redo: remove RISE")
    press(filled, qtbot, "Ctrl+Y")
    assert [panel.method.name for panel in session.panels] == [
        n for _, n, *_ in before if n != "rise"
    ]
    assert filled.status.currentMessage() == "Done again: remove RISE"


def _duplicate(window: MainWindow) -> None:
    window.grid.panels[first(window)].header.ask("duplicate")


def _move(window: MainWindow) -> None:
    window.grid.panels[first(window)].header.ask("later")


def _parameters(window: MainWindow) -> None:
    window.session.configure(0, "mfpp", {"masks": 40})


def _method(window: MainWindow) -> None:
    window.grid.panels[0].header.method_chosen.emit("saliency")


def _preset(window: MainWindow) -> None:
    window.tools.preset_chosen.emit(PRESETS[4])


def _hold(window: MainWindow) -> None:
    window.session.hold(0, window.session.prediction.top[1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda window: window.tools.method_chosen.emit("saliency"), "add Saliency"),
        (_duplicate, "duplicate MFPP"),
        (_move, "move MFPP"),
        (_parameters, "change MFPP's parameters"),
        (_method, "replace MFPP by Saliency"),
        (_preset, "show other panels"),
        (_hold, "hold MFPP at "),
    ],
)
def test_every_change_of_panels_is_undone_and_redone(
    filled: MainWindow, qtbot: QtBot, change: Callable[[MainWindow], None], name: str
) -> None:
    before, results = choices(filled), states(filled)
    change(filled)
    assert filled.actions_["undo"].text().startswith(f"Undo: {name}")
    settle(filled, qtbot)
    after, later = choices(filled), states(filled)
    press(filled, qtbot, "undo")
    assert choices(filled) == before
    if change is not _preset and change is not _hold:  # else some have run again meanwhile
        assert all(now is then for now, then in zip(states(filled), results, strict=True))
        assert not filled.session.is_running
    settle(filled, qtbot)
    for panel, then in zip(filled.session.panels, results, strict=True):
        np.testing.assert_allclose(panel.state.saliency, then.saliency, rtol=1e-5, atol=1e-7)
    press(filled, qtbot, "redo")
    assert choices(filled) == after
    if change is not _hold:
        assert all(now is then for now, then in zip(states(filled), later, strict=True))


def test_undoing_parameters_shows_the_earlier_result_at_once(
    filled: MainWindow, qtbot: QtBot
) -> None:
    panel = filled.session.panel(1)
    asked, state = panel.asked, panel.state
    filled.session.configure(1, "rise", {"masks": LONG})
    qtbot.waitUntil(lambda: filled.session.panel(1).state is not state, timeout=10_000)
    press(filled, qtbot, "undo")
    panel = filled.session.panel(1)
    assert (panel.asked, panel.settings, panel.state) == (asked, asked, state)
    assert not panel.is_stale
    assert not filled.session.is_running


def test_a_panel_that_was_removed_while_it_ran_runs_again(filled: MainWindow, qtbot: QtBot) -> None:
    filled.session.configure(1, "rise", {"masks": LONG})
    panel = filled.session.panel(1)
    qtbot.waitUntil(lambda: panel.status is Status.RUNNING, timeout=10_000)
    filled.session.remove_panel(1)
    assert not filled.session.is_running
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: filled.session.panel(1).status is Status.RUNNING, timeout=10_000)
    filled.session.stop_all()
    settle(filled, qtbot)


def test_classes_contrasts_and_pins_are_undone(filled: MainWindow, qtbot: QtBot) -> None:
    session, classes = filled.session, filled.side.classes
    top = session.prediction.top
    facts = []
    for key in (Qt.Key.Key_BracketRight, Qt.Key.Key_V, Qt.Key.Key_P):
        facts.append((session.target, session.against, classes.pinned))
        qtbot.keyClick(filled, key)
    assert facts[0] == (top[0], None, frozenset())
    done = (session.target, session.against, classes.pinned)
    assert (done[0], done[1] is None, len(done[2])) == (top[1], False, 1)
    for expected in reversed(facts):
        press(filled, qtbot, "undo")
        assert (session.target, session.against, classes.pinned) == expected
    for _ in facts:
        press(filled, qtbot, "redo")
    assert (session.target, session.against, classes.pinned) == done
    assert filled.side.classes.pins[session.model_spec] == sorted(done[2])
    settle(filled, qtbot)
    assert {panel.answers_for for panel in session.panels} == {top[1]}


def test_sliding_is_one_step(filled: MainWindow, qtbot: QtBot) -> None:
    before, plain = filled.exporter.display, filled.session.painting
    for value in range(61, 66):
        filled.side.display.opacity.slider.setValue(value)
    filled.side.display.contours.click()
    for value in (18, 15, 12):
        filled.side.pyramid.weights.sliders[0].setValue(value)
    filled.side.pyramid.weights.softness.setValue(4)
    assert filled.undo.history.stack.count() == 4
    last = (filled.exporter.display, filled.session.painting)
    press(filled, qtbot, "undo")
    press(filled, qtbot, "undo")
    assert filled.session.painting == plain
    assert filled.side.pyramid.weights.sliders[0].value() == 20
    press(filled, qtbot, "undo")
    press(filled, qtbot, "undo")
    assert filled.exporter.display == before
    assert filled.side.display.display == before
    for _ in range(4):
        press(filled, qtbot, "redo")
    assert (filled.exporter.display, filled.session.painting) == last


def test_a_pause_begins_another_step(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slider = filled.side.display.opacity.slider
    slider.setValue(50)
    monkeypatch.setattr(history, "SOON_SECONDS", 0.0)
    slider.setValue(40)
    assert filled.undo.history.stack.count() == 2
    press(filled, qtbot, "undo")
    assert slider.value() == 50


def test_what_changes_nothing_is_passed_over(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.panels[1].header.ask("remove")
    slider = filled.side.display.opacity.slider
    value = slider.value()
    slider.setValue(30)
    slider.setValue(value)
    press(filled, qtbot, "undo")
    assert len(filled.session.panels) == 4
    assert not filled.undo.history.stack.canUndo()


def test_weights_of_other_levels_come_back_with_them(filled: MainWindow, qtbot: QtBot) -> None:
    weights = filled.side.pyramid.weights
    weights.sliders[0].setValue(8)
    painted = filled.session.painting
    settings = {**filled.session.panel(0).settings, "scales": (4, 9)}
    filled.session.configure(0, "mfpp", settings)
    qtbot.waitUntil(lambda: len(weights.sliders) == 2, timeout=10_000)
    assert filled.session.painting.is_plain
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: len(weights.sliders) == 5)
    assert filled.session.painting == painted
    assert weights.sliders[0].value() == 8
    press(filled, qtbot, "undo")
    assert filled.session.painting.is_plain


def test_old_steps_let_their_results_go(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_RESULTS", 2)
    for number in (3, 2, 1):
        filled.session.remove_panel(number)
    kept = [panel.state for panel in filled.undo.history.stack.command(0).kept()]
    assert kept == [None] * 4
    for _ in range(3):
        press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert [panel.status for panel in filled.session.panels] == [Status.FINISHED] * 4


def test_the_number_of_steps_is_bounded(filled: MainWindow) -> None:
    for number in range(history.MOST_STEPS + 5):
        filled.session.changing.emit(Change("panels", f"change {number}"))
    assert filled.undo.history.stack.count() == history.MOST_STEPS


def test_the_list_of_commands_says_what_would_be_undone(filled: MainWindow) -> None:
    filled.session.remove_panel(1)
    filled.guide.palette.appear()
    filled.guide.palette.field.setText("undo")
    assert filled.guide.palette.found[0].text == "Undo: remove RISE"
    filled.guide.palette.dismiss()
