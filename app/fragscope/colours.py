"""Colours of maps and methods, the same in the window and in the reports. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw

from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray

# Okabe-Ito, without black and yellow: told apart by colour-blind people, visible on light and dark;
# then brown and grey, for a seventh and eighth.
METHOD_COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"),
    *("#8C6D31", "#7F7F7F"),
)
Shape = Literal["square", "circle", "triangle", "diamond", "cross"]
METHOD_SHAPES: tuple[Shape, ...] = get_args(Shape)
"""What tells methods of one colour apart: as many each as there are colours."""
SHAPE_LETTERS: dict[Shape, str] = {
    "square": "■",
    "circle": "●",
    "triangle": "▲",
    "diamond": "◆",
    "cross": "✚",
}
COLOUR_MAPS = ("magma", "viridis", "inferno", "cividis", "turbo", "jet", "gray")
DIVERGING = "RdBu_r"
RAINBOWS = ("turbo", "jet")
"""Not for reading values off; who asks for one, as papers show it, gets it on signed maps, too."""
CLIP_PERCENTILE = 99.0
"""Values beyond this percentile get the strongest colour, so that a few pixels hide nothing."""

UInt8Array = NDArray[np.uint8]

_ROWS = 256
DIMMED = 0.4
"""Brightness of the part of a picture that the model does not see."""


Sign = Literal["all", "positive", "negative", "absolute"]
SIGNS: tuple[Sign, ...] = get_args(Sign)
Span = tuple[float, float]
_CONTOUR_SMOOTHING = 0.015
"""Width of the Gaussian over a map before contours, as a share of its longer side."""
MOST_CONTOURED = 512
"""Longest side in pixels of the grid on which contours are drawn: more is not seen."""
_POINT_STEP = 3
_LONG_LINE = 150
FADED = 0.2
"""Opacity that is left to what is within one standard error of zero."""
CONTOUR_SHARES = (0.05, 0.15, 0.3)
"""Shares of the picture that the contour lines enclose, strongest pixels first."""


@dataclass(frozen=True, slots=True)
class Display:
    """How a map is laid over a picture.

    Attributes
    ----------
    colour_map : one of COLOUR_MAPS; signed maps use a diverging one unless this is of RAINBOWS.
    opacity : 0 shows the picture only, 1 the map only.
    sign : what of a signed map is shown: all, what speaks for the class, what speaks against it,
        or the strength of both.
    clip : percentile of the values, 50 to 100, that gets the strongest colour.
    top : share of the pixels that is shown, strongest first, in (0, 1].
    threshold : least strength that is shown, as a share of the strongest colour's, in [0, 1].
    shared : whether maps of one unit share their colour range.
    locked : whether colour ranges stay as they are while maps change.
    contours : whether lines enclose the strongest pixels (CONTOUR_SHARES).
    fade : whether what is within one standard error of zero is nearly hidden.
    """

    colour_map: str = "magma"
    opacity: float = 0.6
    sign: Sign = "all"
    clip: float = CLIP_PERCENTILE
    top: float = 1.0
    threshold: float = 0.0
    shared: bool = False
    locked: bool = False
    contours: bool = False
    fade: bool = False

    @property
    def greying(self) -> float:
        """How far the picture under a map turns grey, so that its colours are not misread."""
        return min(1.0, 1.5 * self.opacity)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A map as it is coloured.

    Attributes
    ----------
    values : [h, w]; NaN where there is no map.
    weight : [h, w], share of the opacity that each pixel gets, from 0 to 1.
    is_signed : whether the colours diverge from zero.
    """

    values: FloatArray
    weight: FloatArray
    is_signed: bool

    def span(self, clip: float = CLIP_PERCENTILE) -> Span:
        """Values that get the first and last colour."""
        return value_range(self.values, signed=self.is_signed, clip=clip)

    def on_image(self, geometry: Geometry) -> Layer:
        """The same map on the picture [H, W]; NaN where the model does not see it."""
        values = geometry.map_to_image(self.values)
        if self.weight.min() == 1:  # large pictures need no second array then
            return Layer(values, np.broadcast_to(np.float32(1), values.shape), self.is_signed)
        return Layer(values, geometry.map_to_image(self.weight), self.is_signed)

    def strength(self) -> FloatArray:
        """How much each pixel matters, whatever its sign; NaN where there is no map."""
        return np.abs(self.values) if self.is_signed else self.values


