"""Colours of maps and methods, the same in the window and in the reports. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fragscope_explainers.errors import UnknownNameError

# Okabe-Ito, without black and yellow: told apart by colour-blind people, visible on light and dark;
# then brown and grey, for a seventh and eighth.
METHOD_COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"),
    *("#8C6D31", "#7F7F7F"),
)
COLOUR_MAPS = ("magma", "viridis", "inferno", "cividis", "turbo", "jet", "gray")
DIVERGING = "RdBu_r"
CLIP_PERCENTILE = 99.0
"""Values beyond this percentile get the strongest colour, so that a few pixels hide nothing."""

UInt8Array = NDArray[np.uint8]

_ROWS = 256
DIMMED = 0.4
"""Brightness of the part of a picture that the model does not see."""


@dataclass(frozen=True, slots=True)
class Display:
    """How a map is laid over a picture.

    Attributes
    ----------
    colour_map : one of COLOUR_MAPS; signed maps use a diverging one, whatever this says.
    opacity : 0 shows the picture only, 1 the map only.
    """

    colour_map: str = "magma"
    opacity: float = 0.6

    @property
    def greying(self) -> float:
        """How far the picture under a map turns grey, so that its colours are not misread."""
        return min(1.0, 1.5 * self.opacity)


def method_colour(index: int) -> str:
    """Colour of the method in this place, as #RRGGBB."""
    return METHOD_COLOURS[index % len(METHOD_COLOURS)]


def value_range(values: NDArray[np.floating[Any]], *, signed: bool) -> tuple[float, float]:
    """Values that get the first and last colour; symmetric about zero for a signed map.

    NaN is passed over. A constant map gets a range of one around it.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    if signed:
        high = float(np.percentile(np.abs(finite), CLIP_PERCENTILE)) or float(np.abs(finite).max())
        return (-high, high) if high > 0 else (-1.0, 1.0)
    low, high = float(finite.min()), float(np.percentile(finite, CLIP_PERCENTILE))
    if high <= low:
        high = float(finite.max())
    return (low, high) if high > low else (low, low + 1.0)


def lookup_table(name: str, *, signed: bool) -> UInt8Array:
    """Colours [256, 4] RGBA from the lowest to the highest value.

    A signed map is transparent where it is zero, so that the picture shows where nothing matters.

    Raises
    ------
    UnknownNameError
        There is no such colour map.
    """
    if name not in COLOUR_MAPS:
        raise UnknownNameError("colour map", name, COLOUR_MAPS)
    return _table(DIVERGING if signed else name, signed)


@lru_cache
def _table(name: str, signed: bool) -> UInt8Array:
    from matplotlib import colormaps

    table = np.asarray(colormaps[name](np.linspace(0, 1, 256)) * 255).round().astype(np.uint8)
    if signed:
        strength = np.abs(np.linspace(-1, 1, 256))
        table[:, 3] = np.round(255 * np.minimum(1.0, 1.6 * strength)).astype(np.uint8)
    table.flags.writeable = False
    return table


def colourise(values: NDArray[np.floating[Any]], display: Display, *, signed: bool) -> UInt8Array:
    """Colour a map [H, W] as RGBA [H, W, 4], opacity included; NaN becomes transparent."""
    return _colourise(values, display, value_range(values, signed=signed), signed=signed)


def _colourise(
    values: NDArray[np.floating[Any]],
    display: Display,
    span: tuple[float, float],
    *,
    signed: bool,
) -> UInt8Array:
    low, high = span
    known = np.isfinite(values)
    share = np.clip((np.where(known, values, low) - low) / (high - low), 0, 1)
    rgba = lookup_table(display.colour_map, signed=signed)[np.rint(share * 255).astype(np.uint8)]
    alpha = np.where(known, rgba[..., 3] * display.opacity, 0)
    return np.dstack([rgba[..., :3], np.rint(alpha).astype(np.uint8)])


def overlay(
    pixels: UInt8Array, values: NDArray[np.floating[Any]], display: Display, *, signed: bool
) -> UInt8Array:
    """Lay a map over its picture; the part that the model does not see (NaN) is dimmed.

    Parameters
    ----------
    pixels : uint8 [H, W, 3].
    values : [H, W].

    Returns
    -------
    uint8 [H, W, 3].
    """
    mixed = np.empty_like(pixels)
    span = value_range(values, signed=signed)
    for start in range(0, len(pixels), _ROWS):  # whole, the intermediates take gigabytes
        rows = slice(start, start + _ROWS)
        rgba = _colourise(values[rows], display, span, signed=signed)
        mixed[rows] = _mix(pixels[rows], rgba, np.isfinite(values[rows]), display)
    return mixed


def _mix(
    pixels: UInt8Array, rgba: UInt8Array, seen: NDArray[np.bool_], display: Display
) -> UInt8Array:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    greyed = pixels + (grey(pixels) - pixels.astype(np.float32)) * display.greying
    mixed = greyed * (1 - alpha) + rgba[..., :3] * alpha
    return np.rint(np.where(seen[..., None], mixed, pixels * DIMMED)).astype(np.uint8)


def grey(pixels: UInt8Array) -> UInt8Array:
    """Luma of RGB pixels [H, W, 3], repeated for the three channels."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(np.rint(luma).astype(np.uint8)[..., None], 3, axis=2)
