"""A picture with a saliency map over it: zoom, pan, crosshair, fragments and the model's frame.

All coordinates are pixels of the original picture. Maps stay on the model-input grid and are
placed by the geometry, so nothing is resampled on the GUI thread.
"""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QMarginsF, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from fragscope_explainers.images import Image, UInt8Array
from fragscope_explainers.preprocessing import Geometry, ModelInput
from fragscope_explainers.types import FloatArray

from ..colours import DIMMED, Display, grey, lookup_table, value_range
from . import theme


class ImageView(pg.GraphicsView):  # type: ignore[misc]
    """Shows one picture and one map.

    Signals (GUI thread)
    -------
    hovered(float, float) : the pointer is over this point of the picture.
    left() : the pointer left the picture.
    moved(QRectF) : the user zoomed or panned to this region.
    fit_wanted() : the user wants to see the whole picture.
    clicked(float, float, object) : a click of the left button on this point of the picture, with
        the keyboard modifiers held.
    menu_wanted(float, float, QPoint) : a click of the right one, and where on the screen.
    """

    hovered = Signal(float, float)
    left = Signal()
    moved = Signal(QRectF)
    fit_wanted = Signal()
    clicked = Signal(float, float, object)
    menu_wanted = Signal(float, float, QPoint)
    _is_built = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMouseTracking(True)
        self.setAcceptDrops(False)  # the window takes drops, wherever they fall
        self.shows_map = True
        self.stays_whole = True
        """Whether the whole picture is shown again when the view changes its size."""
        self.box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
        self.setCentralWidget(self.box)
        self._size: tuple[int, int] | None = None
        self._seen = QRectF()
        self._has_map, self._is_altered = False, False
        self._photo, self._greyed, self._altered, self._map = (
            pg.ImageItem(axisOrder="row-major") for _ in range(4)
        )
        self._shade, self._frame = QGraphicsPathItem(), QGraphicsPathItem()
        self._fragments, self._highlight, self._highlight_shadow = (
            pg.PlotCurveItem(connect="pairs") for _ in range(3)
        )
        self._lines = [pg.InfiniteLine(angle=angle) for angle in (0, 90)]
        self._shadows = [pg.InfiniteLine(angle=angle) for angle in (0, 90)]
        self._frame_shadow = QGraphicsPathItem()
        self._build()
        self.box.sigResized.connect(self._on_resize)
        self.box.sigRangeChangedManually.connect(self._on_moved)
        self.scene().sigMouseMoved.connect(self._on_move)
        self.scene().sigMouseClicked.connect(self._on_click)

    # -- what is shown ----------------------------------------------------------------------

    def show_image(self, image: Image | None, preview: UInt8Array | None = None) -> None:
        """Show a picture without a map, fitted to the view; None shows nothing.

        The preview has the picture's content in fewer pixels, so that drawing stays quick.
        """
        for item in (self._photo, self._greyed, self._altered, self._map):
            item.clear()
        self._shade.setPath(QPainterPath())
        self._frame.setPath(QPainterPath())
        self._frame_shadow.setPath(QPainterPath())
        self._fragments.setData([], [])
        self.show_highlight(None, None)
        self.hide_crosshair()
        self._size = None
        self.show_altered(None)
        if image is None:
            return
        self._size = (image.height, image.width)
        whole = QRectF(0, 0, image.width, image.height)
        self._photo.setImage(image.pixels if preview is None else preview, levels=(0, 255))
        self._photo.setRect(whole)
        self.fit()

    def show_frame(self, model_input: ModelInput) -> None:
        """Outline the region that the model sees and dim the rest."""
        seen = self._seen = _rectangle(model_input.geometry)
        outside = QPainterPath()
        outside.addRect(QRectF(0, 0, model_input.image.width, model_input.image.height))
        outside.addRect(seen)
        self._shade.setPath(outside)
        frame = QPainterPath()
        frame.addRect(seen)
        self._frame.setPath(frame)
        self._frame_shadow.setPath(frame)
        self._greyed.setImage(grey(model_input.rgb), levels=(0, 255))
        self._greyed.setRect(seen)
        self._map.setRect(seen)
        self._greyed.setVisible(False)

    def show_map(
        self, values: FloatArray | None, geometry: Geometry, display: Display, *, signed: bool
    ) -> None:
        """Lay a map [h, w] of the model-input grid over the picture; None takes it away."""
        self._has_map = values is not None and self.shows_map
        self._map.setVisible(self._has_map and not self._is_altered)
        self._greyed.setVisible(self._has_map and not self._is_altered)
        if values is None:
            return
        low, high = value_range(values, signed=signed)
        table = lookup_table(display.colour_map, signed=signed)
        self._map.setImage(values, levels=(low, high), lut=table)
        self._map.setRect(_rectangle(geometry))
        self._map.setOpacity(display.opacity)
        self._greyed.setOpacity(display.greying)

    def show_altered(self, rgb: UInt8Array | None) -> None:
        """Show other pixels [h, w, 3] where the model looks, as when some are erased.

        The map is out of sight meanwhile; None brings the picture and the map back.
        """
        self._is_altered = rgb is not None
        self._altered.setVisible(self._is_altered)
        self._map.setVisible(self._has_map and not self._is_altered)
        self._greyed.setVisible(self._has_map and not self._is_altered)
        if rgb is not None:
            self._altered.setImage(rgb, levels=(0, 255))
            self._altered.setRect(self._seen)

    def show_fragments(
        self, outline: tuple[NDArray[Any], NDArray[Any]] | None, geometry: Geometry | None
    ) -> None:
        """Draw outlines, given in input pixels as pairs of ends; None takes them away."""
        if outline is None or geometry is None:
            self._fragments.setData([], [])
            return
        x, y = geometry.to_image(*outline)  # type: ignore[arg-type]  # works on arrays alike
        self._fragments.setData(x, y)

    def show_highlight(
        self, outline: tuple[NDArray[Any], NDArray[Any]] | None, geometry: Geometry | None
    ) -> None:
        """Outline one fragment, given as `show_fragments` takes them; None outlines none."""
        for item in (self._highlight_shadow, self._highlight):
            if outline is None or geometry is None:
                item.setData([], [])
            else:
                item.setData(*geometry.to_image(*outline))  # type: ignore[arg-type]

    def show_crosshair(self, x: float, y: float) -> None:
        """Show where the pointer is, in this or a linked view."""
        lines = (*self._lines, *self._shadows)
        for line, value in zip(lines, (y, x, y, x), strict=True):
            line.setValue(value)
            line.setVisible(True)

    def hide_crosshair(self) -> None:
        """Take the crosshair away."""
        for line in (*self._lines, *self._shadows):
            line.setVisible(False)

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the view changes its size."""
        self.stays_whole = True
        if self._size is not None:
            height, width = self._size
            self.box.setRange(QRectF(0, 0, width, height), padding=0.02)

    def show_region(self, region: QRectF) -> None:
        """Show a region of the picture, as another view does."""
        self.stays_whole = False
        self.box.setRange(region, padding=0)

    def show_frame_only(self, geometry: Geometry) -> None:
        """Zoom to what the model sees."""
        self.show_region(_rectangle(geometry).marginsAdded(QMarginsF(2, 2, 2, 2)))

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies on the picture."""
        return self._size is not None and 0 <= x < self._size[1] and 0 <= y < self._size[0]

    # -- events -----------------------------------------------------------------------------

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.fit_wanted.emit()

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == event.Type.PaletteChange:
            self._colour()

    def _on_moved(self, _: object) -> None:
        self.stays_whole = False
        self.moved.emit(self.box.viewRect())

    def _on_resize(self, _: object) -> None:
        if self.stays_whole:
            self.fit()

    def _on_move(self, position: QPointF) -> None:
        point = self.box.mapSceneToView(position)
        if self.contains(point.x(), point.y()):
            self.hovered.emit(point.x(), point.y())
        else:
            self.left.emit()

    def _on_click(self, event: Any) -> None:
        point = self.box.mapSceneToView(event.scenePos())
        if event.double() or not self.contains(point.x(), point.y()):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(point.x(), point.y(), event.modifiers())
        elif event.button() == Qt.MouseButton.RightButton:
            place = event.screenPos()
            self.menu_wanted.emit(point.x(), point.y(), QPoint(int(place.x()), int(place.y())))

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        lower = (self._photo, self._greyed, self._altered, self._map, self._shade, self._fragments)
        upper = (
            *(self._frame_shadow, self._frame, self._highlight_shadow, self._highlight),
            *(*self._shadows, *self._lines),
        )
        for depth, item in enumerate((*lower, *upper)):
            item.setZValue(depth)
            self.box.addItem(item, ignoreBounds=True)
        self._shade.setBrush(QColor(0, 0, 0, round(255 * (1 - DIMMED))))
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._frame.setPen(_cosmetic("#ffffff", 1.5))
        self._fragments.setPen(_cosmetic("#ffffff78", 1))
        self._frame_shadow.setPen(_cosmetic("#00000090", 3.5))
        self._highlight.setPen(_cosmetic("#ffe14a", 2))
        self._highlight_shadow.setPen(_cosmetic("#000000b0", 4.5))
        for line, shadow in zip(self._lines, self._shadows, strict=True):
            line.setPen(_cosmetic("#ffffffe0", 1))
            shadow.setPen(_cosmetic("#00000070", 3))
        self.hide_crosshair()
        self._is_built = True
        self._colour()

    def _colour(self) -> None:
        self.setBackground(theme.current().canvas)


def _rectangle(geometry: Geometry) -> QRectF:
    left, top, right, bottom = geometry.box
    return QRectF(left, top, right - left, bottom - top)


def _cosmetic(colour: str, width: float) -> QPen:
    name, alpha = (colour[:7], int(colour[7:] or "ff", 16))
    shade = QColor(name)
    shade.setAlpha(alpha)
    pen = QPen(shade, width)
    pen.setCosmetic(True)
    return pen
