"""What a source is asked for, and what it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from ...errors import ModelError
from ..black_box import Runner
from ..model_settings import Known

Report = Callable[[int, int | None], None]
"""Told bytes done and in all (None where unknown); it may raise `StoppedError` to stop."""


def silent(done: int, total: int | None) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a model is to be loaded.

    Attributes
    ----------
    device : where torch models are to run.
    trusted : whether the user has said that the file or code may run programs.
    report : told how far a download is.
    """

    device: torch.device
    trusted: bool = False
    report: Report = silent


@dataclass(frozen=True, slots=True)
class Found:
    """A model as its source knows it.

    Attributes
    ----------
    model : a torch module, or a runner where its inside is closed.
    name : what it is called in titles and reports.
    facts : settings that the source states, by the names of `model_settings.FIELDS`.
    labels : names of its classes and where they are known from, or None.
    weights_hash : sha256 of the weights; empty where they are out of reach.
    has_layers : whether a torch module's layers can be looked into.
    origin : where the weights come from and under which licence, as far as that is known.
    notes : sentences on what people would want to do otherwise, such as a GPU that is not used.
    """

    model: nn.Module | Runner
    name: str
    facts: Mapping[str, Known] = field(default_factory=dict)
    labels: Known | None = None
    weights_hash: str = ""
    has_layers: bool = True
    origin: str = ""
    notes: tuple[str, ...] = ()


class DistrustedError(ModelError):
    """Loading would run a program, and the user has not said that it is trusted."""


class StoppedError(ModelError):
    """The user has stopped a download."""
