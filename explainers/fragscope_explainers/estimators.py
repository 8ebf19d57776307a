"""Estimators: running sums over masks, and the effects, errors and stability they give.

A mask keeps each fragment or pixel with weight m; the classifier answers f for every class. All
estimators read the same sums, so they differ by arithmetic only:

========== ============================================= =======================================
name       formula                                       note
========== ============================================= =======================================
mean       sum f m / (N p)                               as published for RISE and MFPP
covered    sum f m / sum m                               free of how often a pixel was kept
difference sum (f - mean f)(m - mean m)                  signed; for binary m exactly
           / sum (m - mean m)^2                          mean(f | kept) - mean(f | dropped)
========== ============================================= =======================================

Masks alternate between two halves; the agreement of the halves' maps is the map's stability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .fragments import Pyramid

EstimatorName = Literal["mean", "covered", "difference"]
ESTIMATORS: tuple[EstimatorName, ...] = get_args(EstimatorName)
_TINY = 1e-12

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
        """Effect [K] of every place on f; 0 where the masks cannot tell."""
        if estimator == "mean":
            return _ratio(self.fm, np.maximum(self.count * keep_probability, _TINY))
        if estimator == "covered":
            return _ratio(self.fm, self.m)
        covariance = self.fm - _ratio(self.f * self.m, self.count)
        return _ratio(covariance, self._spread)

    def standard_error(self, estimator: EstimatorName, keep_probability: float) -> Array:
        """Standard error [K] of `effect`; infinite where the masks cannot tell.

        For "difference" it is that of a regression slope (for binary m: of the difference of two
        means with pooled variance). For "mean" and "covered" it is that of a mean over the kept
        share, with the variance of f over all masks.
        """
        if estimator == "difference":
            slope = self.effect(estimator, keep_probability)
            residual = np.maximum(self._variation - slope**2 * self._spread, 0.0)
            evidence = np.maximum(self.count - 2.0, 0.0) * self._spread
            return _or_infinite(np.sqrt(_ratio(residual, evidence)), evidence)
        kept = self.m if estimator == "covered" else self.count * keep_probability
        kept = np.where(np.asarray(self.count) > 1, kept, 0.0)
        kept = np.broadcast_to(kept, self.m.shape)
        variance = _ratio(self.ff, self.count) - _ratio(self.f, self.count) ** 2
        variance = np.broadcast_to(np.maximum(variance, 0.0), self.m.shape)
        return _or_infinite(np.sqrt(_ratio(variance, kept)), kept)

    @property
    def _spread(self) -> Array:
        return np.maximum(self.mm - _ratio(self.m**2, self.count), 0.0)

    @property
    def _variation(self) -> Array | float:
        return self.ff - _ratio(self.f * self.f, self.count)


def split_half(first: NDArray[np.floating], second: NDArray[np.floating]) -> float | None:
    """Reliability in [0, 1] of the mean of two maps, from the correlation r of the two.

    Spearman-Brown: 2 r / (1 + r); 0 for a negative correlation; None where a map is constant.
    """
    a, b = (half.ravel().astype(np.float64) for half in (first, second))
    if not all(np.isfinite(half).all() and np.ptp(half) > 0 for half in (a, b)):
        return None
    r = max(float(np.corrcoef(a, b)[0, 1]), 0.0)
    return 2 * r / (1 + r)


@dataclass(frozen=True, eq=False)
class FragmentSums:
    """Running sums in fragment space: every class, two halves, memory independent of N.

    Belongs to one run on one thread, which adds in place; `copy` gives a value for others.

    Attributes
    ----------
    offsets : where each level's fragments begin; one entry more than levels.
    kept : [2, K] masks of each half that kept the fragment, K over all levels.
    fm : [2, K, C] sum of the scores of those masks.
    count : [2, L] masks of each level.
    f, ff : [2, L, C] sum of scores and of squared scores.
    """

    offsets: tuple[int, ...]
    kept: Tensor
    fm: Tensor
    count: Tensor
    f: Tensor
    ff: Tensor

    @classmethod
    def zeros(cls, pyramid: Pyramid, classes: int, device: torch.device) -> FragmentSums:
        """Sums before the first mask."""
        levels, fragments = pyramid.levels, pyramid.offsets[-1]
        shapes = [(fragments,), (levels,), (levels, classes), (levels, classes)]
        kept, count, f, ff = _zeros(shapes, device)
        # The one large array; its rounding moves an effect by millionths, its copies would cost.
        fm = torch.zeros(2, fragments, classes, dtype=torch.float32, device=device)
        return cls(pyramid.offsets, kept, fm, count, f, ff)

    def add(self, level: int, half: int, bits: Tensor, scores: Tensor) -> None:
        """Take in masks of one level and half: bits [B, K_level] and scores [B, C]."""
        here = slice(self.offsets[level], self.offsets[level + 1])
        self.kept[half, here] += bits.sum(0)
        self.fm[half, here].addmm_(bits.T, scores)
        scores = scores.to(self.f.dtype)
        self.count[half, level] += len(bits)
        self.f[half, level] += scores.sum(0)
        self.ff[half, level] += scores.square().sum(0)

    def copy(self) -> FragmentSums:
        """A value of its own that later masks do not touch."""
        sums = (self.kept, self.fm, self.count, self.f, self.ff)
        return FragmentSums(self.offsets, *(tensor.clone() for tensor in sums))

    @property
    def classes(self) -> int:
        return self.f.shape[-1]

    def moments(self, target: int, halves: Sequence[int] = (0, 1)) -> Moments:
        """Sums for one class over the given halves; each fragment has its own level's counts."""
        pick = list(halves)
        sizes = np.diff(self.offsets)
        kept = _numpy(self.kept[pick].sum(0))
        of_level = [
            np.repeat(_numpy(part[pick].sum(0)), sizes)
            for part in (self.count, self.f[..., target], self.ff[..., target])
        ]
        count, f, ff = of_level
        return Moments(count, kept, kept, f, ff, _numpy(self.fm[pick, :, target].sum(0)))


