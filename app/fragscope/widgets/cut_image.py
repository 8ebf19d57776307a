"""An image of which only the part left of a line is shown."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from fragscope_explainers.images import UInt8Array


class CutImage(pg.ImageItem):  # type: ignore[misc]
    """Pixels in a rectangle; `cut_at` takes away what lies right of a share of its width."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self._pixels: UInt8Array | None = None
        self._rect = QRectF()
        self._share = 1.0

    def show_pixels(self, pixels: UInt8Array, rect: QRectF) -> None:
        """Show pixels [h, w, 3 or 4] in a rectangle of the picture."""
        self._pixels, self._rect = pixels, rect
        self._draw()

    def cut_at(self, share: float) -> None:
        """Show the left part only, from none, 0, to all, 1."""
        if share != self._share:
            self._share = share
            self._draw()

    def clear(self) -> None:
        self._pixels = None
        super().clear()

    def _draw(self) -> None:
        if self._pixels is None:
            return
        width = self._pixels.shape[1]
        columns = round(self._share * width)
        if columns == 0:
            super().clear()
            return
        self.setImage(self._pixels[:, :columns], levels=(0, 255))
        shown = QRectF(self._rect)
        shown.setWidth(self._rect.width() * columns / width)
        self.setRect(shown)
