"""Grad-CAM: channels of a late layer, weighted by the mean gradient of the target's logit.

    S = ReLU( sum_k w_k A_k ),   w_k = mean over places of d f_c / d A_k

References
----------
Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torch.nn import functional

from ..errors import UnknownNameError, UnsupportedError
from ..parameters import parameter
from ..types import (
    Classifier,
    DifferentiableClassifier,
    MapSnapshot,
    Request,
    Snapshot,
    read_only,
)
from .attribution import GradientExplainer, quiet_captum

_AUTO = "auto"


@dataclass(frozen=True)
class GradCam(GradientExplainer):
    """Coarse map of the layer's size, upsampled bilinearly to the input; 0 or more."""

    name: ClassVar[str] = "grad-cam"
    label: ClassVar[str] = "Grad-CAM"
    summary: ClassVar[str] = "Late feature maps weighted by their mean gradient; coarse and fast."
    reference: ClassVar[str] = "Selvaraju et al., ICCV 2017, arXiv 1610.02391"
    unit: ClassVar[str] = "weighted activation"

    layer: str = parameter(
        _AUTO,
        "Layer",
        "Dotted name of the layer, or auto for the last one that still has places.",
    )

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        network = cast(DifferentiableClassifier, classifier)
        batch = request.input.tensor(classifier.device)[None].requires_grad_()
        layer = self._layer(network, batch)
        forwards = 2 if self.layer == _AUTO else 1  # one to look for the layer
        with quiet_captum():
            method = LayerGradCam(self._logits(network), layer)
            coarse = method.attribute(batch, target=request.target, relu_attributions=True)
        if coarse.ndim != 4:
            raise UnsupportedError(
                "grad-cam needs a layer whose output keeps rows and columns, and the layer "
                f"'{self.layer}' has none; choose an earlier one, or {_AUTO}"
            )
        size = classifier.input_size
        fine = functional.interpolate(
            coarse.detach(), size=size, mode="bilinear", align_corners=False
        )
        maps = {request.target: read_only(fine[0, 0].cpu().numpy())}
        yield MapSnapshot(done=1, total=1, forwards=forwards, backwards=1, maps=maps)

    def _layer(self, classifier: DifferentiableClassifier, batch: Tensor) -> nn.Module:
        if self.layer == _AUTO:
            return last_spatial_layer(classifier, batch)
        named: dict[str, nn.Module] = dict(classifier.module.named_modules())
        modules = {name: part for name, part in named.items() if name}
        if self.layer not in modules:
            raise UnknownNameError("layer", self.layer, modules)
        return modules[self.layer]


def last_spatial_layer(classifier: DifferentiableClassifier, batch: Tensor) -> nn.Module:
    """The module that finishes last with an output [B, K, h, w] of more than one place.

    Raises
    ------
    UnsupportedError
        No module has such an output.
    """
    found: list[nn.Module] = []

    def note(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[-2:].numel() > 1:
            found.append(module)

    hooks = [module.register_forward_hook(note) for module in classifier.module.modules()]
    try:
        with torch.inference_mode():
            classifier.logits(batch.detach())
    finally:
        for hook in hooks:
            hook.remove()
    if not found:
        raise UnsupportedError(
            "grad-cam needs a layer whose output keeps rows and columns, and this model has none; "
            "choose another method"
        )
    return found[-1]
