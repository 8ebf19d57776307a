"""Estimators: running sums over masks, and the effects, errors and stability they give.

A mask keeps each fragment or pixel with weight m; the classifier answers f for every class. All
estimators read sums over the same queries, so they differ by arithmetic only:

========== ============================================= =======================================
name       formula                                       note
========== ============================================= =======================================
mean       sum f m / (N p)                               as published for RISE and MFPP
covered    sum f m / sum m                               free of how often a pixel was kept
difference sum (f - mean f)(m - mean m)                  signed; for binary m exactly
           / sum (m - mean m)^2                          mean(f | kept) - mean(f | dropped)
ridge      ridge regression of f on a level's keep bits  each level by itself
pyramid    ridge regression of f on the kept shares of   the map is the sum over levels of the
           all levels' fragments at once                 coefficients; best for very few masks
assisted   effect of a ridge regression on the coarse    the model explains what the other
           levels' kept shares + difference of its       fragments do; what it misses is estimated
           residuals                                     as by "difference"
========== ============================================= =======================================

The last three are those of `regression` and `effects`. Masks alternate between two halves; the
agreement of the halves' maps is the map's stability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

EstimatorName = Literal["assisted", "difference", "mean", "covered", "ridge", "pyramid"]
ESTIMATORS: tuple[EstimatorName, ...] = get_args(EstimatorName)
SIGNED: tuple[EstimatorName, ...] = ("assisted", "difference", "ridge", "pyramid")
"""Estimators whose negative values are evidence against the class."""
REGRESSIONS: tuple[EstimatorName, ...] = ("assisted", "ridge", "pyramid")
"""Estimators that need sums over pairs of fragments."""
TINY = 1e-12

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over N masks for K places (fragments or pixels) and one class.

    Attributes
    ----------
    count : N. May be one number, or [K] where places saw different masks.
    m, mm : sum of m and of m^2, [K].
    f, ff : sum of f and of f^2, a number or [K].
    fm : sum of f m, [K].
    """

    count: Array | float
    m: Array
    mm: Array
    f: Array | float
    ff: Array | float
    fm: Array

    def __add__(self, other: Moments) -> Moments:
        pairs = ((getattr(self, n), getattr(other, n)) for n in self.__slots__)
        return Moments(*(a + b for a, b in pairs))

    def effect(self, estimator: EstimatorName, keep_probability: float) -> Array:
        """Effect [K] of every place on f by "mean", "covered" or "difference".

        It is 0 where the masks cannot tell.
        """
        if estimator == "mean":
            return ratio(self.fm, np.maximum(self.count * keep_probability, TINY))
        if estimator == "covered":
            return ratio(self.fm, self.m)
        covariance = self.fm - ratio(self.f * self.m, self.count)
        return ratio(covariance, self.spread)

    def standard_error(self, estimator: EstimatorName, keep_probability: float) -> Array:
        """Standard error [K] of `effect`; infinite where the masks cannot tell.

        For "difference" it is that of a regression slope (for binary m: of the difference of two
        means with pooled variance). For "mean" and "covered" it is that of a mean over the kept
        share, with the variance of f over all masks.
        """
        if estimator == "difference":
            slope = self.effect(estimator, keep_probability)
            residual = np.maximum(self._variation - slope**2 * self.spread, 0.0)
            evidence = np.maximum(self.count - 2.0, 0.0) * self.spread
            return or_infinite(np.sqrt(ratio(residual, evidence)), evidence)
        kept = self.m if estimator == "covered" else self.count * keep_probability
        kept = np.where(np.asarray(self.count) > 1, kept, 0.0)
        kept = np.broadcast_to(kept, self.m.shape)
        variance = ratio(self.ff, self.count) - ratio(self.f, self.count) ** 2
        variance = np.broadcast_to(np.maximum(variance, 0.0), self.m.shape)
        return or_infinite(np.sqrt(ratio(variance, kept)), kept)

    @property
    def spread(self) -> Array:
        """Sum of (m - mean m)^2 of every place, [K]."""
        return np.maximum(self.mm - ratio(self.m**2, self.count), 0.0)

    @property
    def _variation(self) -> Array | float:
        return self.ff - ratio(self.f * self.f, self.count)


def split_half(first: NDArray[np.floating], second: NDArray[np.floating]) -> float | None:
    """Reliability in [0, 1] of the mean of two maps, from the correlation r of the two.

    Spearman-Brown: 2 r / (1 + r); 0 for a negative correlation; None where a map is constant.
    """
    a, b = (half.ravel().astype(np.float64) for half in (first, second))
    if not all(np.isfinite(half).all() and np.ptp(half) > 0 for half in (a, b)):
        return None
    r = max(float(np.corrcoef(a, b)[0, 1]), 0.0)
    return 2 * r / (1 + r)


def ratio(numerator: Array | float, denominator: Array | float) -> Array:
    """Quotient, and 0 where the denominator is."""
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    return np.divide(top, bottom, out=np.zeros(shape), where=np.abs(bottom) > TINY)


def or_infinite(values: Array, evidence: Array) -> Array:
    """Values where there is evidence, and infinity where there is none."""
    return np.where(evidence > TINY, values, np.inf)
