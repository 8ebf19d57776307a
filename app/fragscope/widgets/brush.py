"""A brush for picture views: while it is active, dragging with the left button paints."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem

from .image_view import ImageView

_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class Brush(QObject):
    """Turns drags in the views it is given to into strokes; other buttons do what they did.

    Signals (GUI thread)
    -------
    began(bool) : a stroke begins; True where it brings back (Ctrl is held).
    moved(QPointF, QPointF) : the stroke goes on between two points of the picture.
    ended() : the button was let go.
    """

    began = Signal(bool)
    moved = Signal(QPointF, QPointF)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_active = False
        self._last: QPointF | None = None
        self._diameter = 0.0
        self._rings: dict[ImageView, list[QGraphicsEllipseItem]] = {}

    def attach(self, views: Iterable[ImageView]) -> None:
        """Paint in these views, and in no others."""
        self._rings = {view: self._rings.get(view) or self._prepare(view) for view in views}

    def _prepare(self, view: ImageView) -> list[QGraphicsEllipseItem]:
        rings = [_ring(colour, width) for colour, width in _RING]
        for depth, ring in enumerate(rings):
            ring.setZValue(100 + depth)
            view.box.addItem(ring, ignoreBounds=True)
        view.viewport().installEventFilter(self)
        return rings

    def set_active(self, active: bool) -> None:
        """Paint, or leave drags to the view."""
        self._is_active = active
        self._end()
        if not active:
            self.hide_ring()

    def set_diameter(self, diameter: float) -> None:
        """Width of the ring in picture pixels."""
        self._diameter = diameter

    def show_ring(self, x: float, y: float) -> None:
        """Show in all views what a stroke at this point would cover."""
        if not self._is_active:
            return
        for rings in self._rings.values():
            for ring in rings:
                half = self._diameter / 2
                ring.setRect(x - half, y - half, self._diameter, self._diameter)
                ring.setVisible(True)

    def hide_ring(self) -> None:
        """Take the ring away."""
        for rings in self._rings.values():
            for ring in rings:
                ring.setVisible(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._is_active or not isinstance(event, QMouseEvent):
            return False
        view = watched.parent()
        if not isinstance(view, ImageView):
            return False
        is_left = event.button() == Qt.MouseButton.LeftButton
        if event.type() in _PRESSES and is_left:
            self._last = _point(view, event)
            self.began.emit(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            self.moved.emit(self._last, self._last)
            return True
        if event.type() == QEvent.Type.MouseMove and self._last is not None:
            here = _point(view, event)
            self.moved.emit(self._last, here)
            self._last = here
        elif event.type() == QEvent.Type.MouseButtonRelease and is_left:
            self._end()
            return True
        return False

    def _end(self) -> None:
        if self._last is not None:
            self._last = None
            self.ended.emit()


def stroke(
    shape: tuple[int, int], start: tuple[float, float], end: tuple[float, float], diameter: float
) -> NDArray[np.bool_]:
    """Pixels [h, w] whose centre lies within half a diameter of the line between two points.

    Parameters
    ----------
    start, end : (x, y) on the grid; pixel (column 0, row 0) covers [0, 1) x [0, 1).
    """
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0])[:, None] + 0.5
    along = np.subtract(end, start)
    length = float(along @ along)
    share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (length or 1.0)
    share = np.clip(share, 0, 1)
    away = np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
    found: NDArray[np.bool_] = away <= diameter / 2
    return found


def _point(view: ImageView, event: QMouseEvent) -> QPointF:
    point: QPointF = view.box.mapSceneToView(view.mapToScene(event.position().toPoint()))
    return point


_RING = (("#90000000", 3.5), ("#ffffffff", 1.5))


def _ring(colour: str, width: float) -> QGraphicsEllipseItem:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    ring = QGraphicsEllipseItem()
    ring.setPen(pen)
    ring.setVisible(False)
    return ring
