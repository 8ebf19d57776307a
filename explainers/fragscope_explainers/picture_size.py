"""How large and how small a picture may be; looked at before anything is decoded."""

from __future__ import annotations

from .errors import ImageError

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
            f"{name}: {width} x {height} pixels are too few to explain; "
            f"each side needs at least {MIN_SIDE}"
        )
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{name}: {width:,} x {height:,} pixels are more than the limit of {MAX_PIXELS:,}; "
            "make it smaller"
        )
