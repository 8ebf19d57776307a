"""Pictures of 16 bits a colour, of which Pillow keeps the upper 8.

Its decoders unpack pixels by a raw mode: one takes the upper byte of every number, the one for the
other order of bytes takes the lower. Decoding twice so gives all 16 bits, with Pillow's limits on
what compressed data may swell to. Grey with alpha has no such pair of modes in PNG; its four bytes
a pixel are those of R, G, B and alpha of 8 bits, so its header is read as if it said that.
"""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import TiffImagePlugin

_SUFFIXES = {"16B": ">", "16L": "<", "16N": "<" if sys.byteorder == "little" else ">"}
"""Order of bytes by the end of a raw mode; a TIFF that libtiff reads has this machine's."""
_OTHER = {">": "16L", "<": "16B"}
_COLOURS = ("RGB", "RGBA", "RGBX")
_GREY_WITH_ALPHA = "LA;16B"
_HEADER = slice(12, 29)
"""Kind and content of a PNG's first chunk."""


def wide_colours(
    data: bytes, opened: PillowImage.Image
) -> tuple[NDArray[np.uint16], NDArray[np.uint8] | None] | None:
    """Counts of a PNG of 16-bit colours, or of a TIFF of such in one plane.

    Parameters
    ----------
    data : bytes of the file.
    opened : the same file, of which no pixel is decoded yet.

    Returns
    -------
    uint16 [H, W, 3], or [H, W] where it is grey with alpha, and how opaque pixels are, uint8
    [H, W], or None where all are; or None where it has other bits or colours.

    Raises
    ------
    Exception
        Whatever Pillow raises on damaged data.
    """
    modes = {_raw_mode(tile) for tile in getattr(opened, "tile", ())}
    if len(modes) != 1 or opened.format not in ("PNG", "TIFF"):
        return None
    mode = modes.pop()
    if opened.format == "PNG" and mode == _GREY_WITH_ALPHA:
        return _with_alpha(_grey_with_alpha(data))
    colours, _, end = mode.partition(";")
    if colours not in _COLOURS or end not in _SUFFIXES or _has_planes(opened):
        return None
    first, second = _bytes(data, opened.format, end), _bytes(data, opened.format, _other(end))
    values: NDArray[np.uint16] = first.astype(np.uint16) * np.uint16(256) + second
    transparent = opened.info.get("transparency")
    if isinstance(transparent, tuple):
        opaque = (values != np.asarray(transparent, np.uint16)).any(2)
        return values, (opaque * np.uint8(255)).astype(np.uint8)
    return _with_alpha(values)


def _with_alpha(
    values: NDArray[np.uint16],
) -> tuple[NDArray[np.uint16], NDArray[np.uint8] | None]:
    """Colours [H, W, 3] or grey [H, W], and how opaque they are, of [H, W, 2 to 4]."""
    if values.shape[2] == 3:
        return values, None
    colours = values[..., 0] if values.shape[2] == 2 else values[..., :3]
    alpha = values[..., -1]
    return colours, None if alpha.min() == 65535 else (alpha >> 8).astype(np.uint8)


def _raw_mode(tile: Any) -> str:
    args = tile[3]
    return str(args[0] if isinstance(args, tuple) else args)


def _has_planes(opened: PillowImage.Image) -> bool:
    """Whether colours stand in planes of their own, which Pillow unpacks in another way."""
    tags = getattr(opened, "tag_v2", {})
    return bool(tags.get(TiffImagePlugin.PLANAR_CONFIGURATION, 1) == 2)


def _other(end: str) -> str:
    """End of the raw mode that takes the lower bytes where the one of this end takes the upper."""
    return _OTHER[_SUFFIXES[end]]


def _bytes(data: bytes, kind: str, end: str) -> NDArray[np.uint8]:
    """One byte of every number, [H, W, 3 or 4]."""
    with PillowImage.open(io.BytesIO(data), formats=(kind,)) as picture:
        opened: Any = picture
        opened.tile = [_with_end(tile, end) for tile in opened.tile]
        opened.load()
        return np.asarray(opened, np.uint8)


def _with_end(tile: Any, end: str) -> Any:
    args = tile[3]
    mode = f"{_raw_mode(tile).partition(';')[0]};{end}"
    given = (mode, *args[1:]) if isinstance(args, tuple) else mode
    return tile._replace(args=given) if hasattr(tile, "_replace") else (*tile[:3], given)


def _grey_with_alpha(data: bytes) -> NDArray[np.uint16]:
    """Grey and alpha, uint16 [H, W, 2]."""
    kind, width, height, _, _, *rest = struct.unpack(">4sIIBBBBB", data[_HEADER])
    header = struct.pack(">4sIIBBBBB", kind, width, height, 8, 6, *rest)
    told = data[: _HEADER.start] + header + struct.pack(">I", zlib.crc32(header))
    with PillowImage.open(io.BytesIO(told + data[_HEADER.stop + 4 :]), formats=("PNG",)) as opened:
        pairs = np.asarray(opened, np.uint8).astype(np.uint16)
    return pairs[..., ::2] * np.uint16(256) + pairs[..., 1::2]
