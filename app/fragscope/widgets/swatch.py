"""The coloured shape by which a method is known in headers, legends and tables."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from ..colours import Shape, method_colour, method_shape

SIZE = 12
_CORNER = 3.0
_POLYGONS: dict[Shape, tuple[tuple[float, float], ...]] = {
    "triangle": ((0.5, 0), (1, 1), (0, 1)),
    "diamond": ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)),
    "cross": (
        *((0.3, 0), (0.7, 0), (0.7, 0.3), (1, 0.3), (1, 0.7), (0.7, 0.7)),
        *((0.7, 1), (0.3, 1), (0.3, 0.7), (0, 0.7), (0, 0.3), (0.3, 0.3)),
    ),
}
"""Corners in a square of one."""


class Swatch(QWidget):
    """Shows what the panel of a number is known by."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self.setFixedSize(SIZE, SIZE)

    def sizeHint(self) -> QSize:
        return QSize(SIZE, SIZE)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_swatch(painter, QRectF(self.rect()), self._number)


def draw_swatch(painter: QPainter, place: QRectF, number: int, *, filled: bool = True) -> None:
    """Draw what the panel of a number is known by; only its outline where that is not filled."""
    colour, shape = QColor(method_colour(number)), method_shape(number)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not filled:
        place = place.adjusted(1, 1, -1, -1)
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(colour, 1.5))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    if shape == "square":
        painter.drawRoundedRect(place, _CORNER, _CORNER)
    elif shape == "circle":
        painter.drawEllipse(place)
    else:
        painter.drawPolygon(_polygon(shape, place))
    painter.restore()


def swatch_icon(number: int, size: int, scale: float = 1.0) -> QIcon:
    """The same for lists and tables, `size` pixels wide, on a screen of this scale."""
    pixmap = QPixmap(round(size * scale), round(size * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_swatch(painter, QRectF(0, 0, size, size), number)
    painter.end()
    return QIcon(pixmap)


def _polygon(shape: Shape, place: QRectF) -> QPolygonF:
    corners = (
        QPointF(place.left() + x * place.width(), place.top() + y * place.height())
        for x, y in _POLYGONS[shape]
    )
    return QPolygonF(list(corners))
