"""Text and controls are enlarged where the desktop does not do so."""

from __future__ import annotations

import os

import pytest
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.settings import SIZES, Settings
from fragscope.widgets.size_menu import SizeMenu
from fragscope.window_main import enlarge


def test_the_size_in_use_is_marked_and_another_one_is_told_once(qtbot: QtBot) -> None:
    menu = SizeMenu(125)
    qtbot.addWidget(menu)
    told: list[int] = []
    menu.chosen.connect(told.append)
    marked = [action.text() for action in menu.actions() if action.isChecked()]
    assert marked == ["125 %"]
    assert len(menu.actions()) == len(SIZES)
    for _ in range(2):
        menu.actions()[-1].trigger()
    assert told == [SIZES[-1]] == [menu.size_wanted]


def test_the_window_says_when_and_remembers(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Settings] = []
    monkeypatch.setattr("fragscope.main_window.save_settings", kept.append)
    window.size_menu.actions()[2].trigger()
    assert "150 %" in window.notice.text
    window.guide.palette.appear()
    window.guide.palette.field.setText("150 %")
    assert window.guide.palette.list.topLevelItemCount() == 1
    window.close()
    assert kept[-1].size == 150


def test_qt_is_told_before_it_starts_and_what_people_set_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    enlarge(100)
    assert "QT_SCALE_FACTOR" not in os.environ
    enlarge(150)
    assert os.environ["QT_SCALE_FACTOR"] == "1.5"
    enlarge(200)
    assert os.environ["QT_SCALE_FACTOR"] == "1.5"
