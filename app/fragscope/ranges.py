"""Which values get the first and last colour where several maps are shown side by side. No Qt."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from .colours import Display, Layer, Span

Key = TypeVar("Key", bound=Hashable)


class Ranges(Generic[Key]):
    """Colour ranges of maps, each map known by a key."""

    def __init__(self) -> None:
        self._last: dict[Key, Span] = {}

    def of(self, layers: Mapping[Key, tuple[str, Layer]], display: Display) -> dict[Key, Span]:
        """Range of every map.

        Each has its own, or shares that of all maps of its unit (`Display.shared`). While the
        display is locked a map keeps the range that it had when it was first seen.

        Parameters
        ----------
        layers : unit and map by key.
        """
        own = {key: layer.span(display.clip) for key, (_, layer) in layers.items()}
        spans = _joined(own, layers) if display.shared else own
        if display.locked:
            spans = {key: self._last.get(key, span) for key, span in spans.items()}
        self._last = spans
        return spans


def _joined(own: Mapping[Key, Span], layers: Mapping[Key, tuple[str, Layer]]) -> dict[Key, Span]:
    """The range of all maps that can be compared: of one unit, and all signed or none."""
    scales = {key: (unit, layer.is_signed) for key, (unit, layer) in layers.items()}
    groups: dict[tuple[str, bool], list[Span]] = {}
    for key, scale in scales.items():
        groups.setdefault(scale, []).append(own[key])
    whole = {
        scale: (min(low for low, _ in spans), max(high for _, high in spans))
        for scale, spans in groups.items()
    }
    return {key: whole[scale] for key, scale in scales.items()}
