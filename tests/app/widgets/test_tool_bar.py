"""The tool bar in a window that is too narrow for all of it."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow


def test_what_finds_no_room_is_behind_a_button_that_is_seen(
    window: MainWindow, qtbot: QtBot
) -> None:
    button = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    window.tools.resize(500, window.tools.height())
    qtbot.waitUntil(button.isVisible)
    for _ in range(2):
        assert button.width() >= 20
        pixels = button.grab().toImage()
        colours = {
            pixels.pixelColor(x, y).name()
            for x in range(pixels.width())
            for y in range(pixels.height())
        }
        assert len(colours) > 1  # an arrow on its ground
        assert button.toolTip() == "More of the tool bar"
        window.theme.switch()
