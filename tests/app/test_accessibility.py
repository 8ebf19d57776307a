"""Whoever cannot see the window, or has no mouse, gets at everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.session import Status
from fragscope.widgets.curve_plot import CurvePlot
from fragscope.widgets.method_panel import MethodPanel
from fragscope.widgets.panel_grid import PanelGrid
from fragscope.widgets.tool_bar import ToolBar

INTERACTIVE = (
    *(QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox),
    *(QLineEdit, QTabBar),
)
ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED)


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and all that folds unfolded."""
    window.open_file(photo)
    done = window.session.panels
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in done), timeout=30_000)
    window.guide.hints.end()
    return window


def is_part_of_another(widget: QWidget) -> bool:
    """Whether Qt made a widget as a part of another, which has the name."""
    parent = widget.parentWidget()
    inner = widget.objectName().startswith("qt_")
    made = isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar)
    bars = isinstance(widget, QScrollBar | QSplitterHandle)
    corner = isinstance(parent, QAbstractItemView) and isinstance(widget, QAbstractButton)
    views = [combo.view() for combo in widget.window().findChildren(QComboBox)]
    header = isinstance(parent, QAbstractItemView) and isinstance(widget, QHeaderView)
    port = isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget
    return inner or made or bars or corner or header or port or widget in views


def takes_part(widget: QWidget) -> bool:
    """Whether people work with a widget."""
    if is_part_of_another(widget) or type(widget) in (QScrollArea, QAbstractScrollArea):
        return False
    focusable = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    return isinstance(widget, INTERACTIVE) or focusable


def on_the_screen(window: MainWindow) -> Iterator[QWidget]:
    """Everything that is visible now and that people work with."""
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and takes_part(widget):
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader says."""
    text = getattr(widget, "text", lambda: "")() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def lacking(window: MainWindow) -> list[str]:
    """Widgets without a name or without words about them, as text.

    Pictures, plots and lists have a description instead of a tooltip that would lie on them.
    """
    found = []
    for widget in on_the_screen(window):
        what = f"{type(widget).__name__} {name_of(widget)!r} in {type(widget.parent()).__name__}"
        if isinstance(widget, QTabBar | QTabWidget):
            tips = [widget.tabToolTip(index) for index in range(widget.count())]
            found += [] if all(tips) else [f"{what}: a tab without a tooltip"]
            continue
        found += [] if name_of(widget) else [f"{what}: no name"]
        covers = isinstance(widget, QAbstractScrollArea | PanelGrid)
        words = widget.accessibleDescription() if covers else ""
        found += [] if widget.toolTip() or words else [f"{what}: no tooltip"]
    return found


def test_everything_has_a_name_and_a_tooltip(filled: MainWindow, qtbot: QtBot) -> None:
    for button in filled.side.findChildren(QAbstractButton):
        if button.text() in ("Level weights", "Cut otherwise"):
            button.click()
    missing = []
    for index in range(filled.side.tabs.count()):
        filled.side.tabs.setCurrentIndex(index)
        missing += lacking(filled)
    assert sorted(set(missing)) == []


def test_what_comes_now_and_then_has_too(filled: MainWindow) -> None:
    filled.notice.show_text("A notice.")
    filled.grid.show_difference(0, 1)
    filled.session.set_against(filled.session.prediction.top[1])
    filled.guide.palette.appear()
    assert lacking(filled) == []
    filled.guide.palette.dismiss()
    filled.guide.keys.appear()
    assert lacking(filled) == []
    filled.guide.keys.dismiss()
    filled.guide.hints.start()
    assert lacking(filled) == []


def test_the_empty_window_has_too(window: MainWindow) -> None:
    assert lacking(window) == []


def test_tab_reaches_every_part_of_the_window(filled: MainWindow, qtbot: QtBot) -> None:
    filled.activateWindow()
    filled.grid.setFocus()
    qtbot.waitUntil(filled.grid.hasFocus)
    reached: list[QWidget] = []
    for _ in range(200):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in reached:
            break
        reached.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    side = filled.side
    assert {side.classes.search, side.classes.list, side.tabs.tabBar()} <= set(reached)
    for part in (MethodPanel, ToolBar):
        assert any(part_of(widget, part) for widget in reached), part
    for panel in filled.grid.panels.values():
        assert any(panel.isAncestorOf(widget) for widget in reached)
    for plot in filled.findChildren(CurvePlot):
        assert plot in reached
    assert any(filled.curves.tools.isAncestorOf(widget) for widget in reached)
    assert any(side.pyramid.isAncestorOf(widget) for widget in reached)


def part_of(widget: QWidget, kind: type[QWidget]) -> bool:
    return any(found.isAncestorOf(widget) for found in widget.window().findChildren(kind))
