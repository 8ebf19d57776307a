"""A classifier from something that only answers: a compiled file, a function, a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..batching import BatchTuner, Work
from ..preprocessing import Preprocessing
from .loaded import LoadedClassifier
from .outputs import Outputs
from .torch_classifier import adapt

Answer = NDArray[Any] | Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]]


class Runner(Protocol):
    """Answers batches in a model's own layout and type."""

    @property
    def name(self) -> str:
        """What reports and the window call it, such as "OpenVINO f32"."""

    @property
    def batches(self) -> tuple[int, int, int]:
        """Pictures a batch: at first, at least and at most."""

    @property
    def fixed_batch(self) -> int | None:
        """The one batch length that it takes, or None where it takes any."""

    def answer(self, batch: NDArray[Any]) -> Answer:
        """What the model says of a batch in its layout and type, one row a picture.

        Raises
        ------
        ModelError
            It gives no answer; the sentence says why.
        """

    def close(self) -> None:
        """Give back connections and files."""


class BlackBoxClassifier(LoadedClassifier):
    """A classifier without gradients around a runner.

    Parameters
    ----------
    runner : answers batches; one with a fixed batch length is asked in pieces, the last padded.
    **known : see `LoadedClassifier`.
    """

    def __init__(
        self,
        runner: Runner,
        labels: Sequence[str],
        preprocessing: Preprocessing,
        name: str,
        weights_hash: str = "",
        outputs: Outputs | None = None,
    ) -> None:
        super().__init__(labels, preprocessing, name, "cpu", weights_hash, outputs)
        self.runner = runner
        self._tuner = BatchTuner(*runner.batches)

    @property
    def engine_name(self) -> str:
        return self.runner.name

    def tuner(self, work: Work) -> BatchTuner:
        return self._tuner

    def probabilities(self, batch: Tensor) -> Tensor:
        given = adapt(batch.detach().cpu(), self.preprocessing.layout, self.preprocessing.dtype)
        logits = self.outputs.logits(raw_answers(self.runner, given, self.outputs))
        return self.outputs.probabilities(self._check_shape(logits, len(batch)))

    def close(self) -> None:
        self.runner.close()


def as_element(batch: NDArray[Any], element: np.dtype[Any]) -> NDArray[Any]:
    """A batch in the type of a model's input; signed bytes stand for 128 less, as in TFLite."""
    if element == np.int8 and batch.dtype == np.uint8:
        batch = batch.astype(np.int16) - 128
    return batch.astype(element, copy=False)


def raw_answers(
    runner: Runner,
    given: Tensor,
    outputs: Outputs,
    seen: Callable[[Answer], None] = lambda _: None,
) -> Tensor:
    """A runner's own numbers [B, K] float32 for a batch in its layout and type.

    Where its batch length is fixed, it is asked in pieces, and the last one is padded.

    Parameters
    ----------
    seen : given every answer as it came.
    """
    length = runner.fixed_batch or len(given)
    rows = []
    for part in torch.split(given, length):
        padding = part[:1].expand(length - len(part), *part.shape[1:])
        answer = runner.answer(np.ascontiguousarray(torch.cat([part, padding]).numpy()))
        seen(answer)
        rows.append(outputs.raw(answer)[: len(part)].float())
    return torch.cat(rows)
