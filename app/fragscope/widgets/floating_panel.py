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

    def __init__(self, panel: QWidget, title: str, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Window)
        self.setWindowTitle(title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * theme.SPACE] * 4)
        layout.addWidget(panel)
        panel.show()
        self.resize(_SIZE)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