def layer(
    values: FloatArray, display: Display, *, signed: bool, errors: FloatArray | None = None
) -> Layer:
    """Prepare a map [h, w] for colouring; positive values of a signed one speak for the class.

    Parameters
    ----------
    errors : standard errors [h, w] of a signed map, for `Display.fade`.
    """
    chosen = _of_sign(values, display.sign) if signed else values
    whole = Layer(chosen, np.ones(values.shape, np.float32), signed and display.sign == "all")
    weight = _shown(whole, display).astype(np.float32)
    if display.fade and signed and errors is not None:
        weight[~(np.abs(values) > errors)] *= FADED
    return replace(whole, weight=weight)


def _of_sign(values: FloatArray, sign: Sign) -> FloatArray:
    if sign == "positive":
        return np.maximum(values, 0)
    if sign == "negative":
        return np.maximum(-values, 0)
    return np.abs(values) if sign == "absolute" else values


def _shown(layer: Layer, display: Display) -> NDArray[np.bool_]:
    """Whether each pixel is among the strongest that are asked for."""
    strength = layer.strength()
    shown = np.isfinite(strength)
    if display.top < 1 and shown.any():
        shown &= strength >= np.quantile(strength[shown], 1 - display.top)
    if display.threshold > 0:
        low, high = layer.span(display.clip)
        low = 0.0 if layer.is_signed else low
        shown &= strength >= low + display.threshold * (high - low)
    return shown


def contours(layer: Layer) -> list[FloatArray]:
    """Lines around the strongest pixels, each [n, 2] of (x, y) in pixels of the map's grid.

    The map is smoothed a little first (_CONTOUR_SMOOTHING), else grainy maps would be all lines.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.measure import find_contours

    step = -(-max(layer.values.shape) // MOST_CONTOURED)
    values = _thinned(layer.strength(), step)
    sigma = _CONTOUR_SMOOTHING * max(values.shape)
    strength = gaussian_filter(np.nan_to_num(values), sigma, mode="nearest")
    known = strength[np.isfinite(values)]
    if not known.size or known.min() == known.max():
        return []
    padded = np.pad(strength, 1, constant_values=known.min())  # lines close at the border
    levels = {float(np.quantile(known, 1 - share)) for share in CONTOUR_SHARES}
    found: list[FloatArray] = []
    for level in sorted(levels):
        lines = find_contours(padded, level)  # type: ignore[no-untyped-call]
        found.extend(step * (_sparse(line)[:, ::-1] - 0.5) for line in lines)
    return found


def _sparse(line: NDArray[np.floating[Any]]) -> FloatArray:
    """Every third point of a long line and its last one: it looks the same, and is drawn sooner.

    Short ones are tight curves, of which every third point would be a polygon.
    """
    if len(line) < _LONG_LINE:
        return line.astype(np.float32)
    return np.concatenate([line[:-1:_POINT_STEP], line[-1:]]).astype(np.float32)


def _thinned(values: FloatArray, step: int) -> FloatArray:
    """Means of squares of so many pixels; an edge that fills no square is left out."""
    from skimage.measure import block_reduce

    if step == 1:
        return values
    height, width = (step * (side // step) for side in values.shape)
    thin: FloatArray = block_reduce(  # type: ignore[no-untyped-call]
        values[:height, :width], step, np.mean
    )
    return thin


def method_colour(index: int) -> str:
    """Colour of the method in this place, as #RRGGBB."""
    return METHOD_COLOURS[index % len(METHOD_COLOURS)]


