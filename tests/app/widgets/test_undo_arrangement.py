"""Undo and redo of where panels stand, and of a long walk through everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.presets import PRESETS

from ..undoing import CTRL, NONE, choices, explained_window, press, settle


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and nothing to undo."""
    return explained_window(window, qtbot, photo)


def test_a_closed_difference_comes_back(filled: MainWindow, qtbot: QtBot) -> None:
    grid, undo = filled.grid, filled.actions_["undo"]
    grid.panels[0].header.difference_wanted.emit(3)
    grid.panels[1].header.difference_wanted.emit(2)
    assert undo.text() == "Undo: show the difference of RISE and Integrated Gradients"
    grid.differences[0]._close.click()
    assert undo.text() == "Undo: close the difference of MFPP and Grad-CAM"
    press(filled, qtbot, "undo")
    assert [shown.numbers for shown in grid.differences] == [(0, 3), (1, 2)]
    first = grid.differences[0]
    qtbot.waitUntil(lambda: "rank corr." in first._facts.text())
    assert first.view._map.isVisible()
    for left in ([(0, 3)], []):
        press(filled, qtbot, "undo")
        assert [shown.numbers for shown in grid.differences] == left
    assert not undo.isEnabled()
    for _ in range(3):
        press(filled, qtbot, "redo")
    assert [shown.numbers for shown in grid.differences] == [(1, 2)]


def test_a_removed_panel_brings_its_differences_and_its_window_back(
    filled: MainWindow, qtbot: QtBot
) -> None:
    grid, count = filled.grid, filled.undo.history.stack.count
    grid.show_difference(0, 1)
    grid.show_difference(2, 3)
    grid.panels[1].header.ask("detach")
    grid.floating[1].setGeometry(30, 60, 420, 330)
    before, steps = grid.arrangement, count()
    grid.panels[1].header.ask("remove")
    assert (grid.arrangement.differences, grid.floating) == (((2, 3),), {})
    assert count() == steps + 1
    press(filled, qtbot, "undo")
    assert grid.arrangement == before
    assert grid.floating[1].geometry().getRect() == (30, 60, 420, 330)
    assert grid.panels[1].window() is grid.floating[1]
    press(filled, qtbot, "redo")
    assert (grid.arrangement.differences, grid.floating) == (((2, 3),), {})
    filled.tools.preset_chosen.emit(PRESETS[4])
    assert grid.differences == []
    for _ in range(2):
        press(filled, qtbot, "undo")
    assert grid.arrangement == before
    settle(filled, qtbot)


def test_maximising_and_windows_of_panels_are_undone(filled: MainWindow, qtbot: QtBot) -> None:
    grid, undo = filled.grid, filled.actions_["undo"]
    places = [grid.arrangement]
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: qtbot.keyClick(filled, Qt.Key.Key_2), "maximise RISE"),
        (lambda: qtbot.keyClick(filled, Qt.Key.Key_2), "show all panels"),
        (lambda: grid.panels[0].header.ask("detach"), "give MFPP a window of its own"),
        (lambda: grid.panels[2].header.ask("maximise"), "maximise Integrated Gradients"),
        (lambda: grid.floating[0].close(), "bring MFPP back from its window"),
    ]
    for act, name in acts:
        act()
        assert undo.text() == f"Undo: {name}"
        places.append(grid.arrangement)
    for expected in reversed(places[:-1]):
        press(filled, qtbot, "undo")
        assert grid.arrangement == expected
    assert not undo.isEnabled()
    assert all(panel.isVisible() for panel in grid.panels.values())
    for expected in places[1:]:
        press(filled, qtbot, "redo")
        assert grid.arrangement == expected


