"""What all explainers share: checks in one place, and the pace of snapshots."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from .access import refusal
from .errors import ModelError, ParameterError, UnknownNameError, UnsupportedError
from .parameters import parameters
from .translation import tr
from .types import Access, Classifier, Request, Snapshot

_SNAPSHOT_SHARE = 0.04
"""Most time that snapshots may take, as a share of the run's."""


@dataclass(frozen=True)
class Explainer(ABC):
    """A method with its parameters: the dataclass fields, checked when one is made.

    Subclasses implement `_run`. `explain` wraps it with the checks that all methods need.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[str]
    unit: ClassVar[str] = "probability"
    """What a map's values are in; maps of one unit can share a colour range."""
    access: ClassVar[Access] = "probabilities"
    all_classes: ClassVar[bool] = False
    """Whether one run answers for every class."""

    def __post_init__(self) -> None:
        for parameter in parameters(self):
            parameter.check(getattr(self, parameter.name), self.name)

    def explain(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        """Explain a request, one snapshot after another; the last one is the result.

        Control returns after every batch, so that a caller can stop or turn to other work. The
        same snapshot may come again while the next one is not due (`Request.refresh`).

        Raises
        ------
        UnsupportedError
            The method needs more of the classifier than it offers.
        UnknownNameError
            The target is not one of the classes.
        ModelError
            The classifier answers with values that are not finite.
        """
        self._check(classifier, request)
        last: Snapshot | None = None
        for snapshot in self._run(classifier, request):
            if snapshot is not last:
                _check_finite(snapshot, request.target, self.name)
            last = snapshot
            yield snapshot

    def note(self, snapshot: Snapshot, target: int) -> str:
        """What is odd about a result, in a sentence that says what to try; empty for nothing."""
        return ""

    @abstractmethod
    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        """Yield snapshots after every batch; never inside `no_grad` or `inference_mode`."""

    def _check(self, classifier: Classifier, request: Request) -> None:
        why = refusal(self.name, self.access, classifier)
        if why:
            raise UnsupportedError(why)
        classes = len(classifier.labels)
        for target in request.classes:
            if not 0 <= target < classes:
                raise UnknownNameError(
                    "target", str(target), [tr("0 to {classes}", classes=classes - 1)]
                )
        if request.input.geometry.input_size != tuple(classifier.input_size):
            raise ParameterError(
                tr(
                    "the input is {input_size}, the model takes {expected}",
                    input_size=request.input.geometry.input_size,
                    expected=tuple(classifier.input_size),
                )
            )


def final(snapshots: Iterator[Snapshot]) -> Snapshot:
    """Exhaust an iterator of snapshots and return the last one.

    Raises
    ------
    ParameterError
        There was none.
    """
    last = deque(snapshots, maxlen=1)
    if not last:
        raise ParameterError(tr("the run gave no snapshot"))
    return last[0]


class Pace:
    """Tells when the next fresh snapshot is due: the first, the last, and every few moments.

    Snapshots that take long come less often, so that they stay a small share of the time.

    Parameters
    ----------
    refresh : least seconds between two; 0 makes every batch give one.
    """

    def __init__(self, refresh: float) -> None:
        self._refresh = refresh
        self._due = -np.inf

    def is_due(self, done: int, total: int) -> bool:
        now = time.monotonic()
        if now < self._due and done < total:
            return False
        self._due = now + self._refresh
        return True

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take the time of making a snapshot; the next one waits for a multiple of it."""
        started = time.monotonic()
        yield
        seconds = time.monotonic() - started
        if self._refresh > 0:
            self._due = max(self._due, started + seconds / _SNAPSHOT_SHARE)


def planned_steps(explainer: Explainer) -> int:
    """Most steps that a run takes: the value of the field that counts them, its budget, or 1."""
    for field in fields(explainer):
        if field.name in ("masks", "samples", "steps"):
            return int(getattr(explainer, field.name)) or int(getattr(explainer, "budget", 1))
    return 1


def _check_finite(snapshot: Snapshot, target: int, name: str) -> None:
    if not np.isfinite(snapshot.saliency(target)).all():
        raise ModelError(
            tr(
                "{name}: the map has values that are not finite numbers, because the model's "
                "answers or gradients are not; check its preprocessing and precision, or choose "
                "another method",
                name=name,
            )
        )
