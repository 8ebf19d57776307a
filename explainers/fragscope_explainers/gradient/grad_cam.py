"""Grad-CAM: channels of a late layer, weighted by the mean gradient of the target's logit.

    S = ReLU( sum_k w_k A_k ),   w_k = mean over places of d f_c / d A_k

Tokens of a transformer are places, too; captum's Grad-CAM takes feature maps alone.

References
----------
Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

from torch import Tensor
from torch.nn import functional

from ..parameters import parameter
from ..translation import mark, tr
from ..types import (
    Access,
    Classifier,
    DifferentiableClassifier,
    MapSnapshot,
    Request,
    Snapshot,
    read_only,
)
from .attribution import GradientExplainer
from .layers import AUTO, look


@dataclass(frozen=True)
class GradCam(GradientExplainer):
    """Coarse map of the layer's size, upsampled bilinearly to the input; 0 or more."""

    name: ClassVar[str] = "grad-cam"
    label: ClassVar[str] = "Grad-CAM"
    summary: ClassVar[str] = tr(
        "Late feature maps weighted by their mean gradient; coarse and fast."
    )
    reference: ClassVar[str] = "Selvaraju et al., ICCV 2017, arXiv 1610.02391"
    unit: ClassVar[str] = "weighted activation"
    access: ClassVar[Access] = "layers"

    layer: str = parameter(
        AUTO,
        tr("Layer"),
        tr("Dotted name of the layer, or auto for the last one that still has places."),
        suggested="layers",
    )

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        network = cast(DifferentiableClassifier, classifier)
        batch = request.input.tensor(classifier.device)[None]
        found = look(network, self._logits(network), batch, request.target, self.layer)
        coarse = weighted(found.activation, found.gradient)
        fine = functional.interpolate(
            coarse, size=classifier.input_size, mode="bilinear", align_corners=False
        )
        maps = {request.target: read_only(fine[0, 0].cpu().numpy())}
        yield MapSnapshot(done=1, total=1, forwards=1, backwards=1, maps=maps)

    def _when_empty(self) -> str:
        return mark(
            "no evidence for the class at this layer, so the map is empty; try an earlier layer"
        )


def weighted(activation: Tensor, gradient: Tensor) -> Tensor:
    """Equations 1 and 2 for [B, K, h, w] each: a map [B, 1, h, w], 0 or more."""
    weights = gradient.mean((2, 3), keepdim=True)
    return (weights * activation).sum(1, keepdim=True).relu()
