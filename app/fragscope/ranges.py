"""Which values get the first and last colour where several maps are shown side by side. No Qt."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, Protocol, TypeVar

from .colours import Display, Span

Key = TypeVar("Key", bound=Hashable)
Scale = tuple[str, bool, str]
"""Unit of a map, whether it is signed, and the sign that is shown: maps of one can be compared."""


class Ranged(Protocol):
    """A map whose values get colours."""

    @property
    def is_signed(self) -> bool:
        """Whether the colours diverge from zero."""

    def span(self, clip: float, /) -> Span:
        """Values that get the first and last colour, at a percentile."""


class Ranges(Generic[Key]):
    """Colour ranges of maps, each map known by a key."""

    def __init__(self) -> None:
        self._locked: dict[Key, dict[Scale, Span]] = {}

    @property
    def locked(self) -> dict[Key, dict[Scale, Span]]:
        """The ranges that maps keep while the display is locked."""
        kept = self._locked.copy()  # at once: another thread may be drawing
        return {key: known.copy() for key, known in kept.items()}

    def lock(self, spans: Mapping[Key, Mapping[Scale, Span]]) -> None:
        """Let maps keep these ranges as long as the display is locked."""
        self._locked = {key: dict(known) for key, known in spans.items()}

    def of(self, layers: Mapping[Key, tuple[str, Ranged]], display: Display) -> dict[Key, Span]:
        """Range of every map.

        Each has its own, or shares that of all maps of its scale (`Display.shared`). While the
        display is locked a map keeps the range that it had when its scale was first seen.

        Parameters
        ----------
        layers : unit and map by key.
        """
        scales = {
            key: (unit, shown.is_signed, display.sign) for key, (unit, shown) in layers.items()
        }
        spans = {key: shown.span(display.clip) for key, (_, shown) in layers.items()}
        if display.shared:
            spans = _joined(spans, scales)
        if not display.locked:
            self._locked = {}
        for key, scale in scales.items():
            known = self._locked.setdefault(key, {})
            spans[key] = known.setdefault(scale, spans[key])
        return spans


def _joined(own: Mapping[Key, Span], scales: Mapping[Key, Scale]) -> dict[Key, Span]:
    """The range of all maps of a scale, for each of them."""
    groups: dict[Scale, list[Span]] = {}
    for key, scale in scales.items():
        groups.setdefault(scale, []).append(own[key])
    whole = {
        scale: (min(low for low, _ in spans), max(high for _, high in spans))
        for scale, spans in groups.items()
    }
    return {key: whole[scale] for key, scale in scales.items()}
