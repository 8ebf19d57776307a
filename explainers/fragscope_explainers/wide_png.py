"""PNG of 16 bits a colour, of which Pillow keeps the upper 8.

Its decoder unpacks pixels by a raw mode: one takes the upper byte of every number, the one for the
other order of bytes takes the lower. Decoding twice so gives all 16 bits, with nothing but Pillow.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

_UPPER, _LOWER = "16B", "16L"
_MODES = {"RGB;16B": 3, "RGBA;16B": 4}


def wide_png(data: bytes, opened: PillowImage.Image) -> NDArray[np.uint16] | None:
    """Counts of a PNG of 16-bit colours.

    Parameters
    ----------
    data : bytes of the file.
    opened : the same file, of which no pixel is decoded yet.

    Returns
    -------
    uint16 [H, W, 3], or None where it has other bits or colours, or pixels that are not opaque.

    Raises
    ------
    Exception
        Whatever Pillow raises on damaged data.
    """
    tiles: list[Any] = list(getattr(opened, "tile", ()))
    if opened.format != "PNG" or len(tiles) != 1 or tiles[0][3] not in _MODES:
        return None
    if "transparency" in opened.info:
        return None
    upper, lower = (_bytes(data, order) for order in (_UPPER, _LOWER))
    values: NDArray[np.uint16] = upper.astype(np.uint16) * np.uint16(256) + lower
    if values.shape[2] == 4 and values[..., 3].min() < 65535:
        return None
    return values[..., :3]


def _bytes(data: bytes, order: str) -> NDArray[np.uint8]:
    """One byte of every number, [H, W, 3 or 4]."""
    with PillowImage.open(io.BytesIO(data), formats=("PNG",)) as picture:
        opened: Any = picture
        tile = opened.tile[0]
        mode = tile[3].replace(_UPPER, order)
        opened.tile = [tile._replace(args=mode) if hasattr(tile, "_replace") else (*tile[:3], mode)]
        opened.load()
        return np.asarray(opened, np.uint8)
