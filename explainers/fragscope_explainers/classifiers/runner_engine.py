"""A runner in a shorter arithmetic, as the engine of the same model in f32."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from torch import Tensor

from ..batching import BatchTuner
from ..types import Precision
from .black_box import BlackBoxClassifier, Runner


@runtime_checkable
class PreciseRunner(Runner, Protocol):
    """A runner that can compute in several arithmetics."""

    precision: Precision

    def in_precision(self, precision: Precision) -> Self:
        """The same model in another arithmetic, or in f32 where that one is not known here."""


class RunnerEngine:
    """Answers a black box's queries faster and less exactly.

    Attributes
    ----------
    precision : arithmetic it computes in.
    """

    def __init__(self, runner: PreciseRunner, original: BlackBoxClassifier) -> None:
        self.precision: Precision = runner.precision
        self._classifier = BlackBoxClassifier(
            runner,
            original.labels,
            original.preprocessing,
            original.name,
            original.weights_hash,
            original.outputs,
        )

    @property
    def name(self) -> str:
        """What reports and the window call it."""
        return self._classifier.engine_name

    @property
    def tuner(self) -> BatchTuner:
        """Finds the batch size that suits it."""
        return self._classifier.tuner("forward")

    def probabilities(self, batch: Tensor) -> Tensor:
        """Probabilities [B, C] of preprocessed pictures [B, channels, h, w]."""
        return self._classifier.probabilities(batch)


def runner_engine(classifier: BlackBoxClassifier, precision: Precision) -> RunnerEngine | None:
    """The engine for another precision than f32; None where the runner has only its own."""
    if precision == "f32" or not isinstance(classifier.runner, PreciseRunner):
        return None
    return RunnerEngine(classifier.runner.in_precision(precision), classifier)
