"""The legend keeps the height that its entries need."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.curve_legend import LegendArea


def test_entries_that_are_added_later_have_room(filled: MainWindow, qtbot: QtBot) -> None:
    area, session = filled.curves.findChild(LegendArea), filled.session
    whole = area.height()
    for number in (1, 2, 3):
        session.remove_panel(number)
    qtbot.waitUntil(lambda: area.height() < whole)
    for name in ("saliency", "grad-cam", "rise"):
        session.add_panel(name)
    qtbot.waitUntil(lambda: len(filled.curves.legend.entries) == 4)
    qtbot.waitUntil(lambda: area.height() == whole)
