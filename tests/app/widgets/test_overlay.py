"""A card over a window has the keys, gives them back, and stays as large as the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMainWindow, QVBoxLayout
from pytestqt.qtbot import QtBot

from fragscope.widgets.overlay import Overlay, inside


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    found = QMainWindow()
    qtbot.addWidget(found)
    found.resize(500, 400)
    field = QLineEdit(found)
    found.setCentralWidget(field)
    with qtbot.waitExposed(found):
        found.show()
    found.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return found


@pytest.fixture
def overlay(window: QMainWindow) -> Overlay:
    found = Overlay(window)
    layout: QVBoxLayout = inside(found, Qt.AlignmentFlag.AlignCenter, 20)
    layout.addWidget(QLabel("card"))
    found.appear()
    return found


def test_escape_closes_and_the_focus_is_where_it_was(
    window: QMainWindow, overlay: Overlay, qtbot: QtBot
) -> None:
    assert overlay.hasFocus()
    qtbot.keyClick(overlay, Qt.Key.Key_Escape)
    assert not overlay.isVisible()
    assert window.centralWidget().hasFocus()


def test_a_click_beside_the_card_closes_and_one_on_it_does_not(
    overlay: Overlay, qtbot: QtBot
) -> None:
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=overlay.card.geometry().center())
    assert overlay.isVisible()
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert not overlay.isVisible()


def test_it_grows_with_the_window(window: QMainWindow, overlay: Overlay, qtbot: QtBot) -> None:
    window.resize(700, 600)
    qtbot.waitUntil(lambda: overlay.size() == window.size())


def test_keys_of_the_window_rest_but_those_with_control_work(
    window: QMainWindow, overlay: Overlay, qtbot: QtBot
) -> None:
    done: list[str] = []
    for keys in ("E", "Esc", "Ctrl+K", "F1"):
        action = QAction(window)
        action.setShortcut(keys)
        action.triggered.connect(lambda _=False, keys=keys: done.append(keys))
        window.addAction(action)
    qtbot.keyClick(overlay, Qt.Key.Key_E)
    assert done == []
    qtbot.keyClick(overlay, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(overlay, Qt.Key.Key_F1)
    assert done == ["Ctrl+K", "F1"]
    qtbot.keyClick(overlay, Qt.Key.Key_Escape)
    assert done == ["Ctrl+K", "F1"]
    qtbot.keyClick(window, Qt.Key.Key_E)
    assert done[-1] == "E"


def test_tab_stays_on_the_card(overlay: Overlay, qtbot: QtBot) -> None:
    qtbot.keyClick(overlay, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is overlay
