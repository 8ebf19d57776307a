"""Typing finds a command, arrows choose, Return does it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from fragscope.commands import Command
from fragscope.widgets.command_palette import CommandPalette

NAMES = ("Open", "Fit", "Finer fragments", "Swipe")


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def palette(qtbot: QtBot, done: list[str]) -> CommandPalette:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(900, 600)
    found = CommandPalette(
        lambda: [Command(name, "Look", lambda name=name: done.append(name)) for name in NAMES],
        window,
    )
    found.setProperty("window", window)  # kept as long as the palette
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    found.appear()
    qtbot.waitUntil(found.field.hasFocus)
    return found


def shown(palette: CommandPalette) -> list[str]:
    items = [palette.list.topLevelItem(row) for row in range(palette.list.topLevelItemCount())]
    return [item.text(0) for item in items if item is not None]


def test_typing_narrows_the_list_and_return_does_the_first(
    palette: CommandPalette, qtbot: QtBot, done: list[str]
) -> None:
    assert shown(palette) == list(NAMES)
    qtbot.keyClicks(palette.field, "f")
    assert shown(palette) == ["Fit", "Finer fragments"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["Fit"]
    assert not palette.isVisible()


def test_arrows_choose_and_go_round(palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(palette.field, key)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == [NAMES[1]]


def test_a_page_stops_at_the_end(palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
    qtbot.keyClick(palette.field, Qt.Key.Key_PageDown)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == [NAMES[-1]]


def test_nothing_found_says_so_and_return_does_nothing(
    palette: CommandPalette, qtbot: QtBot, done: list[str]
) -> None:
    qtbot.keyClicks(palette.field, "qqq")
    assert palette._nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == []
    assert palette.isVisible()


def test_a_click_does_it(palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
    item = palette.list.topLevelItem(3)
    assert item is not None
    place = palette.list.visualItemRect(item).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert done == [NAMES[3]]


def test_it_begins_empty_every_time(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "sw")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    palette.appear()
    assert palette.field.text() == ""
    assert shown(palette) == list(NAMES)
