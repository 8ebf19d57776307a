"""What the gradient methods share: captum's view of a classifier, and channel reduction."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from captum.attr import Saliency
from torch import Tensor

from ..errors import ModelError, UnsupportedError
from ..explainer import Explainer
from ..translation import mark, tr
from ..types import (
    Access,
    Classifier,
    DifferentiableClassifier,
    FloatArray,
    Snapshot,
    read_only,
)

Logits = Callable[[Tensor], Tensor]
Gradient = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class GradientExplainer(Explainer):
    """A white-box method: it acts on the logit of the target class."""

    access: ClassVar[Access] = "gradients"

    def note(self, snapshot: Snapshot, target: int) -> str:
        empty = snapshot.is_final and not snapshot.saliency(target).any()
        return self._when_empty() if empty else ""

    def _when_empty(self) -> str:
        """What to say of a map that is 0 everywhere."""
        return mark("no gradient reaches the picture, so the map is empty; try mfpp or rise")

    def _logits(self, classifier: Classifier) -> Logits:
        """The classifier's logits; where they are not finite, a gradient of 0 can follow."""
        network = cast(DifferentiableClassifier, classifier)

        def logits(batch: Tensor) -> Tensor:
            found = network.logits(batch)
            if not bool(torch.isfinite(found).all()):
                raise ModelError(
                    tr(
                        "{name}: the model's logits are NaN or infinite on this picture; check "
                        "its preprocessing and precision",
                        name=self.name,
                    )
                )
            if batch.requires_grad and not found.requires_grad:
                raise UnsupportedError(
                    tr(
                        "{name} needs the model's gradients, and none leads from this model's "
                        "answer back to the picture; choose mfpp or rise",
                        name=self.name,
                    )
                )
            return found

        return logits


def logit_gradient(logits: Logits, target: int) -> Gradient:
    """Function from inputs [B, 3, h, w] to the gradient of the target's logit, same shape."""
    method = Saliency(logits)

    def gradient(batch: Tensor) -> Tensor:
        leaf = batch.detach().requires_grad_()
        with quiet_captum():
            found = method.attribute(leaf, target=target, abs=False)
        return cast(Tensor, found.detach())

    return gradient


@contextmanager
def quiet_captum() -> Iterator[None]:
    """Hide captum's notices on hooks and on inputs without gradients; they are intended."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"captum\.")
        yield


def strongest_channel(gradient: Tensor) -> FloatArray:
    """Largest magnitude over channels: [3, h, w] to [h, w], 0 or more.

    References
    ----------
    Simonyan et al., "Deep Inside Convolutional Networks", 2014, section 3.1.
    """
    return read_only(gradient.abs().amax(0).cpu().numpy())


def channel_sum(attribution: Tensor) -> FloatArray:
    """Signed sum over channels: [3, h, w] to [h, w]."""
    return read_only(attribution.sum(0).cpu().numpy())


def half_sums(values: Tensor, done: int) -> list[Tensor]:
    """Split samples [B, ...] that follow `done` others into sums of even and of odd ones."""
    parity = (torch.arange(len(values)) + done) % 2
    return [values[parity == half].sum(0) for half in (0, 1)]
