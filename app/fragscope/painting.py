"""How the effects of a pyramid's fragments become a map: level weights and softness. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from fragscope_explainers.types import FloatArray, Snapshot

if TYPE_CHECKING:
    from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot

MOST_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Painting:
    """How maps that are made of fragments are painted; none of it asks the model.

    Attributes
    ----------
    weights : one for each level, 0 to `MOST_WEIGHT`, relative to its share of the plain map;
        levels beyond them keep 1.
    softness : from hard edges of fragments, 0, to the softest, 1.
    """

    weights: tuple[float, ...] = ()
    softness: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether painting gives the very map that the method found."""
        return self.softness == 0 and all(weight == 1 for weight in self.weights)

    def alters(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot's map becomes another one."""
        return not self.is_plain and is_painted(snapshot)

    def absolute(self, shares: Sequence[float]) -> tuple[float, ...]:
        """The weight of every level, given its share of the plain map."""
        chosen = (*self.weights, *[1.0] * len(shares))
        return tuple(weight * share for weight, share in zip(chosen, shares, strict=False))

    def saliency(
        self, snapshot: PyramidSnapshot, target: int, against: int | None = None
    ) -> FloatArray:
        """Map [h, w] of a class, less that of another, painted this way."""
        weights = self.absolute(snapshot.level_shares)
        return snapshot.painted(target, against=against, weights=weights, softness=self.softness)


PLAIN = Painting()


def is_painted(snapshot: Snapshot) -> TypeGuard[PyramidSnapshot]:
    """Whether a map is painted from the effects of a pyramid; importing that would load torch."""
    return hasattr(type(snapshot), "level_shares")
