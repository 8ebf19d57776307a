"""Bars say what changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope.widgets.probability_bars import Bar, ProbabilityBars


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [(0.5, 0.531, "+3.1"), (0.9, 0.498, "-40.2"), (0.5, 0.50004, ""), (0.0, 1.0, "+100.0")],
)
def test_changes_are_told_in_points(before: float, now: float, text: str) -> None:
    assert Bar("cat", before, now).change == text


def test_rows_follow_and_are_read_out(qtbot: QtBot) -> None:
    bars = ProbabilityBars(3)
    qtbot.addWidget(bars)
    shown = [Bar("cat", 0.9, 0.2, True), Bar("dog", 0.05, 0.6)]
    bars.show_bars([*shown, Bar("eel", 0.0, 0.1)])
    bars.show_bars(shown)
    assert bars.bars() == shown
    read = bars.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert read == "cat: 20.0%, before 90.0%"
    assert "explained" in bars.item(0).toolTip()
    assert "explained" not in bars.item(1).toolTip()
    with qtbot.waitExposed(bars):
        bars.show()
    assert not bars.grab().isNull()
