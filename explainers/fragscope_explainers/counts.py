"""Pictures of more than 8 bits: their counts, and the window through which they are seen.

A screen and a model of photos take 8 bits. Which counts become black and white decides what either
can see, so it is a value that is shown, reported and can be set.

References
----------
DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3 (VOI LUT functions LINEAR, LINEAR_EXACT and SIGMOID).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .errors import ParameterError
from .translation import mark, tr

WindowShape = Literal["exact", "linear", "sigmoid"]
UInt8Array = NDArray[np.uint8]
SET = mark("set by you")
EXTREMES = mark("from the least to the greatest")
_PIECE = 1 << 20
"""Counts that are turned into bytes at a time: the double precision of all would take gigabytes."""
_NARROWEST = 1e-9
_USUAL_BITS = (8, 10, 12, 14, 16)
"""Bits that cameras and scanners store a count in; files keep all but the first in 16."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which counts of a picture become black, white and the greys between.

    Attributes
    ----------
    centre : the count that becomes middle grey, also called level; in the file's counts.
    width : how many counts there are from black to white, above 0.
    shape : "exact" goes straight from black at centre - width / 2 to white at centre + width / 2;
        "linear" ends one count earlier, as DICOM files mean it; "sigmoid" nears both ends slowly.

    Raises
    ------
    ParameterError
        The width is not above 0, or one of them is not finite.
    """

    centre: float
    width: float
    shape: WindowShape = "exact"

    def __post_init__(self) -> None:
        if not np.isfinite([self.centre, self.width]).all() or self.width <= 0:
            raise ParameterError(
                tr(
                    "a window takes a finite centre and a width above 0, got {centre:g} and "
                    "{width:g}; give both in the counts of the file",
                    centre=self.centre,
                    width=self.width,
                )
            )

    @classmethod
    def of(cls, text: str) -> Window:
        """Read "CENTRE,WIDTH".

        Raises
        ------
        ParameterError
            The text has another form.
        """
        parts = text.split(",")
        try:
            centre, width = (float(part) for part in parts)
        except ValueError:
            raise ParameterError(
                tr(
                    "a window is CENTRE,WIDTH in the counts of the file, such as 40,400; got "
                    "'{text}'",
                    text=text,
                )
            ) from None
        return cls(centre, width)

    @classmethod
    def between(cls, low: float, high: float) -> Window:
        """The window from one count to another; from a count to the next where they are equal."""
        width = high - low if high > low else 1.0
        return cls(low + width / 2, width)

    @property
    def text(self) -> str:
        """The window as `of` takes it, to 6 digits."""
        return f"{self.centre:.6g},{self.width:.6g}"

    def shares(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """How bright counts are, from 0 (black) to 1 (white)."""
        if self.shape == "sigmoid":
            steepness = np.clip(-4 * (counts - self.centre) / self.width, -700, 700)
            found: NDArray[np.float64] = 1 / (1 + np.exp(steepness))
            return found
        width = max(self.width - (self.shape == "linear"), _NARROWEST)
        return np.clip((counts - (self.centre - self.width / 2)) / width, 0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """A picture's own numbers, and how they are turned into 8 bits.

    Attributes
    ----------
    values : [H, W], or [H, W, 3] in R, G, B; in the type of the file, upright, read-only, finite.
    window : which of them become black and white.
    source : where the window is known from: "the file", the bits of the counts, `EXTREMES` of this
        picture, or `SET`.
    inverted : whether greater counts are darker.
    unit : of the counts, such as "HU"; empty where the file does not say.
    named : the windows that the file gives, with the names it calls them by, perhaps empty ones.
        Names are free text: they are for the eyes of who opened the file, and never reported.
    earlier : window and source as read, once another window is set; None before.
    bits : the window as read is all that so many bits hold; 0 where it is another.
    alpha : uint8 [H, W], read-only: how opaque each pixel is, or None where all are.
    """

    values: NDArray[Any]
    window: Window
    source: str
    inverted: bool = False
    unit: str = ""
    named: tuple[tuple[str, Window], ...] = ()
    earlier: tuple[Window, str] | None = None
    bits: int = 0
    alpha: UInt8Array | None = None

    @property
    def kind(self) -> tuple[str, str, int]:
        """Unit, type and dimensions: pictures of one kind can be seen through one window."""
        return self.unit, str(self.values.dtype), self.values.ndim

    @property
    def as_read(self) -> Window:
        """The window that was found on reading."""
        return self.window if self.earlier is None else self.earlier[0]

    @property
    def chosen(self) -> Window | None:
        """The window that the user set, or None where it is the one found on reading."""
        return None if self.earlier is None else self.window

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest count in the picture."""
        return float(self.values.min()), float(self.values.max())

    @property
    def note(self) -> str:
        """What was done, as a marked phrase."""
        low, high = (f"{count:,.6g}" for count in self.range)
        centre, width = f"{self.window.centre:,.6g}", f"{self.window.width:,.6g}"
        unit = f" {self.unit}" if self.unit else ""
        return mark(
            "counts {low} to {high}{unit} through a window at {centre}, {width} wide ({source})",
            low=low,
            high=high,
            unit=unit,
            centre=centre,
            width=width,
            source=self.source,
        )

    def through(self, window: Window | None) -> Counts:
        """The same counts through a window that the user sets; None for the one as read."""
        earlier = self.earlier or (self.window, self.source)
        if window is None:
            return replace(self, window=earlier[0], source=earlier[1], earlier=None)
        return replace(self, window=window, source=SET, earlier=earlier)

    def reduced(self, most: int) -> Counts:
        """Every n-th row and column, so that no side is longer than `most`."""
        step = -(-max(self.values.shape[:2]) // most)
        if step == 1:
            return self
        alpha = None if self.alpha is None else self.alpha[::step, ::step]
        return replace(self, values=self.values[::step, ::step], alpha=alpha)

    def pixels(self) -> UInt8Array:
        """The picture in 8 bits, laid on white, uint8 [H, W, 3], read-only."""
        flat = self.values.reshape(-1)
        found = np.empty(flat.size, np.uint8)
        for start in range(0, flat.size, _PIECE):
            shares = self.window.shares(flat[start : start + _PIECE].astype(np.float64))
            if self.inverted:
                shares = 1 - shares
            found[start : start + _PIECE] = np.rint(shares * 255)
        shaped = found.reshape(self.values.shape)
        colours = np.repeat(shaped[..., None], 3, axis=2) if shaped.ndim == 2 else shaped
        if self.alpha is not None:
            clear = self.alpha < 255
            opaque = self.alpha[clear].astype(np.float32)[:, None] / 255
            colours[clear] = np.rint(255 - (255 - colours[clear]) * opaque)
        colours.flags.writeable = False
        return colours

    def describe(self) -> dict[str, Any]:
        """Counts and window as plain values, for reports."""
        low, high = self.range
        return {
            "low": low,
            "high": high,
            "unit": self.unit,
            "type": str(self.values.dtype),
            "inverted": self.inverted,
            "window": {
                "centre": self.window.centre,
                "width": self.window.width,
                "shape": self.window.shape,
                "source": self.source,
            },
        }


def counts_of(
    values: NDArray[Any], *, inverted: bool = False, unit: str = "", stated: int = 0
) -> Counts:
    """Counts whose file names no window.

    Whole numbers from 0 go through all that their bits hold. Others have no range that pictures
    use up, so they go from the least to the greatest.

    Parameters
    ----------
    values : [H, W] or [H, W, 3], finite.
    inverted : whether greater counts are darker.
    unit : of the counts; those that have one are measured, and fill no bits.
    stated : bits a count that the file states, or 0. All 16 are taken for the room that counts are
        stored in: then, as where none are stated, the fewest usual bits that hold the greatest.
    """
    frozen = np.array(values)
    frozen.flags.writeable = False
    low, high = float(values.min()), float(values.max())
    is_plain = not unit and low >= 0 and values.dtype.kind in "ui"
    bits = _bits_of(high, stated) if is_plain else 0
    if not bits:
        return Counts(frozen, Window.between(low, high), EXTREMES, inverted, unit)
    source = mark("{bits} bits, by its greatest count", bits=bits)
    if bits == stated:
        source = mark("{bits} bits, as the file states", bits=bits)
    return Counts(frozen, Window.between(0, 2.0**bits - 1), source, inverted, unit, bits=bits)


def _bits_of(greatest: float, stated: int) -> int:
    """The bits that hold counts up to the greatest; 0 where none of the usual do."""
    if 0 < stated < _USUAL_BITS[-1] and greatest < 2**stated:
        return stated
    return next((bits for bits in _USUAL_BITS if greatest < 2**bits), 0)
