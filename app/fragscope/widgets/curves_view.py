"""Deletion and insertion curves of all panels, live."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fragscope_explainers.types import Curve, CurveKind

from ..colours import method_colour
from ..session import Session
from . import theme

_TITLES: dict[CurveKind, str] = {
    "deletion": "Deletion: lower is better",
    "insertion": "Insertion: higher is better",
}
_FULL_POINTS = 100
"""Curves with fewer points are the coarse ones of a run that goes on, drawn dashed."""


class CurvesView(QWidget):
    """Two plots; every method has the colour of its panel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.plots: dict[CurveKind, pg.PlotWidget] = {
            kind: _Plot(title, kind == "deletion") for kind, title in _TITLES.items()
        }
        self._lines: dict[tuple[int, CurveKind], pg.PlotDataItem] = {}
        self._drawn: dict[tuple[int, CurveKind], Curve | None] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.SPACE)
        for plot in self.plots.values():
            layout.addWidget(plot)
        session.panel_changed.connect(self.refresh)
        session.panels_changed.connect(self.rebuild)
        session.image_changed.connect(self.rebuild)
        session.target_changed.connect(self._follow)

    def rebuild(self) -> None:
        """Draw the curves of all panels anew."""
        for (_, kind), line in self._lines.items():
            self.plots[kind].removeItem(line)
        self._lines.clear()
        self._drawn.clear()
        for panel in self._session.panels:
            self.refresh(panel.number)

    def _follow(self) -> None:
        """Draw the curves of another class; a contrast has none of its own and leaves them."""
        for panel in self._session.panels:
            self.refresh(panel.number)

    def refresh(self, number: int) -> None:
        """Draw one panel's newest curves."""
        state = self._session.panel(number).state
        known = state is not None and state.target == self._session.target
        for kind in _TITLES:
            curve = state.curves.get(kind) if known and state is not None else None
            self._draw(number, kind, curve, method_colour(number))

    def _draw(self, number: int, kind: CurveKind, curve: Curve | None, colour: str) -> None:
        if curve is self._drawn.get((number, kind)):
            return
        self._drawn[number, kind] = curve
        line = self._lines.get((number, kind))
        if line is None:
            line = self._lines[number, kind] = self.plots[kind].plot()
        if curve is None:
            line.setData([], [])
            return
        coarse = len(curve.fractions) < _FULL_POINTS
        style = Qt.PenStyle.DashLine if coarse else Qt.PenStyle.SolidLine
        line.setPen(pg.mkPen(colour, width=2, style=style))
        line.setData(curve.fractions[: len(curve.scores)], curve.scores)


class _Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot of a probability over a share of pixels."""

    _is_built = False

    def __init__(self, title: str, labelled: bool) -> None:
        super().__init__(enableMenu=False)
        self._title = title
        self.setMinimumHeight(140)
        self.setXRange(0, 1, padding=0.02)
        self.setYRange(0, 1, padding=0.03)
        self.setLimits(xMin=-0.05, xMax=1.05, yMin=-0.05, yMax=1.05)
        self.setLabel("bottom", "share of pixels")
        if labelled:
            self.setLabel("left", "probability")
        self.hideButtons()
        self.setAccessibleName(title)
        self._is_built = True
        self._colour()

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == event.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        tokens = theme.current()
        self.setBackground(tokens.surface)
        self.setTitle(self._title, color=tokens.text, size="10pt")
        for side in ("bottom", "left"):
            axis = self.getAxis(side)
            axis.setPen(tokens.line)
            axis.setTextPen(tokens.muted)
        self.showGrid(x=True, y=True, alpha=0.15)
