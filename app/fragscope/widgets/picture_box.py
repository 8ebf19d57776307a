"""Zoom and pan of a picture view; its right button sets a window where the picture has one."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal


class PictureBox(pg.ViewBox):  # type: ignore[misc]
    """Keeps what pyqtgraph does with the mouse, but for drags with the right button.

    Signals (GUI thread)
    -------
    window_dragged(float, float) : how far a drag with the right button has come to the right and
        up, in pixels of the screen.
    window_let_go() : that drag has ended.
    """

    window_dragged = Signal(float, float)
    window_let_go = Signal()

    def __init__(self) -> None:
        super().__init__(lockAspect=True, invertY=True, enableMenu=False)
        self.drags_window = False
        """Whether such drags are of a window; else they zoom."""

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if not self.drags_window or event.button() != Qt.MouseButton.RightButton:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        way = event.screenPos() - event.buttonDownScreenPos()
        self.window_dragged.emit(float(way.x()), float(-way.y()))
        if event.isFinish():
            self.window_let_go.emit()
