"""A classifier from a torch module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..batching import BatchTuner, Work
from ..errors import ModelError
from ..preprocessing import ModelInput, Preprocessing

if TYPE_CHECKING:
    from .engines import Engine

_CPU_BATCHES = (8, 2, 64)  # start, smallest, largest: on two cores 64 is slower than 8
_GPU_BATCHES = (64, 16, 1024)


class TorchClassifier:
    """A differentiable classifier around a torch module in evaluation mode.

    Parameters
    ----------
    module : maps [B, 3, h, w] to logits [B, C].
    labels : one name a class.
    preprocessing : how a picture becomes this module's input.
    name : what the model is called in titles and reports.
    device : where to run.
    weights_hash : sha256 of the weights, for reports.

    Attributes
    ----------
    engine : a faster engine for queries without gradients, once one is there; whoever uses it
        compares it with this classifier first (`PictureClassifier`).
    """

    def __init__(
        self,
        module: nn.Module,
        labels: Sequence[str],
        preprocessing: Preprocessing,
        name: str,
        device: torch.device | str = "cpu",
        weights_hash: str = "",
    ) -> None:
        self.device = torch.device(device)
        self.engine: Engine | None = None
        placed = module.eval().to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.module: nn.Module = placed
        self.labels = tuple(labels)
        self.preprocessing = preprocessing
        self.name = name
        self.weights_hash = weights_hash
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)
        sizes = _CPU_BATCHES if self.device.type == "cpu" else _GPU_BATCHES
        self._tuners: dict[Work, BatchTuner] = {
            "forward": BatchTuner(*sizes),
            "backward": BatchTuner(*sizes),
        }

    @property
    def input_size(self) -> tuple[int, int]:
        return self.preprocessing.input_size

    @property
    def batch_size(self) -> int:
        return self.tuner("forward").size

    @property
    def torch_name(self) -> str:
        """What reports and the window call torch as an engine."""
        return "torch f32"

    def tuner(self, work: Work) -> BatchTuner:
        """Finds the batch size that suits the model on this device."""
        return self._tuners[work]

    def logits(self, batch: Tensor) -> Tensor:
        """Scores [B, C] before the softmax, differentiable with respect to the batch.

        Raises
        ------
        ModelError
            The output is not [B, number of labels].
        """
        output = self.module(batch.contiguous(memory_format=torch.channels_last))
        expected = (len(batch), len(self.labels))
        if not isinstance(output, Tensor) or tuple(output.shape) != expected:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ModelError(f"{self.name} answered with {shape}, expected logits {expected}")
        return output

    def probabilities(self, batch: Tensor) -> Tensor:
        with torch.inference_mode():
            return self.logits(batch).float().softmax(1)


def predict(classifier: TorchClassifier, model_input: ModelInput) -> Tensor:
    """Probabilities [C] of one picture, on the CPU.

    Raises
    ------
    ModelError
        They are not finite.
    """
    found = classifier.probabilities(model_input.tensor(classifier.device)[None])[0].cpu()
    if not bool(torch.isfinite(found).all()):
        raise ModelError(
            f"{classifier.name} answers this picture with NaN or infinity; check its "
            "preprocessing and precision"
        )
    return found
