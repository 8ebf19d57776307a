"""How many columns of panels show their pictures largest. No Qt."""

from __future__ import annotations

import math

CHROME_WIDTH, CHROME_HEIGHT = 8, 92
"""Pixels of a panel that are not its picture."""

_LEAST_GAIN = 1.2
"""How much larger pictures must become for another arrangement than the squarest one."""


def columns_for(count: int, width: int, height: int, aspect: float = 1.5) -> int:
    """Columns in which so many panels fill a space, at least 1.

    Parameters
    ----------
    width, height : of the space in pixels.
    aspect : width of the picture over its height.
    """

    def scale(columns: int) -> float:
        rows = math.ceil(count / columns)
        across = (width / columns - CHROME_WIDTH) / aspect
        found = min(across, height / rows - CHROME_HEIGHT)
        return found * _LEAST_GAIN if columns == usual and found > 0 else found

    usual = math.ceil(math.sqrt(count)) or 1
    choices = sorted(range(1, count + 1), key=lambda columns: abs(columns - usual))
    return max(choices, key=scale, default=1)
