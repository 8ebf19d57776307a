from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fragscope.widgets.recent_menu import RecentMenu


@pytest.fixture
def menu(qtbot: QtBot, tmp_path: Path) -> RecentMenu:
    there = tmp_path / "salt & pepper.png"
    there.touch()
    found = RecentMenu([str(there), str(tmp_path / "gone.png")])
    qtbot.addWidget(found)
    return found


def test_what_is_there_can_be_chosen(menu: RecentMenu, qtbot: QtBot) -> None:
    first, second = menu.actions()[:2]
    assert first.text().startswith("salt && pepper.png  (")  # one & would mark a key
    assert first.isEnabled()
    assert not second.isEnabled()
    with qtbot.waitSignal(menu.chosen) as told:
        first.trigger()
    assert told.args[0].name == "salt & pepper.png"


def test_what_comes_back_is_offered_again(menu: RecentMenu, tmp_path: Path) -> None:
    (tmp_path / "gone.png").touch()
    menu.aboutToShow.emit()
    assert menu.actions()[1].isEnabled()


def test_the_list_is_cleared_and_grows_again(menu: RecentMenu, qtbot: QtBot) -> None:
    with qtbot.waitSignal(menu.changed):
        menu.actions()[-1].trigger()
    assert menu.known == []
    assert not menu.menuAction().isEnabled()
    menu.remember(Path("/pictures/new.png"))
    assert [Path(text).name for text in menu.known] == ["new.png"]
    assert menu.menuAction().isEnabled()
