"""The names of ImageNet's classes."""

from __future__ import annotations

from .torchvision_compat import torchvision


def imagenet_labels() -> tuple[str, ...]:
    """The 1000 ImageNet class names in output order."""
    torchvision()
    from torchvision.models import EfficientNet_B0_Weights

    return tuple(EfficientNet_B0_Weights.DEFAULT.meta["categories"])
