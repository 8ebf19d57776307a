"""How many columns of panels show their pictures largest, and where each stands. No Qt."""

from __future__ import annotations

import math

CHROME_WIDTH, CHROME_HEIGHT = 8, 92
"""Pixels of a panel that are not its picture."""

LEAST_WIDTH, LEAST_HEIGHT = 220, 180
"""Pixels that a panel needs to be read."""

_LEAST_GAIN = 1.2
"""How much larger pictures must become for another arrangement than the squarest one."""


def columns_for(count: int, width: int, height: int, aspect: float = 1.5) -> int:
    """Columns in which so many panels fill a space, at least 1; rows that it lacks are scrolled to.

    Parameters
    ----------
    width, height : of the space in pixels.
    aspect : width of the picture over its height.
    """

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns) or 1
        across = (width / columns - CHROME_WIDTH) / aspect
        found = min(across, max(height / rows, LEAST_HEIGHT) - CHROME_HEIGHT)
        return found * _LEAST_GAIN if columns == usual and found > 0 else found

    most = max(1, min(count, width // LEAST_WIDTH))
    usual = min(math.ceil(math.sqrt(count)) or 1, most)
    choices = sorted(range(1, most + 1), key=lambda columns: abs(columns - usual))
    return max(choices, key=scale, default=1)


def places(count: int, columns: int) -> list[tuple[int, int, int]]:
    """Row, first cell and cells of each panel; those of the last row share its whole width.

    A full row has `cells` of them, so that its panels and those of the last row end alike.
    """
    found = []
    for index in range(count):
        row, place = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        span = cells(count, columns) // in_row
        found.append((row, place * span, span))
    return found


def cells(count: int, columns: int) -> int:
    """Cells of a row, a multiple of the panels in a full row and of those in the last one."""
    return math.lcm(columns, count % columns or columns) if count > columns else max(count, 1)
