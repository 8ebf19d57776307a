"""Torch as a faster engine of itself on GPUs: shorter formats, and batches spread over devices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..batching import BatchTuner
from ..translation import tr
from ..types import Precision
from .module_copy import free_copy

if TYPE_CHECKING:
    from .torch_classifier import TorchClassifier

_FORMATS = {"bf16": torch.bfloat16, "fp16": torch.float16}
_BATCH, _SMALLEST_BATCH, _LARGEST_BATCH = 64, 16, 1024


class TorchEngine:
    """A module and its copies on further devices, each of which answers a part of every batch.

    Parameters
    ----------
    classifier : whose module it is; its device gives the answers.
    devices : further devices.
    precision : arithmetic, by autocast; weights stay in f32.
    """

    def __init__(
        self, classifier: TorchClassifier, devices: Sequence[torch.device], precision: Precision
    ) -> None:
        self.precision: Precision = precision
        self._home = classifier.device
        self._outputs = classifier.outputs
        copies = [free_copy(classifier.network).to(device) for device in devices]
        self._modules: list[nn.Module] = [classifier.network, *copies]
        self._devices = [classifier.device, *devices]
        count = len(self._devices)
        self._tuner = BatchTuner(_BATCH * count, _SMALLEST_BATCH * count, _LARGEST_BATCH * count)

    @property
    def name(self) -> str:
        """What reports and the window call it."""
        count = len(self._devices)
        return f"torch {self.precision}" + (
            tr(" on {count} devices", count=count) if count > 1 else ""
        )

    @property
    def tuner(self) -> BatchTuner:
        """Finds the batch size that suits the devices together."""
        return self._tuner

    def probabilities(self, batch: Tensor) -> Tensor:
        """Probabilities [B, C] on the first device; the devices work at the same time."""
        parts = batch.tensor_split(len(self._devices)) if len(batch) > 1 else (batch,)
        places = zip(self._modules, self._devices, parts, strict=False)
        with torch.inference_mode():
            # A GPU's calls return at once: all devices are at work before the first is waited for.
            answers = [self._ask(*place) for place in places if len(place[2])]
            return torch.cat([answer.to(self._home, non_blocking=True) for answer in answers])

    def _ask(self, module: nn.Module, device: torch.device, part: Tensor) -> Tensor:
        here = part.to(device, non_blocking=True).contiguous(memory_format=torch.channels_last)
        with self._arithmetic(device):
            return self._outputs.probabilities(module(here))

    def _arithmetic(self, device: torch.device) -> AbstractContextManager[object]:
        if self.precision == "f32":
            return nullcontext()
        return torch.autocast(device.type, _FORMATS[self.precision])


def torch_engine(classifier: TorchClassifier, precision: Precision) -> TorchEngine | None:
    """The engine for a classifier on a GPU; None where torch as it is is as fast.

    A classifier on "cuda" may use all GPUs, one on "cuda:1" only that one.
    """
    here = classifier.device
    others: list[torch.device] = []
    if here == torch.device("cuda"):
        others = [torch.device("cuda", n) for n in range(1, torch.cuda.device_count())]
    if not others and precision == "f32":
        return None
    return TorchEngine(classifier, others, precision)
