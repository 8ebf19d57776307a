"""From whatever a model answers to class scores and probabilities."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from ..errors import ModelError
from ..translation import tr

Activation = Literal["softmax", "sigmoid", "none"]
_USUAL_NAMES = ("logits", "scores", "output", "out", "probs", "probabilities")
_SMALLEST = 1e-12
"""Least probability that is told apart from 0, so that its logarithm is finite."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """How a model's answer is read.

    Attributes
    ----------
    activation : what turns scores into probabilities: "softmax" for one class out of several,
        "sigmoid" for classes that each are there or not, "none" where the model answers with
        probabilities already.
    pick : which of several outputs holds the scores: a key, an attribute or a number; empty for
        the one with a usual name such as "logits", else the first.

    A single output a picture is the score of "yes" and becomes two classes, no and yes.
    """

    activation: Activation = "softmax"
    pick: str = ""

    def logits(self, answer: Any) -> Tensor:
        """Scores [B, C] before the activation; for probabilities, their logarithms.

        Raises
        ------
        ModelError
            The answer holds no scores of this form.
        """
        raw = self.raw(answer)
        if self.activation == "none":
            both = torch.cat([1 - raw, raw], 1) if raw.shape[1] == 1 else raw
            return both.clamp_min(_SMALLEST).log()
        if raw.shape[1] > 1:
            return raw
        if self.activation == "softmax":
            raise ModelError(
                tr(
                    "the model answers with one number a picture, of which a softmax is always 1; "
                    "set model.activation=sigmoid, or none where it is a probability already"
                )
            )
        return torch.cat([-raw, raw], 1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Probabilities [B, C] in [0, 1] of scores that `logits` gave."""
        logits = logits.float()
        if self.activation == "softmax":
            return logits.softmax(1)
        return logits.sigmoid() if self.activation == "sigmoid" else logits.exp().clamp_max(1)

    def raw(self, answer: Any) -> Tensor:
        """The numbers [B, K] that the model itself gives for each picture.

        Raises
        ------
        ModelError
            There are none, or they have places as well as classes.
        """
        scores = self._picked(answer)
        if scores.ndim > 2 and scores.shape[2:].numel() == 1:
            scores = scores.flatten(1)
        if scores.ndim == 1:
            scores = scores[:, None]
        if scores.ndim != 2 or not scores.shape[1]:
            if len(named_outputs(answer)) == 1:
                raise ModelError(
                    tr(
                        "the model answers with the shape {shape}, as those that find segments or "
                        "boxes do, and a classifier answers with [pictures, classes]; open a "
                        "classifier",
                        shape=tuple(scores.shape),
                    )
                )
            raise ModelError(
                tr(
                    "the model answers with the shape {shape}, and a classifier answers "
                    "with [pictures, classes]; choose another of its outputs with "
                    "model.output=NAME",
                    shape=tuple(scores.shape),
                )
            )
        return scores

    def sizes(self, answer: Any) -> dict[str, int]:
        """Classes of each part of an answer that could hold scores [pictures, classes]."""
        parts = named_outputs(answer)
        return {name: part.shape[1] for name, part in parts.items() if _could_be_scores(part)}

    def first_of(self, names: Iterable[str]) -> str:
        """The output that is read for no other reason than that it comes first, or nothing."""
        listed = list(names)
        return "" if self.pick or set(listed) & set(_USUAL_NAMES) else next(iter(listed), "")

    def _picked(self, answer: Any) -> Tensor:
        parts = named_outputs(answer)
        if not parts:
            raise ModelError(
                tr(
                    "the model answers with {kind}, in which no tensor of scores "
                    "was found; let it return a tensor [pictures, classes]",
                    kind=type(answer).__name__,
                )
            )
        if not self.pick:
            return next((parts[name] for name in _USUAL_NAMES if name in parts), _first(parts))
        if self.pick in parts:
            return parts[self.pick]
        if self.pick.isdecimal() and int(self.pick) < len(parts):
            return list(parts.values())[int(self.pick)]
        raise ModelError(
            tr(
                "the model has no output '{pick}'; set model.output to one of {parts}",
                pick=self.pick,
                parts=", ".join(parts),
            )
        )


def named_outputs(answer: Any) -> dict[str, Tensor]:
    """The tensors of an answer by their key, attribute or number, in their order."""
    found = {name: _tensor(value) for name, value in _parts(answer)}
    return {name: value for name, value in found.items() if value is not None}


def _parts(answer: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(answer, Mapping):  # dataclass outputs of transformers are mappings, too
        yield from ((str(key), value) for key, value in answer.items())
    elif dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        yield from ((f.name, getattr(answer, f.name)) for f in dataclasses.fields(answer))
    elif isinstance(answer, tuple) and hasattr(answer, "_fields"):
        yield from zip(answer._fields, answer, strict=True)
    elif isinstance(answer, Sequence) and not isinstance(answer, str | bytes):
        yield from ((str(place), value) for place, value in enumerate(answer))
    else:
        yield "0", answer


def _tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value
    return torch.from_numpy(value) if type(value).__name__ == "ndarray" else None


def _could_be_scores(part: Tensor) -> bool:
    return part.ndim == 2 and part.shape[1] > 0


def _first(parts: Mapping[str, Tensor]) -> Tensor:
    return next(iter(parts.values()))