def method_shape(index: int) -> Shape:
    """Shape of the method in this place; another one once the colours begin anew."""
    return METHOD_SHAPES[index // len(METHOD_COLOURS) % len(METHOD_SHAPES)]


def value_range(
    values: NDArray[np.floating[Any]], *, signed: bool, clip: float = CLIP_PERCENTILE
) -> Span:
    """Values that get the first and last colour; symmetric about zero for a signed map.

    Values beyond the percentile `clip` get the last one. NaN is passed over. A constant map gets a
    range of one around it.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    if signed:
        high = float(np.percentile(np.abs(finite), clip)) or float(np.abs(finite).max())
        return (-high, high) if high > 0 else (-1.0, 1.0)
    low, high = float(finite.min()), float(np.percentile(finite, clip))
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
        raise UnknownNameError(tr("colour map"), name, COLOUR_MAPS)
    return _table(colour_map_of(name, signed=signed), signed)


def colour_map_of(name: str, *, signed: bool) -> str:
    """What matplotlib calls the colours of a map, where people have chosen this one."""
    return DIVERGING if signed and name not in RAINBOWS else name


@lru_cache
def _table(name: str, signed: bool) -> UInt8Array:
    from matplotlib import colormaps

    table = np.asarray(colormaps[name](np.linspace(0, 1, 256)) * 255).round().astype(np.uint8)
    if signed:
        strength = np.abs(np.linspace(-1, 1, 256))
        table[:, 3] = np.round(255 * np.minimum(1.0, 1.6 * strength)).astype(np.uint8)
    table.flags.writeable = False
    return table


def colourise(layer: Layer, display: Display, span: Span | None = None) -> UInt8Array:
    """Colour a map [h, w] as RGBA [h, w, 4], opacity included; NaN becomes transparent.

    Parameters
    ----------
    span : values that get the first and last colour, if not the map's own.
    """
    low, high = span or layer.span(display.clip)
    known = np.isfinite(layer.values)
    share = np.clip((np.where(known, layer.values, low) - low) / (high - low), 0, 1)
    table = lookup_table(display.colour_map, signed=layer.is_signed)
    rgba = table[np.rint(share * 255).astype(np.uint8)]
    alpha = np.where(known, rgba[..., 3] * (display.opacity * layer.weight), 0)
    return np.dstack([rgba[..., :3], np.rint(alpha).astype(np.uint8)])


def overlay(
    pixels: UInt8Array, layer: Layer, display: Display, span: Span | None = None
) -> UInt8Array:
    """Lay a map over its picture; the part that the model does not see (NaN) is dimmed.

    Parameters
    ----------
    pixels : uint8 [H, W, 3].
    layer : of the picture's size.
    span : values that get the first and last colour, if not the map's own.

    Returns
    -------
    uint8 [H, W, 3].
    """
    mixed = np.empty_like(pixels)
    span = span or layer.span(display.clip)
    for start in range(0, len(pixels), _ROWS):  # whole, the intermediates take gigabytes
        rows = slice(start, start + _ROWS)
        part = Layer(layer.values[rows], layer.weight[rows], layer.is_signed)
        rgba = colourise(part, display, span)
        mixed[rows] = _mix(pixels[rows], rgba, np.isfinite(part.values), display)
    return mixed


def _mix(
    pixels: UInt8Array, rgba: UInt8Array, seen: NDArray[np.bool_], display: Display
) -> UInt8Array:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    greyed = pixels + (grey(pixels) - pixels.astype(np.float32)) * display.greying
    mixed = greyed * (1 - alpha) + rgba[..., :3] * alpha
    return np.rint(np.where(seen[..., None], mixed, pixels * DIMMED)).astype(np.uint8)


def draw_lines(pixels: UInt8Array, lines: Sequence[FloatArray]) -> UInt8Array:
    """Draw light lines with a dark edge over pixels [H, W, 3]; each line is [n, 2] of (x, y)."""
    picture = PillowImage.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    width = max(1, round(max(pixels.shape[:2]) / 600))
    for colour, thickness in (("black", 3 * width), ("white", width)):
        for line in lines:
            pen.line([(float(x), float(y)) for x, y in line], fill=colour, width=thickness)
    return np.asarray(picture)


def grey(pixels: UInt8Array) -> UInt8Array:
    """Luma of RGB pixels [H, W, 3], repeated for the three channels."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(np.rint(luma).astype(np.uint8)[..., None], 3, axis=2)
