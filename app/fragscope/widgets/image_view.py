"""A picture with a saliency map over it: zoom, pan, crosshair, fragments and the model's frame.

All coordinates are pixels of the original picture. Maps stay on the model-input grid and are
placed by the geometry, so nothing is resampled on the GUI thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QMarginsF, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from fragscope_explainers.images import Image, UInt8Array
from fragscope_explainers.preprocessing import Geometry, ModelInput
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray

from ..arrangement import Region
from ..colours import DIMMED, grey
from . import theme
from .cut_image import CutImage
from .key_pointer import BY_KEYS, KeyPointer
from .picture_box import PictureBox

AlteredBy = Literal["edit", "scrubber"]


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
    swiped(float) : the user dragged the line between map and picture to this share of the width.
    menu_wanted(float, float, QPoint) : a click of the right one, and where on the screen.
    """

    hovered = Signal(float, float)
    left = Signal()
    moved = Signal(QRectF)
    fit_wanted = Signal()
    clicked = Signal(float, float, object)
    swiped = Signal(float)
    menu_wanted = Signal(float, float, QPoint)
    _is_built = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setAccessibleDescription(
            tr("Arrow keys move the pointer, Return clicks there, Ctrl with + and - zooms")
        )
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMouseTracking(True)
        self.setAcceptDrops(False)  # the window takes drops, wherever they fall
        self.shows_map = True
        self.stays_whole = True
        """Whether the whole picture is shown again when the view changes its size."""
        self.box = PictureBox()
        self.keys = KeyPointer(self)
        self.setCentralWidget(self.box)
        self._size: tuple[int, int] | None = None
        self._seen = QRectF()
        self._has_map, self._is_altered, self._is_bare = False, False, False
        self._others: dict[AlteredBy, UInt8Array] = {}
        self.double_click_fits = True
        """Whether a double click asks to fit, else it is a click like another."""
        self._photo = pg.ImageItem(axisOrder="row-major")
        self._greyed, self._altered, self._map = CutImage(), CutImage(), CutImage()
        self._shade, self._frame = QGraphicsPathItem(), QGraphicsPathItem()
        self._fragments, self._highlight, self._highlight_shadow = (
            pg.PlotCurveItem(connect="pairs") for _ in range(3)
        )
        self._contours = pg.PlotCurveItem(connect="finite")
        self._lines = [pg.InfiniteLine(angle=angle) for angle in (0, 90)]
        self._shadows = [pg.InfiniteLine(angle=angle) for angle in (0, 90)]
        self._swipe_line = pg.InfiniteLine(angle=90, movable=True)
        self.swipe: float | None = None
        self._frame_shadow = QGraphicsPathItem()
        self._build()
        self.box.sigResized.connect(self._on_resize)
        self.box.sigRangeChangedManually.connect(self._on_moved)
        self.scene().sigMouseMoved.connect(self._on_move)
        self.scene().sigMouseClicked.connect(self._on_click)

    # -- what is shown ----------------------------------------------------------------------

    def show_image(self, image: Image | None, preview: UInt8Array | None = None) -> None:
        """Show a picture without a map, fitted to the view; None shows nothing.

        Drags with the right button are told by `box` where the picture has counts.

        The preview has the picture's content in fewer pixels, so that drawing stays quick.
        """
        for item in (self._photo, self._greyed, self._altered, self._map):
            item.clear()
        for item in (self._shade, self._frame, self._frame_shadow):
            item.setPath(QPainterPath())
        for curve in (self._fragments, self._contours):
            curve.setData([], [])
        self.show_highlight(None, None)
        self.hide_crosshair()
        self._size, self._is_bare, self._seen = None, False, QRectF()
        self.box.drags_window = image is not None and image.counts is not None
        self._others.clear()
        self.show_altered(None)
        if image is None:
            return
        self._size = (image.height, image.width)
        whole = QRectF(0, 0, image.width, image.height)
        self._photo.setImage(image.pixels if preview is None else preview, levels=(0, 255))
        self._photo.setRect(whole)
        self.fit()

    def show_pixels(self, pixels: UInt8Array, *, bare: bool = False) -> None:
        """Show the same picture in other colours [h, w, 3]; zoom and map stay.

        Parameters
        ----------
        bare : whether all that lies over the picture is out of sight until the next call.
        """
        if self._size is None:
            return
        height, width = self._size
        self._photo.setImage(pixels, levels=(0, 255))
        self._photo.setRect(QRectF(0, 0, width, height))
        self._is_bare = bare
        self._contours.setVisible(not bare)
        self._show_layers()

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
        self._greyed.show_pixels(grey(model_input.rgb), seen)
        self._greyed.setVisible(False)
        self._place_swipe()

    def show_map(self, rgba: UInt8Array | None, greying: float = 0.0) -> None:
        """Lay a coloured map [h, w, 4] over what the model sees; None takes it away.

        Parameters
        ----------
        greying : how far the picture under it turns grey, from 0 to 1.
        """
        self._has_map = rgba is not None and self.shows_map
        self._show_layers()
        if rgba is None:
            return
        if not self._seen.isNull():  # else nobody knows yet where it lies
            self._map.show_pixels(rgba, self._seen)
            self._greyed.setOpacity(greying)

    def show_contours(self, lines: Sequence[FloatArray], geometry: Geometry | None) -> None:
        """Draw lines, each [n, 2] of (x, y) in input pixels; an empty list takes them away."""
        shown = [line for line in lines if self.shows_map]
        if not shown or geometry is None:
            self._contours.setData([], [])
            return
        gap = np.full((1, 2), np.nan, np.float32)
        points = np.concatenate([part for line in shown for part in (line, gap)])
        x, y = geometry.to_image(points[:, 0], points[:, 1])  # type: ignore[arg-type]
        self._contours.setData(x, y)

    def show_altered(self, rgb: UInt8Array | None, source: AlteredBy = "edit") -> None:
        """Show other pixels [h, w, 3] where the model looks, as when some are erased.

        The map is out of sight meanwhile; None brings the picture and the map back, unless the
        other source has pixels to show. Those of the scrubber come before those of an edit.
        """
        self._others.pop(source, None)
        if rgb is not None:
            self._others[source] = rgb
        shown = self._others.get("scrubber", self._others.get("edit"))
        self._is_altered = shown is not None
        self._show_layers()
        if shown is not None:
            self._altered.show_pixels(shown, self._seen)

    def swipe_to(self, share: float | None) -> None:
        """Show the map only left of a line that can be dragged; None shows all of it.

        Parameters
        ----------
        share : where the line stands, as a share of the width that the model sees.
        """
        self.swipe = share
        for item in (self._greyed, self._altered, self._map):
            item.cut_at(1.0 if share is None else share)
        self._place_swipe()

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

    @property
    def region(self) -> Region | None:
        """What of the picture is shown, or None where all of it is."""
        if self.stays_whole:
            return None
        shown = self.box.viewRect()
        return shown.x(), shown.y(), shown.width(), shown.height()

    def show_region(self, region: QRectF) -> None:
        """Show a region of the picture, as another view does."""
        self.stays_whole = False
        self.box.setRange(region, padding=0)

    def show_frame_only(self, geometry: Geometry) -> None:
        """Zoom to what the model sees."""
        self.show_region(_rectangle(geometry).marginsAdded(QMarginsF(2, 2, 2, 2)))

    @property
    def size_of_picture(self) -> tuple[int, int] | None:
        """Height and width of the picture in pixels, or None where none is shown."""
        return self._size

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies on the picture."""
        return self._size is not None and 0 <= x < self._size[1] and 0 <= y < self._size[0]

    def _show_layers(self) -> None:
        """Show what is to be seen over the picture now."""
        self._altered.setVisible(self._is_altered and not self._is_bare)
        for item in (self._map, self._greyed):
            item.setVisible(self._has_map and not self._is_altered and not self._is_bare)

    def _place_swipe(self) -> None:
        shown = self.swipe is not None and not self._seen.isNull()
        self._swipe_line.setVisible(shown)
        if self.swipe is not None and shown:
            self._swipe_line.setBounds((self._seen.left(), self._seen.right()))
            self._swipe_line.setValue(self._seen.left() + self.swipe * self._seen.width())

    # -- events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: Any) -> None:
        if not self.keys.press(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        if event.reason() in BY_KEYS:
            self.box.setBorder(theme.current().accent)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        if self.isVisible():  # one that goes may have lost its parts
            self.box.setBorder(None)
            self.left.emit()

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if self.double_click_fits:
            self.fit_wanted.emit()

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == event.Type.PaletteChange:
            self._colour()

    def _on_swipe(self, line: pg.InfiniteLine) -> None:
        share = (line.value() - self._seen.left()) / self._seen.width()
        self.swipe_to(min(max(share, 0.0), 1.0))
        self.swiped.emit(self.swipe)

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
        fits = event.double() and self.double_click_fits
        if fits or not self.contains(point.x(), point.y()):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(point.x(), point.y(), event.modifiers())
        elif event.button() == Qt.MouseButton.RightButton:
            place = event.screenPos()
            self.menu_wanted.emit(point.x(), point.y(), QPoint(int(place.x()), int(place.y())))

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        lower = (
            *(self._photo, self._greyed, self._altered, self._map),
            *(self._shade, self._contours, self._fragments),
        )
        upper = (
            *(self._frame_shadow, self._frame, self._highlight_shadow, self._highlight),
            *(*self._shadows, *self._lines, self._swipe_line),
        )
        for depth, item in enumerate((*lower, *upper)):
            item.setZValue(depth)
            self.box.addItem(item, ignoreBounds=True)
        self._shade.setBrush(QColor(0, 0, 0, round(255 * (1 - DIMMED))))
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._frame.setPen(_cosmetic("#ffffff", 1.5))
        self._fragments.setPen(_cosmetic("#ffffff78", 1))
        self._contours.setPen(_cosmetic("#ffffffe0", 1.5))
        self._contours.setShadowPen(_cosmetic("#000000a0", 3.5))
        self._frame_shadow.setPen(_cosmetic("#00000090", 3.5))
        self._highlight.setPen(_cosmetic("#ffe14a", 2))
        self._highlight_shadow.setPen(_cosmetic("#000000b0", 4.5))
        for line, shadow in zip(self._lines, self._shadows, strict=True):
            line.setPen(_cosmetic("#ffffffe0", 1))
            shadow.setPen(_cosmetic("#00000070", 3))
        self._swipe_line.setPen(_cosmetic("#ffffff", 3))
        self._swipe_line.setHoverPen(_cosmetic("#ffb000", 5))
        self._swipe_line.setVisible(False)
        self._swipe_line.sigDragged.connect(self._on_swipe)
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
