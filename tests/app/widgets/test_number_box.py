"""A field says what it takes instead of what was typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from fragscope.widgets.number_box import NumberBox


@pytest.fixture
def box(qtbot: QtBot) -> NumberBox:
    found = NumberBox()
    qtbot.addWidget(found)
    found.setDecimals(0)
    found.setRange(-50, 1000)
    found.setSuffix(" HU")
    found.setValue(40)
    found.show()
    found.setFocus()
    qtbot.waitUntil(found.hasFocus)
    return found


def typed(box: NumberBox, text: str, qtbot: QtBot) -> str:
    """What is said last once a text was typed and meant."""
    said = [""]
    box.said.connect(said.append)
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    box.said.disconnect(said.append)
    return said[-1]


def test_numbers_are_taken_without_a_word(box: NumberBox, qtbot: QtBot) -> None:
    assert [typed(box, text, qtbot) for text in ("12", "-5", "1000")] == ["", "", ""]
    assert box.value() == 1000


@pytest.mark.parametrize("text", ["x", "1e2", "1001", "-51", "-", "7.5"])
def test_what_is_refused_is_told(text: str, box: NumberBox, qtbot: QtBot) -> None:
    said = typed(box, text, qtbot)
    assert "is not taken: type a whole number from -50 to 1" in said
    assert "HU" not in said


def test_what_was_refused_stays_told_until_something_else_is_typed(
    box: NumberBox, qtbot: QtBot
) -> None:
    assert typed(box, "x12", qtbot)
    assert box.value() == 12
    assert typed(box, "13", qtbot) == ""


def test_fractions_are_asked_for_where_they_are_taken(box: NumberBox, qtbot: QtBot) -> None:
    box.setDecimals(2)
    assert "type a number from -50" in typed(box, "y", qtbot)
    assert typed(box, "0.25", qtbot) == ""
    assert box.value() == 0.25


def test_values_that_the_program_sets_are_no_typing(box: NumberBox) -> None:
    said: list[str] = []
    box.said.connect(said.append)
    box.setValue(10**6)
    box.setRange(0, 1)
    assert said == []


def test_a_comma_is_never_passed_over(qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale.c())
    try:
        box = NumberBox()
        qtbot.addWidget(box)
        box.setDecimals(2)
        box.show()
        box.setFocus()
        qtbot.waitUntil(box.hasFocus)
        assert "'0,' is not taken" in typed(box, "0,5", qtbot)
    finally:
        QLocale.setDefault(before)
