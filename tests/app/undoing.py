"""Steps back and forth in the real window, for the tests of what can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.session import Status

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until all panels of the picture in front have come to their end."""
    session = window.session
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(
        lambda: (
            session.prediction is not None
            and session.pyramid is not None
            and all(p.status in ended for p in session.panels)
        ),
        timeout=30_000,
    )


def explained_window(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with a picture explained, and nothing to undo."""
    window.open_file(photo)
    settle(window, qtbot)
    window.guide.hints.end()
    window.undo.history.clear()
    return window


def press(window: MainWindow, qtbot: QtBot, key: str) -> None:
    """Press one of the keys of undo and redo."""
    keys = {
        "undo": (Qt.Key.Key_Z, CTRL),
        "redo": (Qt.Key.Key_Z, CTRL | SHIFT),
        "Ctrl+Y": (Qt.Key.Key_Y, CTRL),
    }
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)  # one may just have closed
    qtbot.keyClick(window, *keys[key])


def choices(window: MainWindow) -> list[tuple[Any, ...]]:
    """What the panels were told to show, in their order."""
    panels = window.session.panels
    return [(p.number, p.method.name, dict(p.settings), p.held) for p in panels]


def states(window: MainWindow) -> list[object]:
    return [panel.state for panel in window.session.panels]


def first(window: MainWindow) -> int:
    return window.session.panels[0].number
