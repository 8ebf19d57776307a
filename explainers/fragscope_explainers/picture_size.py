"""How large and how small a picture may be; looked at before anything is decoded."""

from __future__ import annotations

from .errors import ImageError
from .translation import tr

MAX_PIXELS = 150_000_000
MIN_SIDE = 8


def check_size(width: int, height: int, name: str) -> None:
    """See that a picture of this many columns and rows can be explained.

    Raises
    ------
    ImageError
        It is too small or too large.
    """
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            tr(
                "{name}: {width} x {height} pixels are too few to explain; "
                "each side needs at least {min_side}",
                name=name,
                width=width,
                height=height,
                min_side=MIN_SIDE,
            )
        )
    if width * height > MAX_PIXELS:
        raise ImageError(
            tr(
                "{name}: {width:,} x {height:,} pixels are more than the limit of {max_pixels:,}; "
                "make it smaller",
                name=name,
                width=width,
                height=height,
                max_pixels=MAX_PIXELS,
            )
        )
