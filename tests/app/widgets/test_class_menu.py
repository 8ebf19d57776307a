"""A panel's own class in the real window: its menu, its header, and all that shows its map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope.aspects import Aspect
from fragscope.main_window import MainWindow
from fragscope.session import Status
from fragscope.session_report import session_report
from fragscope.widgets.class_menu import ClassMenu

ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
RISE = 1


def settle(window: MainWindow, qtbot: QtBot) -> None:
    panels = window.session.panels
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in panels), timeout=30_000)


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained."""
    window.open_file(photo)
    settle(window, qtbot)
    window.guide.hints.end()
    return window


def texts(menu: ClassMenu) -> list[str]:
    menu.fill()
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def menu_of(window: MainWindow, number: int = RISE) -> ClassMenu:
    found = window.grid.panels[number].findChildren(ClassMenu)
    assert len(found) == 1
    return found[0]


def choose(window: MainWindow, place: int) -> None:
    """Choose a row of the menu, lines left out."""
    menu = menu_of(window)
    menu.fill()
    [action for action in menu.actions() if not action.isSeparator()][place].trigger()


def test_the_menu_offers_the_windows_class_and_the_most_probable_others(
    filled: MainWindow,
) -> None:
    session = filled.session
    first, second = (session.label(index) for index in session.prediction.top[:2])
    found = texts(menu_of(filled))
    assert found[:2] == [f"Follow the window ({first})", f"Hold {first}"]
    assert found[2].startswith(second)
    assert found[-1] == "Choose ..."
    assert [a.text() for a in menu_of(filled).actions() if a.isChecked()] == found[:1]


def test_a_held_panel_keeps_its_class_while_the_window_takes_others(
    filled: MainWindow, qtbot: QtBot
) -> None:
    session, header = filled.session, filled.grid.panels[RISE].header
    first, second, third = session.prediction.top[:3]
    choose(filled, 1)
    assert session.panel(RISE).held == first
    assert session.panel(RISE).status is Status.FINISHED  # there is nothing to run
    assert header.pin.isVisible()
    session.set_classes(second, third)
    settle(filled, qtbot)
    assert {panel.number: panel.answers_for for panel in session.panels} == {
        number: first if number == RISE else second for number in range(4)
    }
    panel = session.panel(RISE)
    assert session.aspect_of(panel) == Aspect(first)
    shown = filled.grid._layers[RISE][1].values
    np.testing.assert_array_equal(shown, panel.state.saliency)
    assert header._class.text().startswith(session.label(first))
    assert f"while the window explains {session.label(second)}" in header.pin.toolTip()
    assert header._class.objectName() == "held"
    qtbot.mouseClick(header.pin, Qt.MouseButton.LeftButton)
    assert not header.pin.isVisible()
    settle(filled, qtbot)
    assert session.panel(RISE).answers_for == second


def test_curves_scores_readout_and_report_are_of_the_held_class(
    filled: MainWindow, qtbot: QtBot
) -> None:
    session = filled.session
    other = session.prediction.top[1]
    name = f"RISE: {session.label(other)}"
    choose(filled, 2)
    settle(filled, qtbot)
    panel = session.panel(RISE)
    assert filled.scores.item(1, 0).text() == name
    assert filled.scores.item(1, 1).text() == f"{panel.state.curves['deletion'].auc:.3f}"
    qtbot.waitUntil(lambda: filled.curves.legend.entries[RISE].row.name == name)
    rows = [line.split(",") for line in filled.curves.table().splitlines()[1:]]
    assert {row[2] for row in rows if row[0] == "RISE"} == {session.label(other)}
    assert {row[2] for row in rows if row[0] != "RISE"} == {session.label(session.target)}
    filled.side.readout.show_point(70.0, 45.0)
    assert name in filled.side.readout.plain_text(70.0, 45.0)
    session.set_against(session.prediction.top[2])
    results = {
        result.place: result for result in session_report(session, filled.exporter.display).results
    }
    assert results[RISE].state.target == other
    assert results[RISE].subtracted is None
    assert results[0].subtracted == session.against
    np.testing.assert_array_equal(results[RISE].saliency, filled.grid._layers[RISE][1].values)


def test_the_difference_of_a_method_at_two_classes(filled: MainWindow, qtbot: QtBot) -> None:
    session, other = filled.session, filled.session.prediction.top[1]
    session.duplicate_panel(RISE)
    number = session.panels[2].number
    session.hold(number, other)
    settle(filled, qtbot)
    filled.grid.show_difference(RISE, number)
    difference = filled.grid.differences[0]
    assert difference._title.text().endswith(f"RISE 2: {session.label(other)}")
    maps = difference._wanted.maps
    np.testing.assert_array_equal(maps[0], session.panel(RISE).state.saliency)
    np.testing.assert_array_equal(maps[1], session.panel(number).state.saliency)
    qtbot.waitUntil(lambda: difference._computing is None)


def test_a_copy_and_the_next_picture_keep_the_class(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path, make_photo: object
) -> None:
    session, other = filled.session, filled.session.prediction.top[1]
    session.hold(RISE, other)
    session.duplicate_panel(RISE)
    assert session.panels[2].held == other
    filled.open_file(make_photo("other.png", 95, 120, 8))  # type: ignore[operator]
    qtbot.waitUntil(lambda: session.picture.name == "other", timeout=10_000)
    settle(filled, qtbot)
    assert [panel.answers_for == other for panel in session.panels[1:3]] == [True, True]
    assert session.panel(0).answers_for == session.target


def test_a_class_is_found_by_the_keyboard(filled: MainWindow, qtbot: QtBot) -> None:
    session, picker = filled.session, filled.class_picker
    filled.grid.panels[RISE].header.ask("class")
    qtbot.waitUntil(picker.field.hasFocus)
    assert "RISE" in picker.field.placeholderText()
    other = next(index for index in range(10) if index not in session.prediction.top[:1])
    qtbot.keyClicks(picker.field, session.label(other))
    assert picker.found[0].text == session.label(other)
    qtbot.keyClick(picker.field, Qt.Key.Key_Return)
    assert session.label(session.panel(RISE).held) == session.label(other)
    settle(filled, qtbot)
    filled.grid.panels[RISE].header.ask("class")
    qtbot.keyClick(picker.field, Qt.Key.Key_Return)  # the first row follows the window
    assert session.panel(RISE).held is None
    settle(filled, qtbot)


def test_before_a_picture_there_is_nothing_to_choose(window: MainWindow) -> None:
    assert texts(menu_of(window)) == ["no class is explained yet"]
