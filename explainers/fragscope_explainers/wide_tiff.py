"""TIFF of more than 8 bits a colour, of which Pillow keeps 8, misreads or refuses the rest.

Only what is not compressed: what a compressed strip swells to is not known before.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ImageError
from .picture_size import check_size
from .translation import mark, tr

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB = 0, 1, 2
_PLANAR, _UNCOMPRESSED, _ORIENTATION = 2, 1, 274
UPRIGHT: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}
"""What turns a picture [H, W] or [H, W, 3] upright, by its orientation as EXIF and TIFF count."""


def wide_tiff(data: bytes, name: str) -> tuple[NDArray[Any], bool, list[str]] | None:
    """Counts of the first picture of a TIFF, upright.

    Returns
    -------
    Counts [H, W] or [H, W, 3], whether greater ones are darker, and what was done; or None where it
    is compressed, has 8 bits, or is of a kind that is left to Pillow.

    Raises
    ------
    ImageError
        It is too small or too large.
    Exception
        Whatever tifffile raises on damaged data.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages.first
        check_size(page.imagewidth, page.imagelength, name)
        samples, bits = page.samplesperpixel, page.bitspersample
        is_grey = page.photometric in (_MIN_IS_WHITE, _MIN_IS_BLACK) and samples == 1
        is_colour = page.photometric == _RGB and samples == 3
        if not (is_grey or is_colour) or page.compression != _UNCOMPRESSED:
            return None
        if not 8 < bits <= 64 or page.imagedepth != 1:
            return None
        notes = (
            [mark("first of {count} frames", count=len(file.pages))] if len(file.pages) > 1 else []
        )
        values = np.asarray(page.asarray())
        if is_colour and page.planarconfig == _PLANAR:
            values = np.moveaxis(values, 0, -1)
        turn = page.tags.valueof(_ORIENTATION, 1)
    if turn in UPRIGHT:
        notes.append(mark("turned upright from EXIF"))
        values = UPRIGHT[turn](values)
    if values.shape[2:] not in ((), (3,)) or values.dtype.kind not in "uif":
        raise ImageError(
            tr("{name}: this TIFF has no plain numbers; export it as 8-bit PNG", name=name)
        )
    return values, page.photometric == _MIN_IS_WHITE, notes
