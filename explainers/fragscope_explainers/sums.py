"""Running sums over masks: what the estimators read. Memory does not grow with the masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .estimators import Array, Moments
from .fragments import Pyramid
from .regression import Basis


@dataclass(frozen=True, eq=False)
class FeatureSums:
    """Sums that a linear model needs beside those of the scores.

    Attributes
    ----------
    basis : the model's features.
    projections : those of the basis, on the device.
    shared : by level, [2, K_level, D] sum of keep bits times features.
    """

    basis: Basis
    projections: dict[int, Tensor]
    shared: dict[int, Tensor]

    @classmethod
    def zeros(cls, basis: Basis, device: torch.device) -> FeatureSums:
        """Sums before the first mask."""
        projections = {
            level: torch.from_numpy(part).to(torch.float32).to(device)
            for level, part in basis.projections.items()
        }
        shared = {
            level: torch.zeros(2, *part.shape, device=device) for level, part in projections.items()
        }
        return cls(basis, projections, shared)

    def add(self, level: int, half: int, bits: Tensor) -> None:
        """Take in keep bits [B, K_level] of one half; levels that the model leaves out are not."""
        if level in self.shared:
            self.shared[level][half].addmm_(bits.T, bits @ self.projections[level])

    def copy(self) -> FeatureSums:
        """A value of its own on the CPU that later masks do not touch."""
        shared = {level: _on_cpu(part) for level, part in self.shared.items()}
        projections = {level: part.cpu() for level, part in self.projections.items()}
        return FeatureSums(self.basis, projections, shared)


@dataclass(frozen=True, eq=False)
class FragmentSums:
    """Running sums in fragment space: every class, two halves, memory independent of N.

    Belongs to one run on one thread, which adds in place; `copy` gives a value for others.

    Attributes
    ----------
    offsets : where each level's fragments begin; one entry more than levels.
    kept : [2, K] masks of each half that kept the fragment, K over all levels.
    squares : [2, K] sum of squared keep weights; equal to `kept` for bits.
    fm : [2, K, C] sum of the scores of those masks, each less `shift`.
    count : [2, L] masks of each level.
    f, ff : [2, L, C] sum of scores less `shift`, and of their squares.
    shift : [C] scores near those of most masks. What a class that hardly varies has in common
        would drown its effects in the rounding of `fm`.
    features : sums of the linear models that these sums can fit.
    """

    offsets: tuple[int, ...]
    kept: Tensor
    squares: Tensor
    fm: Tensor
    count: Tensor
    f: Tensor
    ff: Tensor
    shift: Tensor
    features: tuple[FeatureSums, ...] = ()

    @classmethod
    def zeros(
        cls,
        pyramid: Pyramid,
        classes: int,
        device: torch.device,
        bases: tuple[Basis, ...] = (),
    ) -> FragmentSums:
        """Sums before the first mask."""
        levels, fragments = pyramid.levels, pyramid.offsets[-1]
        shapes = [(fragments,), (fragments,), (levels,), (levels, classes), (levels, classes)]
        kept, squares, count, f, ff = _zeros(shapes, device)
        # The one large array; its rounding moves an effect by millionths, its copies would cost.
        fm = torch.zeros(2, fragments, classes, dtype=torch.float32, device=device)
        sums = (kept, squares, fm, count, f, ff, torch.zeros(classes, device=device))
        features = tuple(FeatureSums.zeros(basis, device) for basis in bases)
        return cls(pyramid.offsets, *sums, features)

    def add(self, level: int, half: int, bits: Tensor, scores: Tensor) -> None:
        """Take in masks of one level and half: bits [B, K_level] and scores [B, C]."""
        here = slice(self.offsets[level], self.offsets[level + 1])
        self.kept[half, here] += bits.sum(0)
        self.squares[half, here] += bits.square().sum(0)
        scores = scores - self.shift
        self.fm[half, here].addmm_(bits.T, scores)
        for features in self.features:
            features.add(level, half, bits)
        scores = scores.to(self.f.dtype)
        self.count[half, level] += len(bits)
        self.f[half, level] += scores.sum(0)
        self.ff[half, level] += scores.square().sum(0)

    def start(self, scores: Tensor) -> None:
        """Take the scores [C] of the first mask as the shift."""
        self.shift.copy_(scores)

    def copy(self) -> FragmentSums:
        """A value of its own on the CPU that later masks do not touch."""
        kept, squares, fm = (_on_cpu(part) for part in (self.kept, self.squares, self.fm))
        count, f, ff = (_on_cpu(part) for part in (self.count, self.f, self.ff))
        features = tuple(part.copy() for part in self.features)
        shift = _on_cpu(self.shift)
        return FragmentSums(self.offsets, kept, squares, fm, count, f, ff, shift, features)

    @property
    def classes(self) -> int:
        return self.f.shape[-1]

    def moments(self, target: int, halves: Sequence[int] = (0, 1)) -> Moments:
        """Sums for one class over the given halves; each fragment has its own level's counts."""
        pick = list(halves)
        sizes = np.diff(self.offsets)
        kept, squares = (_numpy(part[pick].sum(0)) for part in (self.kept, self.squares))
        of_level = [
            np.repeat(_numpy(part[pick].sum(0)), sizes)
            for part in (self.count, self.f[..., target], self.ff[..., target])
        ]
        count, f, ff = of_level
        shift = float(self.shift[target])
        fm = _numpy(self.fm[pick, :, target].sum(0)) + shift * kept
        ff = ff + 2 * shift * f + shift**2 * count
        return Moments(count, kept, squares, f + shift * count, ff, fm)

    def kept_by(self, level: int, halves: Sequence[int]) -> tuple[float, Array]:
        """Masks of a level, and how many of them kept each fragment [K_level]."""
        pick, here = list(halves), slice(*self.offsets[level : level + 2])
        return float(self.count[pick, level].sum()), _numpy(self.kept[pick, here].sum(0))

    def shared_by(self, number: int, level: int, halves: Sequence[int]) -> Array:
        """Sum [K_level, D] of keep bits times the features of a basis."""
        return _numpy(self.features[number].shared[level][list(halves)].sum(0))

    def squares_by(self, level: int, target: int, halves: Sequence[int]) -> float:
        """Sum of the squared scores of a level's masks."""
        pick, shift = list(halves), float(self.shift[target])
        count, f, ff = (
            float(part.sum())
            for part in (
                self.count[pick, level],
                self.f[pick, level, target],
                self.ff[pick, level, target],
            )
        )
        return ff + 2 * shift * f + shift**2 * count

    def scores_by(self, level: int, target: int, halves: Sequence[int]) -> tuple[Array, float]:
        """Covariance sums [K_level] of a level's keep bits with scores; variation of the scores."""
        pick, here = list(halves), slice(*self.offsets[level : level + 2])
        count, kept = self.kept_by(level, halves)
        f, ff = (float(part[pick, level, target].sum()) for part in (self.f, self.ff))
        covariance = _numpy(self.fm[pick, here, target].sum(0)) - kept * f / max(count, 1.0)
        return covariance, ff - f * f / max(count, 1.0)


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
        """A value of its own on the CPU that later masks do not touch."""
        sums = (self.m, self.mm, self.fm, self.f, self.ff, self.count)
        return PixelSums(self.classes, *(_on_cpu(tensor) for tensor in sums))

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


def _on_cpu(tensor: Tensor) -> Tensor:
    """A copy on the CPU: whoever reads it never waits for the device's queue."""
    return tensor.clone() if tensor.device.type == "cpu" else tensor.cpu()


def _numpy(tensor: Tensor) -> Array:
    return tensor.cpu().numpy().astype(np.float64)
