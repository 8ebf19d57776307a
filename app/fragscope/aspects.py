"""Which of the maps that a run can answer with is shown. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fragscope_explainers.explainer import Explainer
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray, Snapshot

from .painting import PLAIN, Painting, is_painted

if TYPE_CHECKING:
    from .runs import RunState


@dataclass(frozen=True, slots=True)
class Aspect:
    """A class, perhaps less another one, and how fragments are painted. It asks no model.

    Attributes
    ----------
    target : the explained class.
    against : class whose map is subtracted where the run answers for both, or None.
    painting : how a map that is made of fragments is painted.
    """

    target: int
    against: int | None = None
    painting: Painting = PLAIN

    def subtracted(self, snapshot: Snapshot) -> int | None:
        """The class that is subtracted, or None where the map is of the target alone."""
        known = snapshot.targets
        answers = self.against in known and self.target in known
        return self.against if answers and self.against != self.target else None

    def is_repainted(self, snapshot: Snapshot) -> bool:
        """Whether fragments are painted otherwise than the method does."""
        return self.painting.alters(snapshot)

    def is_plain(self, snapshot: Snapshot) -> bool:
        """Whether the map is the target's own, which curves, scores and errors are of."""
        return self.subtracted(snapshot) is None and not self.is_repainted(snapshot)

    def is_signed(self, snapshot: Snapshot) -> bool:
        """Whether negative values speak against the target."""
        return self.subtracted(snapshot) is not None or snapshot.is_signed

    def saliency(self, snapshot: Snapshot) -> FloatArray | None:
        """The map [h, w], or None where the run kept none of the target."""
        if self.target not in snapshot.targets:
            return None
        against = self.subtracted(snapshot)
        if is_painted(snapshot) and self.is_repainted(snapshot):
            return self.painting.saliency(snapshot, self.target, against)
        if against is None:
            return snapshot.saliency(self.target)
        return snapshot.contrast(self.target, against)

    def map_of(self, state: RunState) -> FloatArray | None:
        """The map [h, w] of a run's state, which may have it already; else as `saliency`."""
        if state.target == self.target and self.is_plain(state.snapshot):
            return state.saliency
        return self.saliency(state.snapshot)

    def standard_error(self, snapshot: Snapshot) -> FloatArray | None:
        """Standard error [h, w] of a plain map, or None where it cannot be told."""
        if self.target not in snapshot.targets or not self.is_plain(snapshot):
            return None
        return snapshot.standard_error(self.target)

    def unit(self, explainer: Explainer, snapshot: Snapshot) -> str:
        """What the values are in; those of a signed map are changes of it."""
        return (
            tr("change of {unit}", unit=explainer.unit)
            if self.is_signed(snapshot)
            else explainer.unit
        )
