"""How many bits a colour a file has, where Pillow gives 8 without saying what it left out."""

from __future__ import annotations

from typing import Any

from PIL import Image as PillowImage

_CODESTREAM = b"\xff\x4f\xff\x51"
"""Begin of a JPEG 2000 codestream and of its segment of sizes."""
_DEPTH = 42
"""Bytes from there to the depth of the first component, less one; the top bit is a sign."""
_AV1 = b"av1C"
_AV1_FLAGS = 6
_HIGH, _TWELVE = 0x40, 0x20


def stated_bits(data: bytes, opened: PillowImage.Image) -> int:
    """Bits a colour, as far as the file says it in one of the ways that are known here; else 8.

    Parameters
    ----------
    data : bytes of the file.
    opened : the same file, of which no pixel is decoded yet.
    """
    known = {"PPM": _of_ppm, "JPEG2000": _of_jpeg2000, "AVIF": _of_avif}
    return known.get(str(opened.format), _of_raw_mode)(data, opened)


def _of_ppm(_: bytes, opened: PillowImage.Image) -> int:
    args = [tile[3] for tile in _tiles(opened)]
    greatest = [part for parts in args if isinstance(parts, tuple) for part in parts[1:2]]
    return max((int(part).bit_length() for part in greatest if isinstance(part, int)), default=8)


def _of_jpeg2000(data: bytes, _: PillowImage.Image) -> int:
    place = data.find(_CODESTREAM)
    depth = data[place + _DEPTH : place + _DEPTH + 1] if place >= 0 else b""
    return (depth[0] & 0x7F) + 1 if depth else 8


def _of_avif(data: bytes, _: PillowImage.Image) -> int:
    place = data.find(_AV1)
    flags = data[place + _AV1_FLAGS : place + _AV1_FLAGS + 1] if place >= 0 else b""
    if not flags or not flags[0] & _HIGH:
        return 8
    return 12 if flags[0] & _TWELVE else 10


def _of_raw_mode(_: bytes, opened: PillowImage.Image) -> int:
    modes = [str(tile[3][0] if isinstance(tile[3], tuple) else tile[3]) for tile in _tiles(opened)]
    return 16 if any(";16" in mode for mode in modes) else 8


def _tiles(opened: PillowImage.Image) -> list[Any]:
    return list(getattr(opened, "tile", ()))
