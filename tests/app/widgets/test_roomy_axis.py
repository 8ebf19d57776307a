"""Numbers of an axis that leave each other room."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QPainter, QPixmap
from pytestqt.qtbot import QtBot

from fragscope.widgets.curve_plot import CurvePlot


@pytest.mark.parametrize("points", [9, 18])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("width", [110, 130, 180, 300, 900])
def test_numbers_never_touch(qtbot: QtBot, width: int, log: bool, points: int) -> None:
    plot = CurvePlot("insertion")
    qtbot.addWidget(plot)
    plot.set_logs(log, False)
    axis = plot.getAxis("bottom")
    font = axis.font()
    font.setPointSize(points)
    axis.setFont(font)
    axis.setStyle(tickFont=font)
    plot.resize(width, 200)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.grab()
    pixmap = QPixmap(plot.size())
    painter = QPainter(pixmap)
    painter.setFont(font)
    _, _, texts = axis.generateDrawSpecs(painter)
    painter.end()
    assert texts
    for (one, _, _), (other, _, _) in itertools.combinations(texts, 2):
        assert not one.intersects(other)
