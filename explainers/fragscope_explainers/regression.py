"""Linear models of the score over whole masks, fitted from running sums.

A mask drops many fragments at once, and the score answers to all of them: what one fragment does is
buried in what the others do. A ridge regression on a few features of the mask explains part of
that. With phi the features of a mask (the kept share of every fragment of some levels), z the keep
bits of its level and f the score, the sums of z phi^T and f z over masks suffice for

    beta = argmin sum (f - mean f - phi beta)^2 + lambda |beta|^2,

for every class, whatever the number of masks. lambda is chosen by generalised cross-validation.

References
----------
Golub, Heath, Wahba, "Generalized Cross-Validation as a Method for Choosing a Good Ridge
Parameter", Technometrics 1979, equation 1.7; Saerndal, Swensson, Wretman, "Model Assisted Survey
Sampling", 1992, chapter 6, for the difference of residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .fragments import Pyramid

if TYPE_CHECKING:
    from .sums import FragmentSums

Array = NDArray[np.float64]
_PENALTIES = np.logspace(-3, 4, 29)
"""Penalties to try, in mean eigenvalues of the features' covariance."""
_TINY = 1e-12
_LEAST_LEFT = 0.1
"""Least share of the masks' freedom that a fit has to leave over."""
_ROUNDING = 1e-10
"""Share of the scores' variation that cannot be told from rounding."""
_LEAST_VARIATION = 2e-7
"""Scores that vary less, as a share of their size, are constant to single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Features by which a linear model sees the masks of some levels.

    Attributes
    ----------
    projections : by level of masks, [K_level, D]: features of a mask are its keep bits times this.
    groups : where the features of each scale begin, and their number; scales count alike a priori.
    """

    projections: dict[int, Array]
    groups: tuple[int, ...]

    @property
    def features(self) -> int:
        """Their number D."""
        return self.groups[-1]


def own_bits(pyramid: Pyramid, levels: Sequence[int]) -> tuple[Basis, ...]:
    """A model for each level by itself: its features are the keep bits."""
    counts = pyramid.counts
    return tuple(Basis({level: np.eye(counts[level])}, (0, counts[level])) for level in levels)


def kept_shares(pyramid: Pyramid, of: Sequence[int], levels: Sequence[int]) -> Basis:
    """One model for the masks of `levels`: the kept share of each fragment of the levels `of`."""
    projections = {
        level: np.concatenate([_overlap(pyramid, level, other) for other in of], axis=1)
        for level in levels
    }
    ends = np.cumsum([pyramid.counts[level] for level in of])
    return Basis(projections, (0, *(int(end) for end in ends)))


