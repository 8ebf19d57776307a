"""Regressions for masks that are not made of fragments: the masks as square blocks see them.

A soft mask over all pixels is too much for a regression. Its means over square blocks, a quarter
of a grid cell wide, keep what the mask is made of; the blocks of half cells and whole cells are the
coarser levels that the "pyramid" and "assisted" estimators share information with.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..effects import FragmentEffects, bases_for
from ..estimators import Array, EstimatorName, split_half
from ..fragments import Pyramid
from ..sums import FragmentSums
from ..types import Classifier, FloatArray, Snapshot, read_only

_PARTS = (1, 2, 4)
_FINEST = len(_PARTS) - 1


def block_pyramid(size: tuple[int, int], cells: int) -> Pyramid:
    """Square blocks of an input at three levels: cells x cells, and each cut in 2 x 2 and 4 x 4."""
    levels = []
    for parts in _PARTS:
        sides = [min(cells * parts, length) for length in size]
        rows, columns = (
            np.arange(length) * side // length for length, side in zip(size, sides, strict=True)
        )
        levels.append(rows[:, None] * sides[1] + columns)
    labels = np.stack(levels).astype(np.int32)
    counts = tuple(int(level.max()) + 1 for level in labels)
    return Pyramid(labels, counts, counts)


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockSnapshot(Snapshot):
    """State of a run as sums over blocks; answers for every class."""

    blocks: Pyramid
    sums: FragmentSums
    estimator: EstimatorName
    side: tuple[int, int]

    @property
    def is_signed(self) -> bool:
        return True

    @property
    def targets(self) -> Container[int]:
        return range(self.sums.classes)

    def saliency(self, target: int) -> FloatArray:
        return self._paint(self._of_all.of(target)[0])

    def standard_error(self, target: int) -> FloatArray | None:
        errors = self._of_all.of(target)[1]
        known = np.where(np.isfinite(errors), errors, 0.0)
        told = self._paint(known**2)
        unknown = self._paint(np.isinf(errors).astype(np.float64)) > 0
        return read_only(np.where(unknown, np.inf, np.sqrt(np.maximum(told, 0.0))))

    def stability(self, target: int) -> float | None:
        if self.done < 4:
            return None
        return split_half(*(self._paint(e.of(target)[0]) for e in self._of_halves))

    def _paint(self, values: Array) -> FloatArray:
        """A map [h, w], smooth as the masks are, of the values of all blocks."""
        start, stop = self.blocks.offsets[_FINEST:]
        if self.estimator == "pyramid":
            fine = self.blocks.paint(values, [1.0] * self.blocks.levels)
            return read_only(fine)
        own = values if len(values) == stop - start else values[start:stop]
        grid = torch.tensor(own.reshape(1, 1, *self.side))
        size = self.blocks.labels.shape[1:]
        smooth = functional.interpolate(grid, size, mode="bilinear", align_corners=False)
        return read_only(smooth[0, 0].numpy())

    @cached_property
    def _of_all(self) -> FragmentEffects:
        return FragmentEffects(self.sums, self.estimator, 1.0)

    @cached_property
    def _of_halves(self) -> list[FragmentEffects]:
        return [FragmentEffects(self.sums, self.estimator, 1.0, [half]) for half in (0, 1)]


class BlockMaps:
    """Keeps the sums of one run.

    Parameters
    ----------
    cells : grid cells a side of the masks.
    """

    def __init__(self, classifier: Classifier, estimator: EstimatorName, cells: int) -> None:
        height, width = classifier.input_size
        self._pyramid = block_pyramid((height, width), cells)
        self._estimator = estimator
        sides = [min(cells * _PARTS[-1], length) for length in (height, width)]
        self._means = [
            _averages(length, side).to(classifier.device)
            for length, side in zip((height, width), sides, strict=True)
        ]
        self._side = (sides[0], sides[1])
        bases = bases_for(estimator, self._pyramid, [_FINEST])
        labels = len(classifier.labels)
        self._sums = FragmentSums.zeros(self._pyramid, labels, classifier.device, bases)
        self._added = 0

    def add(self, masks: Tensor, scores: Tensor) -> None:
        """Take in masks [B, h, w] and scores [B, C]; masks alternate between two halves."""
        if self._added == 0:
            self._sums.start(scores[0])
        rows, columns = self._means
        blocks = (rows @ masks @ columns.T).flatten(1)
        for first in range(min(2, len(blocks))):
            half = (self._added + first) % 2
            self._sums.add(_FINEST, half, blocks[first::2], scores[first::2])
        self._added += len(blocks)

    def snapshot(self, done: int, total: int) -> BlockSnapshot:
        """The state as a value."""
        return BlockSnapshot(
            done=done,
            total=total,
            forwards=done,
            blocks=self._pyramid,
            sums=self._sums.copy(),
            estimator=self._estimator,
            side=self._side,
        )


def _averages(length: int, side: int) -> Tensor:
    """Matrix [side, length] that averages pixels over the blocks of one axis."""
    block = torch.arange(length) * side // length
    members = functional.one_hot(block, side).T.to(torch.float32)
    return members / members.sum(1, keepdim=True)
