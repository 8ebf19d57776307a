from __future__ import annotations

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from fragscope.widgets.choices import Choices


def test_one_entry_is_chosen_and_picking_another_tells_it(qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    picked: list[str] = []
    choices = Choices(menu)
    first = choices.offer("first", lambda: picked.append("first"), chosen=True)
    second = choices.offer("second", lambda: picked.append("second"), chosen=False, tip="the other")
    assert menu.actions() == [first, second]
    assert (first.toolTip(), second.toolTip()) == ("first", "the other")
    second.trigger()
    assert picked == ["second"]
    assert not first.isChecked()
    assert second.isChecked()
