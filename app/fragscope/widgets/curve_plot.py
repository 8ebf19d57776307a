"""One plot of a probability over a share of pixels, with the scrubber's line and the pointer's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind

from ..colours import Shape, method_colour, method_shape
from ..curve_data import marked_points
from . import theme
from .roomy_axis import RoomyAxis

_FULL_POINTS = 100
"""Curves with fewer points are the coarse ones of a run that goes on, drawn dashed."""
_LEAST_SHARE, _LEAST_PROBABILITY = 0.004, 1e-4
"""Where logarithmic axes begin; zero stands there too."""
_SYMBOLS: dict[Shape, str] = {"circle": "o", "triangle": "t1", "diamond": "d", "cross": "+"}
_MARK = 8
_CAPTIONS: dict[CurveKind, str] = {
    "deletion": tr("share deleted \N{DOWNWARDS ARROW}"),
    "insertion": tr("share inserted \N{UPWARDS ARROW}"),
}
CURVE_NAMES: dict[CurveKind, str] = {
    "deletion": tr("Deletion curves"),
    "insertion": tr("Insertion curves"),
}
_STEPS: dict[int, float] = {
    Qt.Key.Key_Left: -0.01,
    Qt.Key.Key_Right: 0.01,
    Qt.Key.Key_Home: -1,
    Qt.Key.Key_End: 1,
}


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]
    """Curves of one kind.

    Signals (GUI thread)
    -------
    scrubbed(float) : the pointer was dragged to this share of pixels.
    clicked(float) : this share was clicked.
    stepped(float) : a key asks for a share that is greater by this much.
    hovered(float) : the pointer is over this share.
    left() : the pointer left the plot.
    """

    scrubbed = Signal(float)
    clicked = Signal(float)
    stepped = Signal(float)
    hovered = Signal(float)
    left = Signal()
    _is_built = False

    def __init__(self, kind: CurveKind, parent: QWidget | None = None) -> None:
        self._surface = _Surface(enableMenu=False)
        axes = {side: RoomyAxis(side) for side in ("bottom", "left")}
        super().__init__(parent, viewBox=self._surface, axisItems=axes, enableMenu=False)
        self.kind = kind
        self._curves: dict[int, Curve] = {}
        self._lines: dict[int, pg.PlotDataItem] = {}
        self._marks: dict[int, pg.PlotDataItem] = {}
        self._logs = (False, False)
        self._share: float | None = None
        self._hovered: float | None = None
        self._scrub, self._pointer = pg.InfiniteLine(angle=90), pg.InfiniteLine(angle=90)
        self._build()
        self._surface.dragged.connect(lambda x: self.scrubbed.emit(self._share_at(x)))
        self._surface.clicked.connect(lambda x: self.clicked.emit(self._share_at(x)))
        self._surface.reset_wanted.connect(self._frame)
        self.scene().sigMouseMoved.connect(self._on_move)

    # -- what is shown ----------------------------------------------------------------------

    def draw(self, number: int, curve: Curve | None) -> None:
        """Draw a panel's curve; None takes it away."""
        if curve is None:
            self.remove(number)
            return
        if number not in self._lines:
            self._lines[number], self._marks[number] = self.plot(), self._make_marks(number)
        coarse = len(curve.fractions) < _FULL_POINTS
        style = Qt.PenStyle.DashLine if coarse else Qt.PenStyle.SolidLine
        self._lines[number].setPen(pg.mkPen(method_colour(number), width=2, style=style))
        self._curves[number] = curve
        self._place(number)

    def remove(self, number: int) -> None:
        """Take a panel's curve away."""
        self._curves.pop(number, None)
        for items in (self._lines, self._marks):
            item = items.pop(number, None)
            if item is not None:
                self.removeItem(item)

    @property
    def drawn(self) -> frozenset[int]:
        """Numbers of the panels whose curve is drawn."""
        return frozenset(self._lines)

    def set_logs(self, share: bool, probability: bool) -> None:
        """Make the axes logarithmic, or linear again."""
        self._logs = (share, probability)
        self.getPlotItem().setLogMode(share, probability)
        for number in self._lines:
            self._place(number)
        self._frame()
        self.show_scrub(self._share)
        self.show_pointer(self._hovered)

    def show_scrub(self, share: float | None) -> None:
        """Show the scrubber at a share of pixels, or not at all."""
        self._share = share
        self._scrub.setVisible(share is not None)
        if share is not None:
            self._scrub.setValue(self._x(share))

    def show_pointer(self, share: float | None) -> None:
        """Show where the pointer is, in this or the other plot."""
        self._hovered = share
        self._pointer.setVisible(share is not None)
        if share is not None:
            self._pointer.setValue(self._x(share))

    # -- events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(event.key())
        if step is None:
            super().keyPressEvent(event)
            return
        large = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.stepped.emit(10 * step if large else step)
        event.accept()

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self._surface.setBorder(theme.current().accent)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self._surface.setBorder(None)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def close(self) -> bool:
        self._is_built = False  # pyqtgraph takes the axes apart; a theme may change after that
        return bool(super().close())

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == event.Type.PaletteChange:
            self._colour()

    def _on_move(self, position: QPointF) -> None:
        if self._surface.sceneBoundingRect().contains(position):
            self.hovered.emit(self._share_at(self._surface.mapSceneToView(position).x()))
        else:
            self.left.emit()

    # -- inside -----------------------------------------------------------------------------

    def _place(self, number: int) -> None:
        curve = self._curves[number]
        shares, scores = curve.fractions[: len(curve.scores)], curve.scores
        if self._logs[0]:
            shares = np.maximum(shares, _LEAST_SHARE)
        if self._logs[1]:
            scores = np.maximum(scores, _LEAST_PROBABILITY)
        self._lines[number].setData(shares, scores)
        if method_shape(number) in _SYMBOLS:
            here = marked_points(number, len(shares))
            self._marks[number].setData(shares[here], scores[here])

    def _make_marks(self, number: int) -> pg.PlotDataItem:
        """What tells a curve apart from those of its colour; nothing for the first of them."""
        symbol, colour = _SYMBOLS.get(method_shape(number)), method_colour(number)
        return self.plot(
            pen=None, symbol=symbol, symbolSize=_MARK, symbolBrush=colour, symbolPen=None
        )

    def _x(self, share: float) -> float:
        return float(np.log10(max(share, _LEAST_SHARE))) if self._logs[0] else share

    def _share_at(self, x: float) -> float:
        if self._logs[0]:
            return 0.0 if x <= np.log10(_LEAST_SHARE) else min(1.0, float(10**x))
        return min(1.0, max(0.0, x))

    def _frame(self) -> None:
        """Show all of both axes."""
        left = float(np.log10(_LEAST_SHARE)) if self._logs[0] else 0.0
        low = float(np.log10(_LEAST_PROBABILITY)) if self._logs[1] else 0.0
        right, high = (0.0 if log else 1.0 for log in self._logs)
        wide, tall = 0.05 * (right - left), 0.05 * (high - low)
        self.setLimits(xMin=left - wide, xMax=right + wide, yMin=low - tall, yMax=high + tall)
        self.setXRange(left, right, padding=0.02)
        self.setYRange(low, high, padding=0.03)

    def _build(self) -> None:
        self.setMinimumHeight(140)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(CURVE_NAMES[self.kind])
        self.setAccessibleDescription(
            tr("Arrow keys move the scrubber; with Shift in steps of 10 %.")
        )
        self.setLabel("bottom", _CAPTIONS[self.kind])
        if self.kind == "deletion":
            self.setLabel("left", tr("probability"))
        self.getAxis("bottom").setHeight(9 * theme.SPACE)
        over = self.getAxis("bottom").overhang()
        self.getPlotItem().layout.setContentsMargins(1, over // 2, over, 1)
        self.hideButtons()
        for depth, line in ((-1, self._pointer), (1, self._scrub)):
            line.setZValue(depth)
            line.setVisible(False)
            self.addItem(line, ignoreBounds=True)
        self._frame()
        self._is_built = True
        self._colour()

    def _colour(self) -> None:
        tokens = theme.current()
        self.setBackground(tokens.surface)
        for side in ("bottom", "left"):
            axis = self.getAxis(side)
            axis.setPen(tokens.line)
            axis.setTextPen(tokens.muted)
        self.showGrid(x=True, y=True, alpha=0.15)
        self._scrub.setPen(pg.mkPen(tokens.text, width=2))
        self._pointer.setPen(pg.mkPen(tokens.muted, width=1, style=Qt.PenStyle.DotLine))


class _Surface(pg.ViewBox):  # type: ignore[misc]
    """The area of a plot; dragging moves the scrubber there instead of the curves.

    Signals (GUI thread)
    -------
    dragged(float) : the left button is held at this x.
    clicked(float) : it was clicked there.
    reset_wanted() : a double click asks for all of the axes.
    """

    dragged = Signal(float)
    clicked = Signal(float)
    reset_wanted = Signal()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if axis is None and event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.dragged.emit(self.mapSceneToView(event.scenePos()).x())
        else:
            event.ignore()

    def mouseClickEvent(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        if event.double():
            self.reset_wanted.emit()
        else:
            self.clicked.emit(self.mapSceneToView(event.scenePos()).x())
