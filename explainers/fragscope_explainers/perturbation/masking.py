"""The loop that all mask methods share: draw, mask, score, accumulate, snapshot."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from ..batching import Batcher
from ..errors import ModelError
from ..explainer import Explainer, Pace
from ..fills import fill_values
from ..types import Classifier, Request, Snapshot

Draw = TypeVar("Draw")


class Accumulator(Protocol[Draw]):
    """Draws masks and keeps the sums of one run."""

    def draw(self, masks: int) -> Draw:
        """The next masks, in whatever form suits the method."""

    def masks(self, draw: Draw, start: int, stop: int) -> Tensor:
        """Masks [stop - start, h, w] in [0, 1] of part of a draw; 1 keeps a pixel."""

    def add(self, draw: Draw, scores: Tensor) -> None:
        """Take in the scores [B, C] of a whole draw."""

    def snapshot(self, done: int, total: int) -> Snapshot:
        """The state as a value."""


@dataclass(frozen=True)
class MaskExplainer(Explainer, Generic[Draw]):
    """A black-box method that scores `masks` masked inputs."""

    @abstractmethod
    def _accumulator(self, classifier: Classifier, request: Request) -> Accumulator[Draw]:
        """Sums and mask source for a new run."""

    @property
    @abstractmethod
    def _total(self) -> int:
        """Number of masks."""

    def _score(self, classifier: Classifier, batch: Tensor) -> Tensor:
        """Scores [B, C] of masked inputs [B, 3, h, w]."""
        return classifier.probabilities(batch)

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        sums = self._accumulator(classifier, request)
        mask_input = InputMasker(classifier, request)
        batcher = Batcher.of(classifier, request)
        pace = Pace(request.refresh)
        snapshot: Snapshot | None = None
        for start, stop in batcher.ranges(self._total):
            draw = sums.draw(stop - start)

            def score(first: int, last: int, draw: Draw = draw) -> Tensor:
                return self._score(classifier, mask_input(sums.masks(draw, first, last)))

            scores = batcher.run(score, stop - start)
            _check_scores(scores, (stop - start, len(classifier.labels)), self.name)
            sums.add(draw, scores)
            if pace.is_due(stop, self._total):
                snapshot = sums.snapshot(stop, self._total)
            if snapshot is not None:
                yield snapshot


class InputMasker:
    """Puts the fill where a mask drops the input: x m + fill (1 - m)."""

    def __init__(self, classifier: Classifier, request: Request) -> None:
        values = request.input.tensor(classifier.device)
        fill = torch.tensor(fill_values(request.fill, request.input), device=classifier.device)
        self._fill, self._change = fill, values - fill

    def __call__(self, masks: Tensor) -> Tensor:
        """Masked inputs [B, 3, h, w] of masks [B, h, w]."""
        return torch.addcmul(self._fill, self._change, masks[:, None])


def _check_scores(scores: Tensor, expected: tuple[int, int], name: str) -> None:
    if tuple(scores.shape) != expected:
        raise ModelError(
            f"{name}: the model answered with shape {tuple(scores.shape)}, "
            f"expected one score for every input and class, {expected}"
        )
    if not bool(torch.isfinite(scores).all()):
        raise ModelError(
            f"{name}: the model returns NaN or infinity for masked inputs, so its answers cannot "
            "be averaged; check its preprocessing and precision"
        )
