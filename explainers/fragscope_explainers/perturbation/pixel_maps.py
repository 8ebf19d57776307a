"""Sums and snapshots of mask methods whose masks are not made of fixed fragments."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from torch import Tensor

from ..errors import UnknownNameError
from ..estimators import SIGNED, EstimatorName, split_half
from ..sums import PixelSums
from ..types import Classifier, FloatArray, Request, Snapshot, read_only


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelSnapshot(Snapshot):
    """State of a run as sums over pixels; maps are computed when asked for."""

    sums: PixelSums
    shape: tuple[int, int]
    estimator: EstimatorName
    keep_probability: float

    @property
    def is_signed(self) -> bool:
        return self.estimator in SIGNED

    @property
    def targets(self) -> Container[int]:
        return self.sums.classes

    def saliency(self, target: int) -> FloatArray:
        return self._map(target, (0, 1))

    def standard_error(self, target: int) -> FloatArray | None:
        moments = self.sums.moments(self._known(target))
        error = moments.standard_error(self.estimator, self.keep_probability)
        return read_only(error.reshape(self.shape))

    def stability(self, target: int) -> float | None:
        if self.done < 4:
            return None
        return split_half(self._map(target, (0,)), self._map(target, (1,)))

    def _map(self, target: int, halves: tuple[int, ...]) -> FloatArray:
        moments = self.sums.moments(self._known(target), halves)
        effect = moments.effect(self.estimator, self.keep_probability)
        return read_only(effect.reshape(self.shape))

    def _known(self, target: int) -> int:
        if target not in self.sums.classes:
            raise UnknownNameError("target", str(target), [str(t) for t in self.sums.classes])
        return target


class PixelMaps:
    """Keeps pixel sums of the watched classes of one run.

    Parameters
    ----------
    estimator : how the sums become a map.
    keep : the keep probability that "mean" divides by.
    """

    def __init__(
        self, classifier: Classifier, request: Request, estimator: EstimatorName, keep: float
    ) -> None:
        height, width = classifier.input_size
        self._shape, self._estimator, self._keep = (height, width), estimator, keep
        self._sums = PixelSums.zeros(height * width, request.classes, classifier.device)
        self._added = 0

    def add(self, masks: Tensor, scores: Tensor) -> None:
        """Take in masks [B, h, w] and scores [B, C]; masks alternate between two halves."""
        flat = masks.flatten(1)
        for first in range(min(2, len(flat))):
            self._sums.add((self._added + first) % 2, flat[first::2], scores[first::2])
        self._added += len(flat)

    def snapshot(self, done: int, total: int) -> PixelSnapshot:
        """The state as a value."""
        return PixelSnapshot(
            done=done,
            total=total,
            forwards=done,
            sums=self._sums.copy(),
            shape=self._shape,
            estimator=self._estimator,
            keep_probability=self._keep,
        )