@dataclass(frozen=True, eq=False)
class PixelSums:
    """Running sums in pixel space, for masks that are not made of fixed fragments.

    Keeps sums of the given classes only; memory independent of N. Added to in place by one thread.

    Attributes
    ----------
    classes : T class indices.
    m, mm : [2, P] sum of the masks and of their squares, by half.
    fm : [2, T, P] sum of score times mask for each class.
    f, ff : [2, T] sum of scores and of squared scores; count : [2] masks.
    """

    classes: tuple[int, ...]
    m: Tensor
    mm: Tensor
    fm: Tensor
    f: Tensor
    ff: Tensor
    count: Tensor

    @classmethod
    def zeros(cls, pixels: int, classes: Sequence[int], device: torch.device) -> PixelSums:
        """Sums before the first mask."""
        t = len(classes)
        shapes = [(pixels,), (pixels,), (t, pixels), (t,), (t,), ()]
        return cls(tuple(classes), *_zeros(shapes, device))

    def add(self, half: int, masks: Tensor, scores: Tensor) -> None:
        """Take in masks [B, P] of one half and the scores [B, C] of all classes."""
        masks = masks.to(self.f.dtype)
        watched = scores[:, list(self.classes)].to(self.f.dtype)
        self.m[half] += masks.sum(0)
        self.mm[half] += masks.square().sum(0)
        self.fm[half].addmm_(watched.T, masks)
        self.f[half] += watched.sum(0)
        self.ff[half] += watched.square().sum(0)
        self.count[half] += len(masks)

    def copy(self) -> PixelSums:
        """A value of its own that later masks do not touch."""
        sums = (self.m, self.mm, self.fm, self.f, self.ff, self.count)
        return PixelSums(self.classes, *(tensor.clone() for tensor in sums))

    def moments(self, target: int, halves: Sequence[int] = (0, 1)) -> Moments:
        """Sums for one of the kept classes over the given halves."""
        pick, row = list(halves), self.classes.index(target)
        return Moments(
            float(self.count[pick].sum()),
            _numpy(self.m[pick].sum(0)),
            _numpy(self.mm[pick].sum(0)),
            float(self.f[pick, row].sum()),
            float(self.ff[pick, row].sum()),
            _numpy(self.fm[pick, row].sum(0)),
        )


def _zeros(shapes: Sequence[tuple[int, ...]], device: torch.device) -> list[Tensor]:
    """Zeros [2, *shape] for each shape, in double precision where the device has it.

    The variance of a confident class is a tiny difference of large sums: in single precision
    its standard errors fall to zero after some ten thousand masks.
    """
    dtype = torch.float32 if device.type == "mps" else torch.float64
    return [torch.zeros(2, *shape, dtype=dtype, device=device) for shape in shapes]


def _numpy(tensor: Tensor) -> Array:
    return tensor.cpu().numpy().astype(np.float64)


def _ratio(numerator: Array | float, denominator: Array | float) -> Array:
    top, bottom = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    return np.divide(top, bottom, out=np.zeros(shape), where=np.abs(bottom) > _TINY)


def _or_infinite(values: Array, evidence: Array) -> Array:
    return np.where(evidence > _TINY, values, np.inf)
