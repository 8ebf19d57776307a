"""The loop that all mask methods share: draw, mask, score, accumulate, snapshot, stop."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from ..batching import Batcher
from ..errors import ModelError
from ..explainer import Explainer, Pace
from ..fills import fill_values
from ..parameters import parameter
from ..translation import tr
from ..types import Classifier, Request, Snapshot

Draw = TypeVar("Draw")

AUTO = 0
"""Number of masks that stands for: stop once the map is stable, or at the budget."""
_FIRST_LOOK = 100
_LOOK_SHARE = 0.1
_COSTLY_LOOK_SHARE = 1.0
_BATCHES_IN_FLIGHT = 4


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


def masks_parameter(default: int = AUTO) -> Any:
    """Declare the field that counts masks; 0 means "auto"."""
    return parameter(
        default,
        tr("Masks"),
        tr("Masked inputs to score; auto stops once the map is stable, or at the budget."),
        minimum=0,
        maximum=10**6,
        zero="auto",
    )


def budget_parameter(default: int) -> Any:
    """Declare the field that bounds the masks of an automatic run."""
    return parameter(
        default,
        tr("Budget"),
        tr("Most masks where their number is auto."),
        minimum=1,
        maximum=10**6,
    )


def stable_parameter() -> Any:
    """Declare the field that says when an automatic run may stop."""
    return parameter(
        0.95,
        tr("Stable at"),
        tr("Stability, from the agreement of two halves, at which auto stops."),
        minimum=0.5,
        maximum=1,
    )


@dataclass(frozen=True)
class MaskExplainer(Explainer, Generic[Draw]):
    """A black-box method that scores masked inputs; its fields say how many."""

    @abstractmethod
    def _accumulator(self, classifier: Classifier, request: Request) -> Accumulator[Draw]:
        """Sums and mask source for a new run."""

    @property
    @abstractmethod
    def _total(self) -> int:
        """Number of masks, the most where it is automatic."""

    @property
    def _stop_at(self) -> float | None:
        """Stability at which the run stops by itself, or None where it does not."""
        return None

    def _score(self, classifier: Classifier, batch: Tensor) -> Tensor:
        """Scores [B, classes] of masked inputs [B, C, h, w]."""
        return classifier.probabilities(batch)

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        run = _MaskRun(self, classifier, request)
        for end in self._looks():
            yield from run.advance(end)
            if self._stop_at is not None and end < self._total:
                newest = run.newest()
                if (newest.stability(request.target) or 0.0) >= self._stop_at:
                    yield replace(newest, total=end)
                    return

    def _looks(self) -> Iterator[int]:
        """Mask counts at which to look whether the map is stable; the last is the total.

        They are the same whatever the batches and the clock.
        """
        done = 0
        while self._stop_at is not None and done < self._total:
            done = max(_FIRST_LOOK, done + max(_FIRST_LOOK // 2, int(self._look_share * done)))
            if done < self._total:
                yield done
        yield self._total

    @property
    def _look_share(self) -> float:
        """How many more masks to wait for, as a share of those before; costly maps wait longer."""
        costly = getattr(self, "estimator", "") in ("ridge", "pyramid")
        return _COSTLY_LOOK_SHARE if costly else _LOOK_SHARE


class _MaskRun(Generic[Draw]):
    """One run of a method: draws, masks, asks and adds up, batch after batch."""

    def __init__(
        self, explainer: MaskExplainer[Draw], classifier: Classifier, request: Request
    ) -> None:
        self._explainer, self._classifier, self._request = explainer, classifier, request
        self._sums = explainer._accumulator(classifier, request)
        self._mask_input = InputMasker(classifier, request)
        self._answers = _Answers(len(classifier.labels), explainer.name)
        self._batcher, self._pace = Batcher.of(classifier, request), Pace(request.refresh)
        self._done, self._total = 0, explainer._total
        self._snapshot: Snapshot | None = None

    def advance(self, end: int) -> Iterator[Snapshot]:
        """Score masks until `end` of them are done; a snapshot after every batch."""
        for start, stop in self._batcher.ranges(end - self._done):
            self._score(stop - start)
            if self._pace.is_due(self._done, self._total):
                with self._pace.timed():
                    snapshot = self.newest()
                    snapshot.saliency(self._request.target)  # what it costs once, it costs here
                    snapshot.stability(self._request.target)
            if self._snapshot is not None:
                yield self._snapshot

    def newest(self) -> Snapshot:
        """The state of all masks so far.

        Raises
        ------
        ModelError
            One of the answers is not finite.
        """
        if self._snapshot is None or self._snapshot.done != self._done:
            self._answers.settle()
            self._snapshot = self._sums.snapshot(self._done, self._total)
        return self._snapshot

    def _score(self, masks: int) -> None:
        draw = self._sums.draw(masks)

        def score(start: int, stop: int) -> Tensor:
            batch = self._mask_input(self._sums.masks(draw, start, stop))
            return self._explainer._score(self._classifier, batch)

        self._sums.add(draw, self._answers.check(self._batcher.run(score, masks), masks))
        self._done += masks


class InputMasker:
    """Puts the fill where a mask drops the input: x m + fill (1 - m)."""

    def __init__(self, classifier: Classifier, request: Request) -> None:
        values = request.input.tensor(classifier.device)
        fill = torch.tensor(fill_values(request.fill, request.input), device=classifier.device)
        self._fill, self._change = fill, values - fill

    def __call__(self, masks: Tensor) -> Tensor:
        """Masked inputs [B, C, h, w] of masks [B, h, w]."""
        return torch.addcmul(self._fill, self._change, masks[:, None])


class _Answers:
    """Checks the scores of a run. On a GPU it neither waits for each batch nor runs far ahead."""

    def __init__(self, classes: int, name: str) -> None:
        self._classes, self._name = classes, name
        self._finite: Tensor | None = None
        self._in_flight: deque[torch.cuda.Event] = deque()

    def check(self, scores: Tensor, masks: int) -> Tensor:
        """The scores, whose shape is right; whether they are finite is seen when settling."""
        expected = (masks, self._classes)
        if tuple(scores.shape) != expected:
            raise ModelError(
                tr(
                    "{name}: the model answered with shape {shape}, "
                    "expected one score for every input and class, {expected}",
                    name=self._name,
                    shape=tuple(scores.shape),
                    expected=expected,
                )
            )
        finite = torch.isfinite(scores).all()
        self._finite = finite if self._finite is None else self._finite & finite
        if scores.is_cuda:
            self._wait_for_earlier_batches()
        return scores

    def settle(self) -> None:
        """Raise ModelError where a score so far is not finite."""
        if self._finite is not None and not bool(self._finite):
            raise ModelError(
                tr(
                    "{name}: the model returns NaN or infinity for masked inputs, so its "
                    "answers cannot be averaged; check its preprocessing and precision",
                    name=self._name,
                )
            )

    def _wait_for_earlier_batches(self) -> None:
        """Let only some batches wait on the device, so that a cancel is answered soon."""
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record()
        self._in_flight.append(done)
        if len(self._in_flight) > _BATCHES_IN_FLIGHT:
            self._in_flight.popleft().synchronize()
