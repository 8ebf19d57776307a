"""What a run on the fragment pyramid knows: sums of every fragment, and the maps made of them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..effects import FragmentEffects
from ..errors import ParameterError
from ..estimators import SIGNED, EstimatorName, split_half
from ..fragments import Pyramid
from ..sums import FragmentSums
from ..translation import tr
from ..types import FloatArray, Snapshot, read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class PyramidSnapshot(Snapshot):
    """State of an MFPP run: the pyramid and the sums of every fragment and class."""

    pyramid: Pyramid
    sums: FragmentSums
    estimator: EstimatorName
    keep_probability: float

    @property
    def is_signed(self) -> bool:
        return self.estimator in SIGNED

    @property
    def targets(self) -> Container[int]:
        return range(self.sums.classes)

    @property
    def level_shares(self) -> tuple[float, ...]:
        """Weight of every level in the map: all alike; 0 where no mask has reached it yet.

        The coefficients of one model for all levels are parts of a sum, the others' effects are
        estimates of the same thing.
        """
        seen = self.sums.count.sum(0).numpy() > 0
        share = 1.0 if self.estimator == "pyramid" else 1 / max(int(seen.sum()), 1)
        return tuple(float(flag) * share for flag in seen)

    def saliency(self, target: int) -> FloatArray:
        return self.painted(target)

    def contrast(self, target: int, against: int) -> FloatArray:
        return self.painted(target, against=against)

    def painted(
        self,
        target: int,
        *,
        against: int | None = None,
        weights: Sequence[float] | None = None,
        softness: float = 0.0,
    ) -> FloatArray:
        """Saliency map [h, w] as asked for; no model query.

        Parameters
        ----------
        against : another class; positive then means more for `target` than for that one.
        weights : one for every level, instead of `level_shares`.
        softness : from hard edges of fragments, 0, to the softest, 1 (`Pyramid.paint`).

        Raises
        ------
        ParameterError
            There is not one weight for each level, or the softness lies outside its range.
        """
        chosen = self.level_shares if weights is None else weights
        if len(chosen) != self.pyramid.levels:
            raise ParameterError(
                tr(
                    "{levels} levels need as many weights, got {count}",
                    levels=self.pyramid.levels,
                    count=len(chosen),
                )
            )
        if not 0 <= softness <= 1:
            raise ParameterError(
                tr("softness must lie between 0 and 1, got {softness}", softness=softness)
            )
        effects = self.effects(target)
        if against is not None:
            effects = effects - self.effects(against)
        return read_only(self.pyramid.paint(effects, chosen, softness))

    def standard_error(self, target: int) -> FloatArray | None:
        squared = self.effect_errors(target) ** 2
        weights = [weight**2 for weight in self.level_shares]
        return read_only(np.sqrt(self.pyramid.paint(squared, weights)))

    def stability(self, target: int) -> float | None:
        if self.done < 4 * self.pyramid.levels:
            return None
        shares = self.level_shares
        halves = [self.pyramid.paint(half.of(target)[0], shares) for half in self._of_halves]
        return split_half(*halves)

    def effects(self, target: int) -> NDArray[np.float64]:
        """Effect of every fragment on the probability, level after level, [sum(counts)]."""
        return self._of_all.of(target)[0]

    def effect_errors(self, target: int) -> NDArray[np.float64]:
        """Standard error of every effect, [sum(counts)]; infinite before it can be told."""
        return self._of_all.of(target)[1]

    @cached_property
    def _of_all(self) -> FragmentEffects:
        return FragmentEffects(self.sums, self.estimator, self.keep_probability)

    @cached_property
    def _of_halves(self) -> list[FragmentEffects]:
        return [
            FragmentEffects(self.sums, self.estimator, self.keep_probability, [half])
            for half in (0, 1)
        ]
