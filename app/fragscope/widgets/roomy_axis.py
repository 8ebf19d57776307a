"""An axis whose numbers never touch, however short it is."""

from __future__ import annotations

from math import ceil, floor, log10

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

_STEPS = (1.0, 2.0, 5.0, 10.0)
_WIDEST = "0.00"
_ROOM = 1.4
"""Room that a number takes, as a share of its own size."""


class RoomyAxis(pg.AxisItem):  # type: ignore[misc]
    """Takes greater steps between numbers where they had no room beside each other."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        least = self._least(low, high, size)
        if self.logMode:
            least = max(least, 1.0)  # between powers of ten pyqtgraph sets marks of its own
        # pyqtgraph leaves numbers of finer steps out where they would be crowded, never the first
        return found if not found or found[0][0] >= least else [(_nice(least), 0.0)]

    def boundingRect(self) -> QRectF:
        """The axis with half a number beyond its ends, so that its first and last ones are seen."""
        wide, size = self.orientation in ("bottom", "top"), self.overhang()
        rect: QRectF = super().boundingRect()
        return rect.adjusted(-size, 0, size, 0) if wide else rect.adjusted(0, -size, 0, size)

    def overhang(self) -> int:
        """Pixels of a number that lie beyond an end of the axis."""
        metrics = QFontMetricsF(self.font())
        wide = self.orientation in ("bottom", "top")
        return ceil((metrics.horizontalAdvance(_WIDEST) if wide else metrics.height()) / 2)

    def _least(self, low: float, high: float, size: float) -> float:
        """The least step between two numbers that both have room."""
        metrics = QFontMetricsF(self.font())
        wide = self.orientation in ("bottom", "top")
        number = metrics.horizontalAdvance(_WIDEST) if wide else metrics.height()
        return _ROOM * number * abs(high - low) / max(size, 1.0)


def _nice(least: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not below this."""
    scale = 10.0 ** floor(log10(least)) if least > 0 else 1.0
    return next(scale * step for step in _STEPS if scale * step >= least * (1 - 1e-9))
