"""The keyboard as a pointer over a picture: it moves, zooms, clicks and opens the menu there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from .image_view import ImageView

BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
"""Why a view has the focus whose outline is to be seen."""
_STEPS = 60
"""Steps from one side of what is shown to the other."""
_LARGE = 5
_ZOOM = 1.25
_LEAST_SHOWN = 2.0
"""Pixels of the picture at least that keys leave in sight from side to side."""
_MOVES: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ZOOMS: dict[int, float] = {
    Qt.Key.Key_Plus: 1 / _ZOOM,
    Qt.Key.Key_Equal: 1 / _ZOOM,
    Qt.Key.Key_Minus: _ZOOM,
}
_CLICKS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class KeyPointer:
    """Belongs to one view; what it does is told by the signals of the view, as the mouse's are.

    Attributes
    ----------
    place : where it stands, in pixels of the picture; None before the first key.
    """

    def __init__(self, view: ImageView) -> None:
        self._held = ref(view)  # a cycle would leave the view to the search for garbage
        self.place: QPointF | None = None

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means; whether it means anything here."""
        key, keys = event.key(), event.modifiers()
        if self._view.size_of_picture is None:
            return False
        control = bool(keys & Qt.KeyboardModifier.ControlModifier)
        large = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        if key in _MOVES and not control:
            self._move(*_MOVES[key], _LARGE if large else 1)
        elif key in _ZOOMS and control:
            self._zoom(_ZOOMS[key])
        elif key in _CLICKS:
            self._point()
            self._view.clicked.emit(self._here.x(), self._here.y(), keys)
        elif key == Qt.Key.Key_Menu or (key == Qt.Key.Key_F10 and large):
            self._point()
            self._view.menu_wanted.emit(self._here.x(), self._here.y(), self._on_screen())
        else:
            return False
        return True

    # -- inside -----------------------------------------------------------------------------

    @property
    def _view(self) -> ImageView:
        view = self._held()
        if view is None:
            raise RuntimeError("the view of these keys is gone")
        return view

    @property
    def _here(self) -> QPointF:
        """Where it stands; the middle of what is shown at first, and where it is out of sight."""
        view, place = self._view, self.place
        shown = view.box.viewRect()
        if place is not None and shown.contains(place) and view.contains(place.x(), place.y()):
            return place
        self.place = self._inside(shown.center())
        return self.place

    def _inside(self, place: QPointF) -> QPointF:
        height, width = self._view.size_of_picture or (1, 1)
        x, y = min(max(place.x(), 0.0), width - 1.0), min(max(place.y(), 0.0), height - 1.0)
        return QPointF(x, y)

    def _point(self) -> None:
        self._view.hovered.emit(self._here.x(), self._here.y())

    def _move(self, right: int, down: int, steps: int) -> None:
        shown = self._view.box.viewRect()
        length = steps * max(shown.width(), shown.height()) / _STEPS
        here = self._here
        self.place = self._inside(here + QPointF(right * length, down * length))
        if not shown.contains(self.place):
            self._show(shown.translated(right * length, down * length))
        self._point()

    def _zoom(self, factor: float) -> None:
        """Show more or less, with the same point under the pointer."""
        shown, here = self._view.box.viewRect(), self._here
        left, top = ((1 - factor) * here.x(), (1 - factor) * here.y())
        region = QRectF(
            left + factor * shown.x(),
            top + factor * shown.y(),
            factor * shown.width(),
            factor * shown.height(),
        )
        height, width = self._view.size_of_picture or (1, 1)
        if region.contains(QRectF(0, 0, width, height)):
            self._view.fit_wanted.emit()
        elif factor > 1 or min(region.width(), region.height()) > _LEAST_SHOWN:
            self._show(region)
        self._point()

    def _show(self, region: QRectF) -> None:
        self._view.show_region(region)
        self._view.moved.emit(self._view.box.viewRect())

    def _on_screen(self) -> object:
        view = self._view
        return view.mapToGlobal(view.mapFromScene(view.box.mapViewToScene(self._here)))
