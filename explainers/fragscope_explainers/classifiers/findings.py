"""What was seen of a model: answers to a few pictures, and sentences on what may be amiss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ..preprocessing import ModelInput
from .loaded import LoadedClassifier

Severity = Literal["note", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was seen.

    Attributes
    ----------
    kind : "notice", "not finite", "class count", "constant", "unsteady", "batch", "activation",
        "multi-label", "binary", "labels", "guessed", "form", "insensitive" or "failed".
    severity : "warning" where maps would mislead, "note" for what is good to know.
    text : one sentence: what was seen and what to do.
    """

    kind: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Answers to a photo and to pictures that have nothing in common with it.

    Attributes
    ----------
    raw : [P, K] as the model gives them, or None where they cannot be had.
    all, again : probabilities [P, C], asked twice; alone : [C] of the photo by itself.
    """

    classifier: LoadedClassifier
    model_input: ModelInput
    raw: Tensor | None
    all: Tensor
    again: Tensor
    alone: Tensor
