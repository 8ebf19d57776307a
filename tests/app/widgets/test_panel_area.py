"""Panels that have no room are scrolled to; the window stays as it is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.panel_area import PanelArea
from fragscope.widgets.tiling import LEAST_HEIGHT, LEAST_WIDTH


def area_of(window: MainWindow) -> PanelArea:
    found = window.grid.parentWidget().parentWidget()
    assert isinstance(found, PanelArea)
    return found


def test_many_panels_do_not_widen_the_window_and_can_be_scrolled_to(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.pages.setCurrentIndex(1)
    size, area = window.size(), area_of(window)
    assert area.verticalScrollBar().maximum() == 0
    for _ in range(9):
        window.session.add_panel("grad-cam")
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert window.size() == size
    panels = window.grid.shown_panels()
    assert all(p.width() >= LEAST_WIDTH and p.height() >= LEAST_HEIGHT for p in panels)
    last = panels[-1]
    area.ensureWidgetVisible(last)
    seen = QRect(last.mapTo(area.viewport(), QPoint(0, 0)), last.size())
    assert area.viewport().rect().contains(seen)


def test_one_maximised_panel_needs_no_scroll_bar(window: MainWindow, qtbot: QtBot) -> None:
    window.pages.setCurrentIndex(1)
    area = area_of(window)
    for _ in range(9):
        window.session.add_panel("grad-cam")
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    window.grid.maximise_place(0)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    assert window.grid.size() == area.maximumViewportSize()
