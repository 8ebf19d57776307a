"""Pictures of widgets against reference pictures, with a tolerance that outlives other rasterisers.

    pytest tests/app/test_looks.py --renew-references    # after looking at the change

writes the references anew from what is drawn now; the tests are skipped then.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPixmap
from scipy.ndimage import gaussian_filter

FOLDER = Path(__file__).resolve().parents[1] / "app" / "references"
Pixels = NDArray[np.uint8]
_BLUR = 2.0
"""Width in pixels of the Gaussian over what is compared, so that half a pixel matters little."""
_MEAN = 2.0
"""Greatest mean difference, of 255."""
_FAR, _FAR_SHARE = 12.0, 0.005
"""Pixels that differ by more than this are few."""
_MASK = 128


class References:
    """Compares pictures with the references of the same name.

    Parameters
    ----------
    folder : where a picture that differs is written, beside its reference.
    renew : write the references instead.
    """

    def __init__(self, folder: Path, *, renew: bool = False, references: Path = FOLDER) -> None:
        self._folder, self._renew, self._references = folder, renew, references

    def check(self, name: str, actual: Pixels) -> None:
        """Fail where a picture, uint8 [h, w, 3], is not what its reference shows."""
        path = self._references / f"{name}.png"
        if self._renew:
            path.parent.mkdir(parents=True, exist_ok=True)
            PillowImage.fromarray(actual).save(path, optimize=True)
            pytest.skip(f"{path.name} is written anew; look at it")
        expected = np.asarray(PillowImage.open(path).convert("RGB"))
        problem = difference(expected, actual)
        if problem:
            self._keep(name, expected, actual)
            pytest.fail(
                f"{name}: {problem}; see {self._folder}/{name}.*.png, and where the change is "
                "meant: pytest tests/app/test_looks.py --renew-references",
                pytrace=False,
            )

    def _keep(self, name: str, expected: Pixels, actual: Pixels) -> None:
        pictures = {"expected": expected, "actual": actual}
        if expected.shape == actual.shape:
            apart = np.abs(expected.astype(int) - actual)
            pictures["difference"] = np.minimum(4 * apart, 255).astype(np.uint8)
        for kind, pixels in pictures.items():
            PillowImage.fromarray(pixels).save(self._folder / f"{name}.{kind}.png")


def difference(expected: Pixels, actual: Pixels) -> str:
    """What is wrong with a picture [h, w, 3], or nothing."""
    if expected.shape != actual.shape:
        return f"its size is {actual.shape[:2]} instead of {expected.shape[:2]}"
    apart = np.abs(_blurred(expected) - _blurred(actual)).max(axis=-1)
    mean, far = float(apart.mean()), float((apart > _FAR).mean())
    if mean <= _MEAN and far <= _FAR_SHARE:
        return ""
    return (
        f"it differs by {mean:.1f} of 255 on average, at most {_MEAN:.1f} is allowed, and "
        f"{far:.1%} of it by more than {_FAR:.0f}, at most {_FAR_SHARE:.1%} is allowed"
    )


def pixels_of(picture: QPixmap, *, part: QRect | None = None, hide: Iterable[QRect] = ()) -> Pixels:
    """The pixels [h, w, 3] of what a widget showed.

    Parameters
    ----------
    part : of the picture, if not all of it.
    hide : places that are made grey, as letters look different on other machines.
    """
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
    for place in hide:
        pixels[_slices(place)] = _MASK
    return pixels if part is None else pixels[_slices(part)]


def scaled(pixels: Pixels, width: int, height: int) -> Pixels:
    """A picture whose size depends on the letters around it, in a size that does not."""
    picture = PillowImage.fromarray(pixels).resize((width, height), PillowImage.Resampling.BOX)
    return np.asarray(picture)


def _slices(place: QRect) -> tuple[slice, slice]:
    left, top = max(place.left(), 0), max(place.top(), 0)
    return slice(top, place.bottom() + 1), slice(left, place.right() + 1)


def _blurred(pixels: Pixels) -> NDArray[np.float64]:
    blurred: NDArray[np.float64] = gaussian_filter(pixels.astype(float), (_BLUR, _BLUR, 0))
    return blurred
