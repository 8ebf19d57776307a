"""A line of text that says less where there is less room."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fragscope.widgets.elided_label import ElidedLabel

LINES = ("a long line with many words", "some words", "few")


@pytest.fixture
def label(qtbot: QtBot) -> ElidedLabel:
    found = ElidedLabel()
    qtbot.addWidget(found)
    return found


def width_of(label: ElidedLabel, text: str) -> int:
    return label.fontMetrics().horizontalAdvance(text)


@pytest.mark.parametrize("line", LINES)
def test_the_longest_line_that_fits_is_seen(label: ElidedLabel, line: str) -> None:
    label.set_lines(LINES)
    label.resize(width_of(label, line) + 1, 20)
    assert label.shown == line
    assert label.text() == LINES[0]


def test_what_is_still_too_long_is_cut(label: ElidedLabel) -> None:
    label.set_lines(("many words", "some words"))
    label.resize(width_of(label, "some w"), 20)
    assert label.shown.startswith("so")
    assert label.shown.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_a_plain_text_takes_the_place_of_all_lines(label: ElidedLabel) -> None:
    label.set_lines(LINES)
    label.setText("another long line of words")
    label.resize(width_of(label, "few"), 20)
    assert label.shown not in LINES
