"""Pictures from the clipboard and from drops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage, QPainter

from fragscope_explainers.images import Image, UInt8Array, image_from_array
from fragscope_explainers.translation import tr


def dropped_files(mime: QMimeData | None) -> list[Path]:
    """Local files that were dropped or copied; an empty clipboard has None."""
    if mime is None:
        return []
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def pasted_image(mime: QMimeData | None) -> Image | None:
    """A picture that was copied as pixels, or None.

    Raises
    ------
    ImageError
        It is too small or too large.
    """
    if mime is None or not mime.hasImage():
        return None
    return image_from_array(to_array(QImage(mime.imageData())), tr("pasted picture"))


def to_array(image: QImage) -> UInt8Array:
    """Pixels of a Qt image as uint8 [H, W, 3], transparency laid on white."""
    image = QImage(image)
    image.setDevicePixelRatio(1)
    flat = QImage(image.size(), QImage.Format.Format_RGB888)
    flat.fill(0xFFFFFF)
    _paint(flat, image)
    rows = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.bytesPerLine())
    return rows[:, : 3 * flat.width()].reshape(flat.height(), flat.width(), 3).copy()


def _paint(canvas: QImage, image: QImage) -> None:
    painter = QPainter(canvas)
    painter.drawImage(0, 0, image)
    painter.end()
