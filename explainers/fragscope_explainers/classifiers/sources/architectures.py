"""Which of torchvision's architectures weights without one belong to."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..torchvision_compat import torchvision
from .state_dicts import classes_of

_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("layer1.0.conv1.weight", ("resnet", "resnext", "wide_resnet")),
    ("features.denseblock1.denselayer1.conv1.weight", ("densenet",)),
    ("features.0.0.weight", ("mobilenet", "efficientnet", "convnext", "swin")),
    ("conv_proj.weight", ("vit",)),
    ("trunk_output.block1.block1-0.proj.0.weight", ("regnet",)),
    ("features.3.squeeze.weight", ("squeezenet",)),
    ("stage2.0.branch1.0.weight", ("shufflenet",)),
    ("features.0.weight", ("alexnet", "vgg")),
)
"""A name that the weights of a family have, and how the names of its members start."""
_MOST = 3


def likely(weights: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Specifications of the architectures whose weights have these names and shapes.

    The number of classes may differ. Networks are built without memory, which takes milliseconds.
    """
    starts = next((starts for name, starts in _FAMILIES if name in weights), ())
    torchvision()
    import torchvision.models as package
    from torchvision.models import get_model, list_models

    found: list[str] = []
    for name in list_models(module=package):
        if not name.startswith(tuple(starts)) or len(found) == _MOST:
            continue
        with torch.device("meta"):
            own = get_model(name, weights=None).state_dict()
        if _fits(weights, own):
            found.append(f"torchvision:{name}")
    return tuple(found)


def _fits(weights: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> bool:
    if weights.keys() != own.keys():
        return False
    different = [name for name in own if own[name].shape != weights[name].shape]
    classes = classes_of(weights, own)
    return all(len(weights[name]) == classes for name in different)
