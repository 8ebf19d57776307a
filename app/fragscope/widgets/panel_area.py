"""Where the grid of panels lies: it scrolls where more panels are shown than have room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from .tiling import LEAST_HEIGHT, LEAST_WIDTH


class PanelArea(QScrollArea):
    """Fills its space with the grid, which is never lower than its panels need."""

    def __init__(self, grid: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(grid)
        grid.setAutoFillBackground(False)
        self.setWidgetResizable(True)

    def minimumSizeHint(self) -> QSize:
        """Room for one panel; so many in a row must not widen the window."""
        return QSize(LEAST_WIDTH, LEAST_HEIGHT)


def space_of(grid: QWidget) -> QSize:
    """What a grid can fill without scrolling: its area, however low or high it is itself."""
    viewport = grid.parentWidget()
    area = viewport.parentWidget() if viewport is not None else None
    return area.maximumViewportSize() if isinstance(area, PanelArea) else grid.size()
