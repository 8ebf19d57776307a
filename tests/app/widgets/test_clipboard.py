"""Pixels come over exactly, whatever the row length; transparency becomes white."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from fragscope.widgets.clipboard import dropped_files, pasted_image, to_array
from fragscope_explainers.errors import ImageError


@pytest.mark.parametrize("width", [9, 10, 11, 12])
def test_pixels_are_exact(qapp: QApplication, width: int) -> None:
    pixels = np.random.default_rng(width).integers(0, 256, (13, width, 3), dtype=np.uint8)
    image = QImage(width, 13, QImage.Format.Format_RGB32)
    for row, column in np.ndindex(13, width):
        image.setPixelColor(column, row, QColor(*map(int, pixels[row, column])))
    assert np.array_equal(to_array(image), pixels)


def test_transparency_is_laid_on_white(qapp: QApplication) -> None:
    image = QImage(9, 9, QImage.Format.Format_ARGB32)
    image.fill(0x00000000)
    assert (to_array(image) == 255).all()


def test_a_tiny_picture_is_refused(qapp: QApplication) -> None:
    mime = QMimeData()
    mime.setImageData(QImage(3, 3, QImage.Format.Format_RGB32))
    with pytest.raises(ImageError, match="3 x 3"):
        pasted_image(mime)


def test_files_and_nothing(tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png")), QUrl("https://example.org/b.png")])
    assert dropped_files(mime) == [tmp_path / "a.png"]
    assert dropped_files(None) == []
    assert pasted_image(None) is None
