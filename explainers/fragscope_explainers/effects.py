"""Effects of fragments by any estimator, from the running sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .errors import ParameterError
from .estimators import TINY, Array, EstimatorName, or_infinite, ratio
from .fragments import Pyramid
from .regression import Basis, LinearModel, kept_shares, own_bits
from .sums import FragmentSums
from .translation import tr

_MOST_ASSISTING = 250
"""Features of the model behind "assisted": more explain little more, and cost time."""
_MOST_FEATURES = 4000
_LEAST_RESIDUAL = 0.5
"""Least weight of the residuals' difference: with none, fine fragments would get coarse effects."""


class FragmentEffects:
    """Effects of all fragments and their errors, by any estimator, for any class.

    What does not depend on the class is computed once, the rest when a class is first asked for.

    Parameters
    ----------
    sums : made with `bases_for` the estimator.
    keep : the keep probability that "mean" divides by.
    halves : which halves of the masks to use.
    """

    def __init__(
        self,
        sums: FragmentSums,
        estimator: EstimatorName,
        keep: float,
        halves: Sequence[int] = (0, 1),
    ) -> None:
        self._sums, self._estimator, self._keep, self._halves = sums, estimator, keep, halves
        self._models = tuple(LinearModel(sums, n, halves) for n in range(len(sums.features)))
        self._known: dict[int, tuple[Array, Array]] = {}

    def of(self, target: int) -> tuple[Array, Array]:
        """Effect and standard error [K] of every fragment, level after level.

        The effect is 0 and its error infinite where the masks cannot tell. Who asks again, such as
        a pointer that moves, gets the same arrays.
        """
        if target not in self._known:
            effects, errors = self._estimate(target)
            effects.flags.writeable = errors.flags.writeable = False
            self._known[target] = effects, errors
        return self._known[target]

    def _estimate(self, target: int) -> tuple[Array, Array]:
        if self._estimator == "ridge":
            parts = [self._coefficients(model, target) for model in self._models]
            effects, errors = (np.concatenate(column) for column in zip(*parts, strict=True))
            return effects, errors
        if self._estimator == "pyramid":
            return self._coefficients(self._models[0], target)
        if self._estimator == "assisted" and self._models:
            return self._assisted(self._models[0], target)
        moments = self._sums.moments(target, self._halves)
        plain = "difference" if self._estimator == "assisted" else self._estimator
        return moments.effect(plain, self._keep), moments.standard_error(plain, self._keep)

    def _coefficients(self, model: LinearModel, target: int) -> tuple[Array, Array]:
        fit = model.fit(target)
        return fit.beta, model.coefficient_errors(fit)

    def _assisted(self, model: LinearModel, target: int) -> tuple[Array, Array]:
        """The model's effect plus the difference of its residuals, kept minus dropped.

        Where noise makes up most of the residuals' differences, they count less, down to half.
        """
        effects = np.zeros(self._sums.offsets[-1])
        errors = np.full_like(effects, np.inf)
        moments = self._sums.moments(target, self._halves)
        fit = model.fit(target)
        for level in model.levels:
            here = slice(*self._sums.offsets[level : level + 2])
            count, _ = self._sums.kept_by(level, self._halves)
            spread = moments.spread[here]
            covariance, variation = model.residual_covariance(level, target, fit)
            effects[here] = ratio(covariance, spread)
            # No fragment explains all: few masks that happen to agree tell of no certainty.
            least = variation / max(count, 1.0)
            unexplained = np.maximum(variation - effects[here] ** 2 * spread, least)
            evidence = max(count - 2.0, 0.0) * spread
            errors[here] = or_infinite(np.sqrt(ratio(unexplained, evidence)), evidence)
            weight = _signal_share(effects[here], errors[here])
            slopes, variances = model.slopes(level, fit)
            effects[here] = weight * effects[here] + np.where(spread > TINY, slopes, 0.0)
            # The residuals correct their weight's share of the model's own error.
            left = (1 - weight) ** 2 * variances
            errors[here] = np.sqrt((weight * errors[here]) ** 2 + left)
        return effects, errors


def bases_for(
    estimator: EstimatorName, pyramid: Pyramid, levels: Sequence[int] | None = None
) -> tuple[Basis, ...]:
    """Features whose sums an estimator needs, for masks drawn at some levels or at all.

    None where even the coarsest level is too fine for "assisted", which then is "difference".

    Raises
    ------
    ParameterError
        A regression on so many fragments would take minutes and gigabytes.
    """
    drawn = range(pyramid.levels) if levels is None else levels
    if estimator in ("ridge", "pyramid"):
        own = [pyramid.counts[level] for level in drawn]
        _check_size(estimator, max(own) if estimator == "ridge" else sum(pyramid.counts))
    if estimator == "ridge":
        return own_bits(pyramid, drawn)
    if estimator == "pyramid":
        return (kept_shares(pyramid, range(pyramid.levels), drawn),)
    if estimator == "assisted":
        coarse = int((np.cumsum(pyramid.counts) <= _MOST_ASSISTING).sum())
        return (kept_shares(pyramid, range(coarse), drawn),) if coarse else ()
    return ()


def _check_size(estimator: EstimatorName, features: int) -> None:
    if features > _MOST_FEATURES:
        raise ParameterError(
            tr(
                "the estimator {estimator} is meant for {most_features:,} fragments at most, and "
                "there are {features:,}; choose fewer or coarser scales (rise: cells), or assisted",
                estimator=estimator,
                most_features=_MOST_FEATURES,
                features=features,
            )
        )


def _signal_share(effects: Array, errors: Array) -> float:
    """Share of the effects' variance that is not noise, or `_LEAST_RESIDUAL` if that is more."""
    known = np.isfinite(errors)
    variance = float(effects[known].var()) if known.any() else 0.0
    if variance <= 0:
        return 1.0
    return max(_LEAST_RESIDUAL, 1 - float((errors[known] ** 2).mean()) / variance)