def _overlap(pyramid: Pyramid, level: int, other: int) -> Array:
    """Share of each fragment of `other` that each fragment of `level` covers, [K, K_other]."""
    shape = (pyramid.counts[level], pyramid.counts[other])
    here, there = (pyramid.labels[which].ravel().astype(np.int64) for which in (level, other))
    pixels = np.bincount(here * shape[1] + there, minlength=shape[0] * shape[1]).reshape(shape)
    shares: Array = pixels / pixels.sum(0)
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A model fitted to one class.

    Attributes
    ----------
    beta : coefficient of each feature, [D].
    inflation : by how much the masks' own residuals understate those of new masks, at most 1.
    posterior : variance of the coefficients in the model's own axes, [D].
    is_known : whether the masks tell anything.
    """

    beta: Array
    inflation: float
    posterior: Array
    is_known: bool = True


class LinearModel:
    """What all classes share of one regression: the features' covariance over the masks.

    Parameters
    ----------
    sums : running sums that belong to `basis`.
    number : which of the sums' bases.
    halves : which halves of the masks to use.
    """

    def __init__(self, sums: FragmentSums, number: int, halves: Sequence[int]) -> None:
        self._sums, self._halves = sums, list(halves)
        self._basis = sums.features[number].basis
        self._centred: dict[int, Array] = {}
        gram = np.zeros((self._basis.features,) * 2)
        self._masks = 0.0
        for level, projection in self._basis.projections.items():
            count, kept = sums.kept_by(level, self._halves)
            if count == 0:
                continue
            shared = sums.shared_by(number, level, self._halves)
            self._centred[level] = shared - np.outer(kept, kept @ projection) / count
            gram += projection.T @ self._centred[level]
            self._masks += count
        self._scale = self._scales(np.diag(gram))
        scaled = gram * self._scale * self._scale[:, None]
        values, self._axes = np.linalg.eigh(scaled)
        self._values = np.maximum(values, 0.0)

    @property
    def levels(self) -> list[int]:
        """Levels whose masks the model has seen."""
        return list(self._centred)

    def fit(self, target: int) -> Fit:
        """Fit one class; the penalty has the least generalised cross-validation error."""
        cross, total, size = np.zeros(self._basis.features), 0.0, 0.0
        for level in self.levels:
            scores, variation = self._sums.scores_by(level, target, self._halves)
            cross += self._basis.projections[level].T @ scores
            total += variation
            size += self._sums.squares_by(level, target, self._halves)
        spare = self._masks - len(self.levels)  # every level has a mean of its own
        if spare < 2 or total <= _LEAST_VARIATION**2 * size:
            nothing = np.zeros(self._basis.features)
            return Fit(nothing, 1.0, nothing, is_known=False)
        along = self._axes.T @ (self._scale * cross)
        penalties = _PENALTIES * max(float(self._values.mean()), _TINY)
        shrink = self._values / (self._values + penalties[:, None])
        over = np.maximum(self._values, _TINY)
        residual = total - (along**2 / over * (2 * shrink - shrink**2)).sum(1)
        left = 1 - shrink.sum(1) / spare
        residual = np.maximum(residual, _ROUNDING * total)
        # A penalty that leaves next to nothing over fits every mask: what it leaves is rounding.
        criterion = np.where(
            left >= _LEAST_LEFT, residual / np.maximum(left, _LEAST_LEFT) ** 2, np.inf
        )
        best = int(np.argmin(criterion))
        if not np.isfinite(criterion[best]):
            nothing = np.zeros(self._basis.features)
            return Fit(nothing, 1.0, nothing, is_known=False)
        denominators = self._values + penalties[best]
        beta = self._scale * (self._axes @ (along / denominators))
        noise = residual[best] / (spare * left[best])
        return Fit(beta, float(left[best]), noise / denominators)

    def slopes(self, level: int, fit: Fit) -> tuple[Array, Array]:
        """Effect [K_level] of keeping each fragment, as the model has it, and its variance."""
        projection = self._basis.projections[level]
        return projection @ fit.beta, (projection @ self._loadings) ** 2 @ fit.posterior

    def coefficient_errors(self, fit: Fit) -> Array:
        """Posterior standard deviation [D] of the coefficients; infinite where nothing is known."""
        if not fit.is_known:
            return np.full(len(fit.beta), np.inf)
        errors = np.sqrt(self._loadings**2 @ fit.posterior)
        return np.where(self._scale > 0, errors, np.inf)

    @cached_property
    def _loadings(self) -> Array:
        """Coefficients of the features along the model's own axes, [D, D]."""
        loadings: Array = self._scale[:, None] * self._axes
        return loadings

    def residual_covariance(self, level: int, target: int, fit: Fit) -> tuple[Array, float]:
        """Covariance sums [K_level] of keep bits with the residuals, and the residuals' variation.

        Both are those to be expected of masks that the model was not fitted to.
        """
        scores, variation = self._sums.scores_by(level, target, self._halves)
        centred, projection = self._centred[level], self._basis.projections[level]
        explained = centred @ fit.beta
        squares = variation - 2 * fit.beta @ (projection.T @ scores)
        squares += fit.beta @ (projection.T @ explained)
        covariance: Array = (scores - explained) / fit.inflation
        return covariance, max(float(squares), _ROUNDING * variation) / fit.inflation**2

    def _scales(self, squares: Array) -> Array:
        """Scale of each feature: every scale of fragments has the same variance a priori."""
        scale = np.empty_like(squares)
        for start, stop in zip(self._basis.groups, self._basis.groups[1:], strict=False):
            variance = squares[start:stop].sum() / max(self._masks, 1.0)
            scale[start:stop] = 1 / np.sqrt(variance) if variance > _TINY else 0.0
        return scale