def test_keys_go_on_when_the_window_of_a_panel_closes(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.panels[0].header.ask("detach")
    outside = filled.grid.floating[0]
    outside.activateWindow()
    qtbot.waitUntil(outside.isActiveWindow)
    qtbot.keyClick(outside, Qt.Key.Key_Z, CTRL)
    assert filled.grid.floating == {}
    qtbot.waitUntil(filled.isActiveWindow)
    press(filled, qtbot, "redo")
    assert filled.grid.floating.keys() == {0}


def test_adding_a_panel_and_undoing_it_maximises_again(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.maximise(2)
    filled.tools.method_chosen.emit("saliency")
    assert filled.grid.maximised is None
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    assert filled.grid.maximised == 2
    assert [n for n, panel in filled.grid.panels.items() if panel.isVisible()] == [2]


def test_closing_the_window_with_panels_outside_is_no_step(filled: MainWindow) -> None:
    filled.grid.detach(0)
    filled.grid.close_windows()
    assert filled.undo.history.stack.count() == 1


def everything(window: MainWindow) -> tuple[Any, ...]:
    """All that can be undone."""
    session = window.session
    of_pictures = {p.name: (p.target, p.against, p.edit) for p in session.album.pictures}
    looks = (session.painting, window.exporter.display, window.side.classes.pinned)
    return (choices(window), of_pictures, *looks, window.grid.arrangement)


def act(window: MainWindow, dice: random.Random) -> None:
    """Do something, by the dice."""
    session, side, editor = window.session, window.side, window.what_if
    panel = dice.choice(list(session.panels))
    classes = session.prediction.top
    acts: list[Callable[[], object]] = [
        lambda: session.add_panel("saliency") if len(session.panels) < 5 else None,
        lambda: session.remove_panel(panel.number) if len(session.panels) > 1 else None,
        lambda: session.duplicate_panel(panel.number) if len(session.panels) < 5 else None,
        lambda: session.move_panel(panel.number, dice.randrange(4)),
        lambda: session.configure(panel.number, "rise", {"masks": dice.choice((20, 30))}),
        lambda: session.use_panels([("saliency", {}), ("grad-cam", {})]),
        lambda: session.hold(panel.number, dice.choice([None, *classes])),
        lambda: session.set_target(dice.choice(classes)),
        lambda: side.classes.toggle_contrast(dice.choice(classes)),
        lambda: side.classes.toggle_pin(dice.choice(classes)),
        lambda: side.display.opacity.slider.setValue(dice.randrange(100)),
        lambda: side.display.colour_map.setCurrentIndex(dice.randrange(4)),
        side.display.reset.click,
        lambda: side.pyramid.weights.sliders[dice.randrange(5)].setValue(dice.randrange(40)),
        side.pyramid.weights.reset,
        lambda: editor._on_click(dice.uniform(40, 80), dice.uniform(20, 60), NONE),
        editor.control.keeps.click,
        lambda: editor.control.fill.setCurrentIndex(dice.randrange(3)),
        editor.reset,
        lambda: window.grid.maximise(panel.number),
        lambda: window.grid.detach(panel.number),
        lambda: window.grid.show_difference(panel.number, session.panels[0].number),
        lambda: [shown._close.click() for shown in window.grid.differences[:1]],
        lambda: window.strip.step(dice.choice((-1, 1))),
        window.strip.remove_current,
    ]
    dice.choice(acts)()


def known(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until a picture is in front, all is known of it, and keys arrive somewhere."""
    session = window.session

    def is_known() -> bool:
        known = session.pyramid is not None and session.prediction is not None
        active = QApplication.activeWindow()
        listens = active is not None and active.isVisible()
        return known and listens and session.album._wanted is session.picture

    qtbot.waitUntil(is_known, timeout=10_000)


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_is_undone_to_its_beginning_and_redone_to_its_end(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path], seed: int
) -> None:
    paths = [
        make_photo(f"{name}.png", 80, 90 + seed, seed + place) for place, name in enumerate("abc")
    ]
    filled.open_files(paths)
    known(filled, qtbot)
    filled.what_if.bring_to_front()
    for _ in paths:  # so that all is known of every picture
        filled.strip.step(1)
        known(filled, qtbot)
    filled.undo.history.clear()
    dice, stack = random.Random(seed), filled.undo.history.stack
    seen = [everything(filled)]
    for _ in range(30):
        if len(filled.session.album.pictures) < 2:
            break
        known(filled, qtbot)
        count = stack.count()
        act(filled, dice)
        known(filled, qtbot)
        if stack.count() == count:
            seen.pop()
        seen.append(everything(filled))
        if len(seen) > 1 and seen[-1] == seen[-2]:
            seen.pop()
    assert len(seen) > 10
    for expected in reversed(seen[:-1]):
        press(filled, qtbot, "undo")
        known(filled, qtbot)
        assert everything(filled) == expected
    assert not stack.canUndo()
    for expected in seen[1:]:
        press(filled, qtbot, "redo")
        known(filled, qtbot)
        assert everything(filled) == expected
    assert not stack.canRedo()
    filled.session.stop_all()
