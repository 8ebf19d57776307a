"""Maps of runs made ready for the screen; each part again only when what it needs changes. No Qt.

The map depends on snapshot and aspect, its layer on what of it is shown, its range on the clip and
perhaps on other maps, its colours on all of these. None of it depends on the picture's size: maps
and lines are on the grid of the input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.types import FloatArray

from .aspects import Aspect
from .colours import Display, Layer, Span, colourise, contours, layer, lookup_table
from .ranges import Ranges

if TYPE_CHECKING:
    from .runs import RunState


@dataclass(frozen=True, slots=True, eq=False)
class MapWish:
    """Which map is to be shown: the state of a run, and the aspect of it."""

    state: RunState
    aspect: Aspect

    def is_like(self, other: MapWish) -> bool:
        """Whether both give the same map; states after the last mask share it."""
        return (
            self.state.snapshot is other.state.snapshot
            and self.state.saliency is other.state.saliency
            and self.aspect == other.aspect
        )

    def values(self) -> FloatArray | None:
        """The map [h, w], or None where the run kept none of the class."""
        return self.aspect.map_of(self.state)

    def layer(self, values: FloatArray, display: Display) -> Layer:
        """Values [h, w] of this map as they are to be coloured."""
        snapshot = self.state.snapshot
        errors = self.aspect.standard_error(snapshot) if display.fade else None
        return layer(values, display, signed=self.is_signed, errors=errors)

    @property
    def is_signed(self) -> bool:
        """Whether negative values speak against the class."""
        return self.aspect.is_signed(self.state.snapshot)

    @property
    def unit(self) -> str:
        """What the values are in."""
        return self.aspect.unit(self.state.explainer, self.state.snapshot)


def wish_for(state: RunState | None, aspect: Aspect | None) -> MapWish | None:
    """Which map is to be shown, or None where the run has none of the class, or there is no run."""
    if state is None or aspect is None or aspect.target not in state.snapshot.targets:
        return None
    return MapWish(state, aspect)


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A map as it lies on the picture.

    Attributes
    ----------
    wish : which map it is.
    values : the map [h, w] itself.
    layer : what of it is shown.
    span : values that get the first and last colour.
    rgba : its colours, uint8 [h, w, 4].
    table : colours from the lowest to the highest value, uint8 [256, 4].
    lines : contours, each [n, 2] of (x, y) in input pixels.
    """

    wish: MapWish
    values: FloatArray
    layer: Layer
    span: Span
    rgba: UInt8Array
    table: UInt8Array
    lines: tuple[FloatArray, ...]


class Artist:
    """Draws the maps of some panels, each known by a number. Used by one thread."""

    def __init__(self) -> None:
        self._sheets: dict[int, _Sheet] = {}
        self.ranges = Ranges[int]()
        """What gives the maps their colour ranges."""

    def draw(self, wishes: Mapping[int, MapWish], display: Display) -> dict[int, Drawing]:
        """The maps that are wished for, without those of which a run kept nothing.

        A drawing is the very one of the last time where nothing in it has changed.
        """
        sheets = {number: self._sheet(number, wish, display) for number, wish in wishes.items()}
        self._sheets = {number: sheet for number, sheet in sheets.items() if sheet is not None}
        spans = self.ranges.of(
            {number: (sheet.wish.unit, sheet) for number, sheet in self._sheets.items()}, display
        )
        return {
            number: sheet.drawing(spans[number], display) for number, sheet in self._sheets.items()
        }

    def _sheet(self, number: int, wish: MapWish, display: Display) -> _Sheet | None:
        known = self._sheets.get(number)
        if known is not None and known.wish.is_like(wish):
            return known if known.fits(display) else _Sheet(wish, known.values, display)
        values = wish.values()
        return None if values is None else _Sheet(wish, values, display)


class _Sheet:
    """One map with what was made of it so far."""

    def __init__(self, wish: MapWish, values: FloatArray, display: Display) -> None:
        self.wish, self.values = wish, values
        self._kind = _kind(display)
        self._layer = wish.layer(values, display)
        self._spans: dict[float, Span] = {}
        self._lines: tuple[FloatArray, ...] | None = None
        self._drawing: Drawing | None = None
        self._look: object = None

    def fits(self, display: Display) -> bool:
        """Whether the layer is what a display wants."""
        return self._kind == _kind(display)

    @property
    def is_signed(self) -> bool:
        return self._layer.is_signed

    def span(self, clip: float) -> Span:
        if clip not in self._spans:
            self._spans[clip] = self._layer.span(clip)
        return self._spans[clip]

    def drawing(self, span: Span, display: Display) -> Drawing:
        look = (span, display.colour_map, display.opacity, display.contours)
        if self._drawing is None or look != self._look:
            self._look = look
            self._drawing = Drawing(
                self.wish,
                self.values,
                self._layer,
                span,
                colourise(self._layer, display, span),
                lookup_table(display.colour_map, signed=self.is_signed),
                self._contours() if display.contours else (),
            )
        return self._drawing

    def _contours(self) -> tuple[FloatArray, ...]:
        if self._lines is None:
            self._lines = tuple(contours(self._layer))
        return self._lines


def _kind(display: Display) -> object:
    """What of a display a layer depends on."""
    clip = display.clip if display.threshold > 0 else None
    return (display.sign, display.top, display.threshold, clip, display.fade)
