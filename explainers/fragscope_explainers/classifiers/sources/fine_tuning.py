"""Weights of networks that were changed a little before they were trained further.

A dropout before the last layer, grey pictures in place of colours, and heads that only training
uses are what people change; the network is the same, so its weights are taken as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ...translation import mark
from ..model_settings import Known, stated

_TRAINING_HEADS = ("AuxLogits.", "aux1.", "aux2.")
"""Names of what googlenet and inception_v3 are trained with, and do not answer with."""
_PARTS = ("weight", "bias")
_MOST_CHANNELS = 4
_OF_COLOURS = ("mean", "std")


def renamed(weights: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names of the unchanged network, as far as they differ by such a change.

    Parameters
    ----------
    own : those of the network.
    """
    kept = {
        name: value
        for name, value in weights.items()
        if name in own or not name.startswith(_TRAINING_HEADS)
    }
    missing, extra = own.keys() - kept.keys(), kept.keys() - own.keys()
    for head in {name.rpartition(".")[0] for name in missing}:
        inner = {name.rpartition(".")[0] for name in extra if name.startswith(f"{head}.")}
        if len(inner) != 1:
            continue
        place = inner.pop()
        moved = {f"{place}.{part}": f"{head}.{part}" for part in _PARTS}
        if place.removeprefix(f"{head}.").isdecimal() and moved.keys() <= extra:
            kept = {moved.get(name, name): value for name, value in kept.items()}
    return kept


def take_channels(weights: Mapping[str, Tensor], module: nn.Module) -> None:
    """Let a network take pictures of as many channels as the weights of its first layer are for."""
    name, first = _first_layer(module)
    if first is None or first.groups != 1:
        return
    found, own = weights.get(f"{name}.weight"), first.weight
    if found is None or found.ndim != own.ndim or not 1 <= found.shape[1] <= _MOST_CHANNELS:
        return
    if (found.shape[0], *found.shape[2:]) == (own.shape[0], *own.shape[2:]):
        first.in_channels = found.shape[1]
        first.weight = nn.Parameter(torch.empty(found.shape, dtype=own.dtype, device=own.device))


def with_channels(facts: Mapping[str, Known], module: nn.Module) -> dict[str, Known]:
    """Settings of a network that takes other channels than they were written for."""
    _, first = _first_layer(module)
    if first is None or "channels" not in facts or facts["channels"].value == first.in_channels:
        return dict(facts)
    kept = {name: known for name, known in facts.items() if name not in _OF_COLOURS}
    return kept | stated({"channels": first.in_channels}, mark("the file's weights"))


def _first_layer(module: nn.Module) -> tuple[str, nn.Conv2d | None]:
    layers = ((n, part) for n, part in module.named_modules() if isinstance(part, nn.Conv2d))
    return next(layers, ("", None))
