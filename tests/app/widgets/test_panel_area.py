"""Panels that have no room are scrolled to; the window stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.panel_area import PanelArea
from fragscope.widgets.panel_header import PANEL_MIME
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


NO_KEYS, NO_BUTTONS = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton


@pytest.fixture
def full(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with more panels than it has room for, seen from the top."""
    window.pages.setCurrentIndex(1)
    for _ in range(8):
        window.session.add_panel("grad-cam")
    qtbot.waitUntil(lambda: bar_of(window).value() > 0)
    bar_of(window).setValue(0)
    return window


def bar_of(window: MainWindow) -> QScrollBar:
    return area_of(window).verticalScrollBar()


def is_in_sight(window: MainWindow, widget: QWidget) -> bool:
    port = area_of(window).viewport()
    seen = QRect(widget.mapTo(port, QPoint(0, 0)), widget.size())
    return widget.isVisible() and port.rect().contains(seen)


def test_a_panel_that_is_added_is_scrolled_to(full: MainWindow, qtbot: QtBot) -> None:
    full.session.add_panel("saliency")
    qtbot.waitUntil(lambda: bar_of(full).value() > 0)
    qtbot.waitUntil(lambda: is_in_sight(full, full.grid.shown_panels()[-1]))
    full.session.duplicate_panel(0)
    qtbot.waitUntil(lambda: is_in_sight(full, full.grid.shown_panels()[1]))


def test_a_difference_that_is_added_is_scrolled_to(full: MainWindow, qtbot: QtBot) -> None:
    full.grid.show_difference(0, 1)
    qtbot.waitUntil(lambda: bar_of(full).value() > 0)
    qtbot.waitUntil(lambda: is_in_sight(full, full.grid.differences[0]))


def test_a_session_that_opens_is_seen_from_its_top(
    full: MainWindow, qtbot: QtBot, photo: Path, tmp_path: Path
) -> None:
    desk, path = full.desk, tmp_path / "many.fragscope"
    full.open_file(photo)
    qtbot.waitUntil(lambda: full.session.prediction is not None)
    full.guide.hints.end()
    full.grid.show_difference(0, 1)
    full.session.stop_all()
    with qtbot.waitSignal(desk.keeper.saved):
        desk.keeper.save(path)
    for number in range(1, 12):
        full.session.remove_panel(number)
    qtbot.waitUntil(lambda: bar_of(full).maximum() == 0)
    with qtbot.waitSignal(desk.keeper.opened, timeout=20_000):
        full.open_files([path])
    qtbot.waitUntil(lambda: bar_of(full).maximum() > 0 and full.grid.is_settled)
    assert bar_of(full).value() == 0


def test_maximising_and_back_keeps_the_place(full: MainWindow, qtbot: QtBot) -> None:
    bar = bar_of(full)
    bar.setValue(bar.maximum() - 5)
    before = bar.value()
    for place in (8, 7, 7):  # from one panel to another, and back to all
        full.grid.maximise_place(place)
        if place != 7 or full.grid.maximised is not None:
            qtbot.waitUntil(lambda: bar.maximum() == 0)
    qtbot.waitUntil(lambda: bar.value() == before)


def test_hints_bring_what_they_explain_into_sight(full: MainWindow, qtbot: QtBot) -> None:
    bar, hints = bar_of(full), full.guide.hints
    bar.setValue(bar.maximum())
    first = full.grid.shown_panels()[0]
    first.scale.show()
    hints.start()
    assert is_in_sight(full, first.scale)
    qtbot.waitUntil(lambda: full.rect().contains(hints.geometry()))
    part = first.scale
    ring = QRect(part.mapTo(full, QPoint(0, 0)), part.size()).adjusted(-2, -2, 2, 2)
    qtbot.waitUntil(lambda: hints._ring.geometry() == ring)
    hints.end()


def dragged(number: int = 0) -> QMimeData:
    data = QMimeData()
    data.setData(PANEL_MIME, str(number).encode())
    return data


def drag_to(window: MainWindow, y: int, data: QMimeData) -> QWidget:
    """Drag something over this line of what is in sight; gives the panel that is there."""
    port = area_of(window).viewport()
    inwards = 1 if y < port.height() // 2 else -1
    panels = window.grid.shown_panels()
    scrolled = window.grid.y()
    while not (under := [p for p in panels if p.geometry().contains(p.x(), y - scrolled)]):
        y += inwards  # it was between two rows
    found = under[0]
    place = QPoint(found.x() + 20, y)
    moved = QDragMoveEvent(
        found.mapFrom(port, place), Qt.DropAction.MoveAction, data, NO_BUTTONS, NO_KEYS
    )
    found.dragMoveEvent(moved)
    assert moved.isAccepted()
    return found


