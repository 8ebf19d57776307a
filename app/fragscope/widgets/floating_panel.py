"""A panel in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ..arrangement import Detached
from . import theme

_SIZE, _LEAST = QSize(560, 480), QSize(240, 200)
_TITLE = 8 * theme.SPACE
"""Room for the line with the window's name, which the system draws above."""


class FloatingPanel(QWidget):
    """Holds a panel's widget until it is closed.

    Signals (GUI thread)
    -------
    closed() : the panel's widget is to go back to the grid.
    """

    closed = Signal()

    def __init__(self, panel: QWidget, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Window)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(*[2 * theme.SPACE] * 4)
        self.hold(panel)
        self.resize(_SIZE)

    def detached(self, number: int) -> Detached:
        """Where it stands now, with the panel of this number."""
        found = self.normalGeometry() if self.isMaximized() else self.geometry()
        place = found.x(), found.y(), found.width(), found.height()
        return Detached(number, place, self.isMaximized())

    def take_place(self, detached: Detached) -> None:
        """Stand where a panel stood, as far as the screens of today allow."""
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        self.setGeometry(on_screens(QRect(*detached.place), screens))
        if detached.maximised:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def hold(self, panel: QWidget) -> None:
        """Hold another widget in the place of the one before, which is gone."""
        self._layout.addWidget(panel)
        panel.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)


def on_screens(place: QRect, screens: Sequence[QRect]) -> QRect:
    """A window's place, moved and shrunk so that all of it is on one of the screens.

    Parameters
    ----------
    screens : what windows can use of each; the first one is taken where none shows any of it.
    """
    shared = [screen.intersected(place) for screen in screens]
    areas = [part.width() * part.height() for part in shared]
    room = screens[areas.index(max(areas))].adjusted(0, _TITLE, 0, 0)
    size = place.size().expandedTo(_LEAST).boundedTo(room.size())
    left = min(max(place.left(), room.left()), room.right() + 1 - size.width())
    top = min(max(place.top(), room.top()), room.bottom() + 1 - size.height())
    return QRect(QPoint(left, top), size)
