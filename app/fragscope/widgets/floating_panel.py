"""A panel in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from . import theme

_SIZE = QSize(560, 480)


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

    def hold(self, panel: QWidget) -> None:
        """Hold another widget in the place of the one before, which is gone."""
        self._layout.addWidget(panel)
        panel.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
