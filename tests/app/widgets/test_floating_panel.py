"""Windows of panels stand on a screen that is there, all of them, whatever was stored."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from fragscope.arrangement import Detached
from fragscope.widgets.floating_panel import FloatingPanel, on_screens

SCREENS = [QRect(0, 0, 1920, 1040), QRect(1920, 200, 1280, 760)]
places = st.builds(
    QRect,
    *[st.integers(-(10**6), 10**6)] * 2,
    *[st.integers(1, 10**6)] * 2,
)


@given(places)
def test_all_of_a_window_is_on_one_screen(place: QRect) -> None:
    found = on_screens(place, SCREENS)
    assert any(screen.contains(found) for screen in SCREENS)
    assert found.width() >= 240
    assert found.height() >= 200
    assert found.width() <= max(place.width(), 240)
    assert on_screens(found, SCREENS) == found


def test_a_window_that_fits_stays_where_it_was() -> None:
    for place in (QRect(100, 100, 560, 480), QRect(2000, 300, 600, 500)):
        assert on_screens(place, SCREENS) == place


def test_a_screen_that_is_gone_is_replaced_by_the_first() -> None:
    found = on_screens(QRect(2000, 300, 600, 500), SCREENS[:1])
    assert found == QRect(1320, 300, 600, 500)


def test_its_place_is_told_and_taken(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    window = FloatingPanel(QLabel("map"), owner)
    room = QGuiApplication.primaryScreen().availableGeometry()
    place = (room.left() + 20, room.top() + 50, 400, 300)
    window.take_place(Detached(3, place))
    with qtbot.waitExposed(window):
        window.show()
    told = window.detached(3)
    assert (told.number, told.place, told.maximised) == (3, place, False)
    window.take_place(Detached(3, place, maximised=True))
    assert window.detached(3).maximised
    window.hide()
