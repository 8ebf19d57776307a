from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope.widgets.offer_bar import OfferBar


@pytest.fixture
def bar(qtbot: QtBot) -> OfferBar:
    found = OfferBar()
    qtbot.addWidget(found)
    return found


def test_it_is_there_while_there_is_an_offer(bar: OfferBar) -> None:
    assert bar.isHidden()
    bar.offer("Something was left.")
    assert not bar.isHidden()
    assert bar.text == "Something was left."
    bar.offer("")
    assert bar.isHidden()


def test_both_answers_work_by_mouse_and_keyboard(bar: OfferBar, qtbot: QtBot) -> None:
    bar.offer("Something was left.")
    bar.show()
    for button, signal in (
        (bar.restore_button, bar.accepted),
        (bar.discard_button, bar.declined),
    ):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        with qtbot.waitSignal(signal):
            qtbot.keyClick(button, Qt.Key.Key_Space)
