"""Where the grid of panels lies: it scrolls where more panels are shown than have room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHideEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from shiboken6 import isValid

from fragscope_explainers.translation import tr

from . import theme
from .panel_header import PANEL_MIME
from .tiling import LEAST_HEIGHT, LEAST_WIDTH

_EDGE = 12 * theme.SPACE
"""Pixels from the upper and the lower edge where a panel that is dragged makes the area scroll."""
_TURN = 30
"""Milliseconds between two steps of that."""
_SLOWNESS = 3
"""Pixels towards the edge that make a step one pixel longer."""


class PanelArea(QScrollArea):
    """Fills its space with the grid, which is never lower than its panels need."""

    def __init__(self, grid: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Area of the panels"))
        self.setAccessibleDescription(tr("The wheel over the line on top of a panel scrolls it"))
        self.viewport().setAutoFillBackground(False)
        self.setWidget(grid)
        grid.setAutoFillBackground(False)
        self.setWidgetResizable(True)
        self.setAcceptDrops(True)
        self._wanted: QWidget | None = None
        self._kept: int | None = None
        self._is_going_back = False
        self._step = 0
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._go)
        self._dragging = QTimer(self, interval=_TURN)
        self._dragging.timeout.connect(self._scroll_on)

    def minimumSizeHint(self) -> QSize:
        """Room for one panel; so many in a row must not widen the window."""
        return QSize(LEAST_WIDTH, LEAST_HEIGHT)

    # -- places -----------------------------------------------------------------------------

    def show_soon(self, widget: QWidget) -> None:
        """Scroll to a part of the grid, once that is laid out."""
        self._wanted, self._is_going_back = widget, False
        self._later.start()

    def keep_place(self) -> None:
        """Remember how far it is scrolled, until `go_back`."""
        if self._kept is None:
            self._kept = self.verticalScrollBar().value()

    def go_back(self) -> None:
        """Scroll to the place that was kept, once the grid is laid out."""
        if self._kept is not None:
            self._is_going_back = True
            self._later.start()

    def forget_place(self) -> None:
        """Stay where it is: other panels come."""
        self._wanted, self._kept, self._is_going_back = None, None, False

    # -- dragging ---------------------------------------------------------------------------

    def drag_over(self, place: QPoint) -> None:
        """Scroll while a panel is dragged near an edge.

        Parameters
        ----------
        place : of the pointer on the screen.
        """
        y, height = self.viewport().mapFromGlobal(place).y(), self.viewport().height()
        edge = min(_EDGE, height // 4)
        deep = min(0, y - edge) + max(0, y - (height - 1 - edge))
        self._step = int(deep / _SLOWNESS)
        self._dragging.start() if self._step else self._dragging.stop()

    def end_drag(self) -> None:
        """Scroll no more."""
        self._dragging.stop()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PANEL_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Between panels nothing can be dropped, but the edges scroll there, too."""
        self.drag_over(self.viewport().mapToGlobal(event.position().toPoint()))
        event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.end_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        self.end_drag()
        event.ignore()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.end_drag()

    # -- inside -----------------------------------------------------------------------------

    def _go(self) -> None:
        """Scroll to what is wanted, or back to the place that was kept."""
        widget, self._wanted = self._wanted, None
        if self._is_going_back and self._kept is not None:
            self.verticalScrollBar().setValue(self._kept)
            self.forget_place()
        if widget is not None and isValid(widget) and widget.isVisible():
            self._kept = None
            self.ensureWidgetVisible(widget, 0, 0)

    def _scroll_on(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self._step)


def area_of(widget: QWidget) -> PanelArea | None:
    """The area that a grid, or a part of one, is scrolled in."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, PanelArea):
        above = None if above.isWindow() else above.parentWidget()
    return above


def space_of(grid: QWidget) -> QSize:
    """What a grid can fill without scrolling: its area, however low or high it is itself."""
    area = area_of(grid)
    return area.maximumViewportSize() if area is not None else grid.size()
