"""The sheet lists every key once, in its group, and fits a small window."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from fragscope.widgets.actions import SPECS
from fragscope.widgets.key_sheet import KeySheet, groups


def test_every_action_is_listed_once_in_its_group() -> None:
    found = groups()
    rows = Counter(row for rows in found.values() for row in rows)
    assert max(rows.values()) == 1
    for spec in SPECS:
        if not spec.name.startswith("panel "):
            assert (" or ".join(spec.keys), spec.tip) in found[spec.group]
    wanted = {
        "File",
        "Edit",
        "Run",
        "Look",
        "Classes",
        "Fragments",
        "What if",
        "Curves",
        "Panels",
        "Mouse",
    }
    assert wanted <= found.keys()


def test_it_fits_a_small_window_and_question_mark_closes_it(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1280, 800)
    sheet = KeySheet(window)
    with qtbot.waitExposed(window):
        window.show()
    sheet.appear()
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    for rows in groups().values():
        assert {text for row in rows for text in row} <= texts
    qtbot.waitUntil(lambda: sheet.card.width() > 600)
    assert sheet.rect().contains(sheet.card.geometry())
    assert sheet.area.horizontalScrollBar().maximum() == 0
    assert sheet.area.verticalScrollBar().maximum() == 0
    qtbot.keyClick(sheet.area, Qt.Key.Key_Question)
    assert not sheet.isVisible()


def test_in_a_low_window_it_scrolls(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1100, 420)
    sheet = KeySheet(window)
    with qtbot.waitExposed(window):
        window.show()
    sheet.appear()
    qtbot.waitUntil(lambda: sheet.area.verticalScrollBar().maximum() > 0)
    assert sheet.rect().contains(sheet.card.geometry())
