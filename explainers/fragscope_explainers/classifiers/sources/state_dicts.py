"""Weights from a file into an architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from ...errors import ModelError, first_line
from .builtin import sha256
from .found import Order


def load_state(
    module_for: Callable[[int | None], nn.Module], path: Path, order: Order
) -> tuple[nn.Module, str]:
    """Build a module for a file's number of classes and load the file into it.

    Returns
    -------
    The module and the file's sha256.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such file of weights; check its name and folder")
    state = torch.load(path, map_location="cpu", weights_only=True)
    module = module_for(None)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise ModelError(f"{path}: does not suit the architecture ({first_line(error)})") from error
    return module, sha256(path)
