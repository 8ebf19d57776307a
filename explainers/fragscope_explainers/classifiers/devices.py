"""The devices that torch can use."""

from __future__ import annotations

import torch

from ..errors import ModelError
from ..translation import tr


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


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _no_device(name: str) -> str:
    return tr(
        "the device '{name}' is not available here; choose from auto, ", name=name
    ) + ", ".join(available_devices())
