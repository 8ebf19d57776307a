"""Sizes of splitters and the tab in front are taken up again; what does not fit is ignored."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from fragscope.widgets.layout_memory import LayoutMemory


def make(qtbot: QtBot) -> tuple[QSplitter, QTabWidget, LayoutMemory]:
    splitter, tabs = QSplitter(), QTabWidget()
    for _ in range(2):
        splitter.addWidget(QWidget())
    for name, title in (("fragments", "Fragmente"), ("map", "Karte")):
        page = QWidget()
        page.setObjectName(name)
        tabs.addTab(page, title)
    for widget in (splitter, tabs):
        qtbot.addWidget(widget)
    return splitter, tabs, LayoutMemory({"rows": splitter}, tabs)


def shown(splitter: QSplitter, qtbot: QtBot) -> list[int]:
    splitter.resize(605, 100)
    with qtbot.waitExposed(splitter):
        splitter.show()
    return splitter.sizes()


def test_what_was_there_comes_back_in_another_window(qtbot: QtBot) -> None:
    splitter, tabs, memory = make(qtbot)
    shown(splitter, qtbot)
    splitter.setSizes([150, 450])
    tabs.setCurrentIndex(1)
    kept = splitter.sizes()
    other, other_tabs, other_memory = make(qtbot)
    other_memory.restore(memory.sizes, memory.tab)  # before it is shown, as at a start
    assert shown(other, qtbot) == kept
    assert other_tabs.currentIndex() == 1


def test_a_tab_is_remembered_by_a_name_that_is_not_translated(qtbot: QtBot) -> None:
    _, tabs, memory = make(qtbot)
    tabs.setCurrentIndex(1)
    assert memory.tab == "map"


def test_a_title_of_an_earlier_version_is_understood(qtbot: QtBot) -> None:
    _, tabs, memory = make(qtbot)
    memory.restore({}, "Map")
    assert tabs.currentIndex() == 1


@pytest.mark.parametrize("sizes", [{"rows": [100]}, {"rows": [1, 2, 3]}, {"other": [1, 2]}, {}])
def test_what_does_not_fit_is_ignored(qtbot: QtBot, sizes: dict[str, list[int]]) -> None:
    plain, _, _ = make(qtbot)
    splitter, tabs, memory = make(qtbot)
    memory.restore(sizes, "No such tab")
    assert shown(splitter, qtbot) == shown(plain, qtbot)
    assert tabs.currentIndex() == 0
