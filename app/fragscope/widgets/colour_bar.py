"""The colours of a map with the values that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr

from ..colours import Span, UInt8Array
from . import theme

_HEIGHT = 24
_THICKNESS = 6
_AXIS = 14


class ColourBar(pg.PlotWidget):  # type: ignore[misc]
    """A strip of colours over an axis of values; it cannot be dragged."""

    _is_built = False

    def __init__(self, parent: QWidget | None = None) -> None:
        self._bar = pg.ColorBarItem(
            interactive=False, orientation="horizontal", width=_THICKNESS, colorMap="viridis"
        )
        super().__init__(parent, plotItem=self._bar)
        self._bar.layout.setContentsMargins(2 * theme.SPACE, 0, 2 * theme.SPACE, 0)
        self._bar.axis.setHeight(_AXIS)
        self._shown: tuple[Span, str] | None = None
        self._table: UInt8Array | None = None
        self.setFixedHeight(_HEIGHT)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the picture jumps when the first map comes
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("Colours and values of the map"))
        self.setAccessibleDescription(
            tr("Values of the colours; the tooltip gives the range and the unit")
        )
        self._is_built = True
        self._colour()

    def show_range(self, span: Span, table: UInt8Array, unit: str) -> None:
        """Show colours [256, 4] RGBA for values of a span in a unit."""
        if (span, unit) == self._shown and table is self._table:
            return
        self._shown = (span, unit)
        if table is not self._table:
            self._table = table
            self._show_table(table)
        self._bar.setLevels(span)
        self.setToolTip(
            tr(
                "{low:.3g} to {high:.3g}, {unit}; stronger values look alike",
                low=span[0],
                high=span[1],
                unit=unit,
            )
        )

    def _show_table(self, table: UInt8Array) -> None:
        opaque = np.column_stack([table[:, :3], np.full(len(table), 255, np.uint8)])
        self._bar.setColorMap(pg.ColorMap(None, opaque))

    def close(self) -> bool:
        self._is_built = False  # pyqtgraph takes the axis apart; a theme may change after that
        return bool(super().close())

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == event.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        tokens = theme.current()
        self.setBackground(tokens.surface)
        axis = self._bar.axis
        axis.setPen(tokens.line)
        axis.setTextPen(tokens.muted)
        axis.setStyle(tickFont=QFont(self.font().family(), 7), tickLength=-3, tickTextOffset=1)
