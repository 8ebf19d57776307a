"""A classifier from a torch module."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..preprocessing import ModelInput, Preprocessing

_CPU_BATCH = 8  # larger ones fall out of the cache: measured on two cores with EfficientNet-Lite0
_GPU_BATCH = 64


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
        placed = module.eval().to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.module: nn.Module = placed
        self.labels = tuple(labels)
        self.preprocessing = preprocessing
        self.name = name
        self.weights_hash = weights_hash
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)

    @property
    def input_size(self) -> tuple[int, int]:
        return self.preprocessing.input_size

    @property
    def batch_size(self) -> int:
        return _CPU_BATCH if self.device.type == "cpu" else _GPU_BATCH

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
            return self.logits(batch).softmax(1)


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
