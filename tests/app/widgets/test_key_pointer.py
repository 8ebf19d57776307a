"""A picture is pointed at, zoomed and clicked by keys alone, in the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.image_view import ImageView

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def view(window: MainWindow, qtbot: QtBot, photo: Path) -> ImageView:
    """The first view of a window that shows `photo`, with its fragments."""
    session = window.session
    window.open_file(photo)
    qtbot.waitUntil(lambda: session.pyramid is not None and not session.is_running, timeout=20_000)
    window.guide.hints.end()
    found = window.grid.views[0]
    found.setFocus(Qt.FocusReason.TabFocusReason)
    return found


def test_arrow_keys_move_the_pointer_in_all_views_and_the_readout(
    view: ImageView, window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Right)
    first = view.keys.place
    assert view.contains(first.x(), first.y())
    assert all(other._lines[0].isVisible() for other in window.grid.views)
    assert f"{int(first.x())}, {int(first.y())}" in window.side.readout.plain_text(
        first.x(), first.y()
    )
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert view.keys.place.x() == first.x()
    assert view.keys.place.y() > first.y() + 1
    for _ in range(100):
        qtbot.keyClick(view, Qt.Key.Key_Left, SHIFT)
    assert view.keys.place.x() == 0


def test_keys_zoom_at_the_pointer_and_back_to_the_whole_picture(
    view: ImageView, window: MainWindow, qtbot: QtBot
) -> None:
    whole = view.box.viewRect()
    qtbot.keyClick(view, Qt.Key.Key_Plus, CTRL)
    qtbot.keyClick(view, Qt.Key.Key_Plus, CTRL)
    zoomed = view.box.viewRect()
    assert zoomed.width() < 0.7 * whole.width()
    assert all(not other.stays_whole for other in window.grid.views)
    for _ in range(100):
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.box.viewRect().contains(view.keys.place)  # it is followed
    assert view.box.viewRect().top() < zoomed.top()
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Minus, CTRL)
    assert all(other.stays_whole for other in window.grid.views)


def test_keys_zoom_no_further_than_a_few_pixels(view: ImageView, qtbot: QtBot) -> None:
    for _ in range(80):
        qtbot.keyClick(view, Qt.Key.Key_Plus, CTRL)
    shown = view.box.viewRect()
    assert 1 < min(shown.width(), shown.height()) < 5


def test_a_click_by_keys_is_never_out_of_sight(view: ImageView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.keys.place.y() > 20
    view.show_region(QRectF(0, 0, 16, 9))  # as by the wheel
    clicked: list[tuple[float, float]] = []
    view.clicked.connect(lambda x, y, _: clicked.append((x, y)))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.box.viewRect().contains(QPointF(*clicked[0]))


def test_return_marks_a_fragment_and_the_menu_key_asks_what_can_be_done(
    view: ImageView, window: MainWindow, qtbot: QtBot
) -> None:
    window.what_if.bring_to_front()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    edit = window.what_if.what_if.edit
    place = view.keys.place
    assert (edit.marked == window.what_if.fragment_at(place.x(), place.y())).all()
    asked: list[tuple[float, float, QPoint]] = []
    view.menu_wanted.disconnect()
    view.menu_wanted.connect(lambda x, y, where: asked.append((x, y, where)))
    qtbot.keyClick(view, Qt.Key.Key_Menu)
    qtbot.keyClick(view, Qt.Key.Key_F10, SHIFT)
    assert [(x, y) for x, y, _ in asked] == [(place.x(), place.y())] * 2
    assert view.rect().contains(view.mapFromGlobal(asked[0][2]))


def test_other_keys_are_the_window_s(view: ImageView, window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert window.side.pyramid.level == 1
    qtbot.keyClick(view, Qt.Key.Key_2)
    assert window.grid.maximised == 1


def test_the_view_that_keys_reach_is_outlined(
    view: ImageView, window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: view.box.border.style() != Qt.PenStyle.NoPen)
    window.grid.setFocus()
    qtbot.waitUntil(lambda: view.box.border.style() == Qt.PenStyle.NoPen)
