from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from fragscope.colours import UInt8Array, lookup_table
from fragscope.widgets.colour_bar import ColourBar


def nearest(row: list[tuple[int, ...]], colour: UInt8Array) -> int:
    """Place in a row of pixels of the one that is most like a colour."""
    far = np.abs(np.array(row) - colour.astype(int)).sum(1)
    assert far.min() < 12
    return int(far.argmin())


def test_the_bar_shows_colours_from_the_first_to_the_last(qtbot: QtBot) -> None:
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.resize(300, bar.height())
    bar.show()
    table = lookup_table("viridis", signed=False)
    bar.show_range((-0.02, 0.05), table, "probability")
    qtbot.waitUntil(lambda: bar._bar.axis.width() > 0)
    picture = bar.grab().toImage()
    row = [picture.pixelColor(x, 4).getRgb()[:3] for x in range(picture.width())]
    places = [nearest(row, table[index, :3]) for index in (0, 128, 255)]
    assert places == sorted(places)
    assert places[2] - places[0] > 0.8 * bar.width()
    assert "-0.02 to 0.05, probability" in bar.toolTip()
    assert bar._bar.levels() == (-0.02, 0.05)