def test_a_panel_is_dragged_to_one_out_of_sight(full: MainWindow, qtbot: QtBot) -> None:
    bar, port, data = bar_of(full), area_of(full).viewport(), dragged()
    panel = drag_to(full, port.height() - 2, data)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    target = full.grid.shown_panels()[-1]
    place = QPointF(panel.mapFrom(port, target.mapTo(port, QPoint(20, 20))))
    keys, action = NO_KEYS, Qt.DropAction.MoveAction  # the pointer has not moved: it is told so
    panel.dropEvent(QDropEvent(place, action, data, NO_BUTTONS, keys))
    assert full.session.panels[-1].number == 0
    assert not area_of(full)._dragging.isActive()


def test_a_drag_scrolls_up_and_stops_in_the_middle_or_outside(
    full: MainWindow, qtbot: QtBot
) -> None:
    bar, area, data = bar_of(full), area_of(full), dragged()
    bar.setValue(bar.maximum())
    panel = drag_to(full, 2, data)
    qtbot.waitUntil(lambda: bar.value() == 0)
    drag_to(full, area.viewport().height() // 2, data)
    assert not area._dragging.isActive()
    panel = drag_to(full, area.viewport().height() - 2, data)
    assert area._dragging.isActive()
    panel.dragLeaveEvent(QDragLeaveEvent())
    assert not area._dragging.isActive()


def test_between_panels_edges_scroll_and_nothing_is_dropped(full: MainWindow, qtbot: QtBot) -> None:
    area, action = area_of(full), Qt.DropAction.MoveAction
    edge, data, files = QPoint(5, area.viewport().height() - 2), dragged(), QMimeData()
    for mime, welcome in ((data, True), (files, False)):
        entered = QDragEnterEvent(edge, action, mime, NO_BUTTONS, NO_KEYS)
        QApplication.sendEvent(area.viewport(), entered)
        assert entered.isAccepted() == welcome
    QApplication.sendEvent(area.viewport(), QDragMoveEvent(edge, action, data, NO_BUTTONS, NO_KEYS))
    qtbot.waitUntil(lambda: bar_of(full).value() == bar_of(full).maximum())
    area.dropEvent(QDropEvent(QPointF(edge), action, data, NO_BUTTONS, NO_KEYS))
    assert not area._dragging.isActive()


def turn_wheel(widget: QWidget) -> None:
    """Turn the wheel towards people; what a widget ignores its parent gets, as from a real one."""
    found: QWidget | None = widget
    while found is not None:
        centre = QPointF(found.rect().center())
        event = QWheelEvent(
            centre,
            QPointF(found.mapToGlobal(centre)),
            QPoint(),
            QPoint(0, -120),
            NO_BUTTONS,
            NO_KEYS,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(found, event)
        found = None if event.isAccepted() else found.parentWidget()


def test_the_wheel_scrolls_over_a_header_and_zooms_over_a_picture(
    full: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    full.open_file(photo)
    qtbot.waitUntil(lambda: full.session.prediction is not None)
    full.guide.hints.end()
    full.session.stop_all()
    bar, panel = bar_of(full), full.grid.shown_panels()[0]
    bar.setValue(0)
    assert panel.view.stays_whole
    turn_wheel(panel.header)
    assert bar.value() > 0
    assert panel.view.stays_whole
    bar.setValue(0)
    turn_wheel(panel.view.viewport())
    assert bar.value() == 0
    assert not panel.view.stays_whole


def test_keys_are_for_the_panels_and_the_strip(
    full: MainWindow, qtbot: QtBot, photo: Path, make_photo: Callable[..., Path]
) -> None:
    other = make_photo("other.png", seed=4)
    full.open_files([photo, other])
    qtbot.waitUntil(lambda: full.session.prediction is not None)
    full.guide.hints.end()
    full.activateWindow()
    full.grid.setFocus()
    qtbot.waitUntil(full.grid.hasFocus)
    names = []
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
        before = full.session.picture
        qtbot.keyClick(full.grid, key)
        qtbot.waitUntil(lambda before=before: full.session.picture is not before)
        names.append(full.session.picture.name)
        assert bar_of(full).value() == 0
    assert names == ["other", "photo"]
    full.grid.setFocus()
    qtbot.keyClick(full.grid, Qt.Key.Key_9)
    assert full.grid.maximised == full.session.panels[8].number
    full.session.stop_all()


def test_tab_brings_a_panel_into_sight(full: MainWindow, qtbot: QtBot) -> None:
    full.activateWindow()
    full.grid.setFocus()
    qtbot.waitUntil(full.grid.hasFocus)
    last = full.grid.shown_panels()[-1].header
    for _ in range(150):
        focused = QApplication.focusWidget()
        if focused is None or last.isAncestorOf(focused):
            break
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert last.isAncestorOf(QApplication.focusWidget())
    assert is_in_sight(full, QApplication.focusWidget())


def test_the_area_has_a_name_and_leaves_the_focus_to_the_panels(window: MainWindow) -> None:
    area = area_of(window)
    assert area.accessibleName()
    assert area.accessibleDescription()
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert window.grid.accessibleName()
