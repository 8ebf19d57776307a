"""A classifier from a torch module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..batching import BatchTuner, Work
from ..preprocessing import ElementType, Layout, Preprocessing
from ..translation import tr
from ..types import Access
from .loaded import LoadedClassifier
from .outputs import Outputs

_CPU_BATCHES = (8, 2, 64)  # start, smallest, largest: on two cores 64 is slower than 8
_GPU_BATCHES = (64, 16, 1024)
_ELEMENTS = {"float32": torch.float32, "float16": torch.float16, "uint8": torch.uint8}


class Network(nn.Module):
    """A module between float32 inputs [B, channels, h, w] and logits [B, C].

    This is what converters take over, so that every engine reads inputs and outputs alike.
    """

    def __init__(self, module: nn.Module, preprocessing: Preprocessing, outputs: Outputs) -> None:
        super().__init__()
        self.module = module
        self.layout: Layout = preprocessing.layout
        self.dtype: ElementType = preprocessing.dtype
        self.outputs = outputs

    def forward(self, batch: Tensor) -> Tensor:
        return self.outputs.logits(self.module(self.adapted(batch)))

    def adapted(self, batch: Tensor) -> Tensor:
        """The batch as the module takes it."""
        return adapt(batch, self.layout, self.dtype)


def adapt(batch: Tensor, layout: Layout, dtype: ElementType) -> Tensor:
    """A batch [B, channels, h, w] in a model's layout and type; bytes are rounded."""
    if dtype == "uint8":
        batch = batch.round().clamp(0, 255)
    batch = batch.to(_ELEMENTS[dtype])
    return batch.permute(0, 2, 3, 1).contiguous() if layout == "NHWC" else batch


class TorchClassifier(LoadedClassifier):
    """A differentiable classifier around a torch module in evaluation mode.

    Parameters
    ----------
    module : maps inputs in the layout and type of `preprocessing` to what `outputs` reads.
    has_layers : whether its layers can be looked into; a traced or exported program has none.
    **known : see `LoadedClassifier`.
    """

    def __init__(
        self,
        module: nn.Module,
        labels: Sequence[str],
        preprocessing: Preprocessing,
        name: str,
        device: torch.device | str = "cpu",
        weights_hash: str = "",
        outputs: Outputs | None = None,
        *,
        has_layers: bool = True,
    ) -> None:
        super().__init__(labels, preprocessing, name, device, weights_hash, outputs)
        self.has_layers = has_layers
        placed: Any = module.eval().to(self.device)
        self.module: nn.Module = placed.to(memory_format=torch.channels_last)
        self.network = Network(self.module, preprocessing, self.outputs).eval()
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)
        sizes = _CPU_BATCHES if self.device.type == "cpu" else _GPU_BATCHES
        self._tuners: dict[Work, BatchTuner] = {
            "forward": BatchTuner(*sizes),
            "backward": BatchTuner(*sizes),
        }

    @property
    def engine_name(self) -> str:
        return "torch f32"

    def tuner(self, work: Work) -> BatchTuner:
        return self._tuners[work]

    def why_not(self, access: Access) -> str:
        if access in ("gradients", "layers") and self.preprocessing.dtype == "uint8":
            return tr("this model takes whole numbers, and rounding to them has no gradient")
        if access == "layers" and not self.has_layers:
            return tr("this model is a compiled program whose layers cannot be looked into")
        return ""

    def logits(self, batch: Tensor) -> Tensor:
        """Scores [B, C] before the activation, differentiable with respect to the batch.

        Raises
        ------
        ModelError
            The output is not [B, number of labels].
        """
        placed = batch.contiguous(memory_format=torch.channels_last)
        return self._check_shape(self.network(placed), len(batch))

    def probabilities(self, batch: Tensor) -> Tensor:
        with torch.inference_mode():
            return self.outputs.probabilities(self.logits(batch))
