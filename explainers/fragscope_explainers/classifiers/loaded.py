"""What all models have in common once they are loaded, whether or not their inside is open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..access import ONLY_ANSWERS
from ..batching import BatchTuner, Work
from ..errors import ModelError
from ..preprocessing import ModelInput, Preprocessing
from ..translation import tr
from ..types import Access
from .model_settings import ModelSettings
from .outputs import Outputs

if TYPE_CHECKING:
    from .assembling import Recipe
    from .engines import Engine
    from .findings import Finding


class LoadedClassifier(ABC):
    """A model that answers pictures with probabilities, and all that is known about it.

    Parameters
    ----------
    labels : one name a class.
    preprocessing : how a picture becomes this model's input.
    name : what the model is called in titles and reports.
    device : where to run.
    weights_hash : sha256 of the weights, for reports; empty where they are out of reach.
    outputs : how its answers are read.

    Attributes
    ----------
    spec : the specification that it was loaded by, without secrets.
    settings : where its preprocessing, outputs and labels are known from.
    recipe : what it was assembled from, so that its settings can be changed, or None.
    engine : a faster engine for queries without gradients, once one is there; whoever uses it
        compares it with this classifier first (`PictureClassifier`).
    findings : what probes saw of it on the first picture; None before that.
    """

    def __init__(
        self,
        labels: Sequence[str],
        preprocessing: Preprocessing,
        name: str,
        device: torch.device | str = "cpu",
        weights_hash: str = "",
        outputs: Outputs | None = None,
    ) -> None:
        self.labels = tuple(labels)
        self.preprocessing = preprocessing
        self.name = name
        self.device = torch.device(device)
        self.weights_hash = weights_hash
        self.outputs = outputs or Outputs()
        self.spec = ""
        self.settings = ModelSettings()
        self.recipe: Recipe | None = None
        self.engine: Engine | None = None
        self.findings: tuple[Finding, ...] | None = None

    @property
    def input_size(self) -> tuple[int, int]:
        return self.preprocessing.input_size

    @property
    def origin(self) -> str:
        """Where the weights come from and under which licence, as far as that is known."""
        return self.recipe.found.origin if self.recipe is not None else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences to tell once, about what people would want to do otherwise."""
        return self.recipe.notes if self.recipe is not None else ()

    @property
    def batch_size(self) -> int:
        return self.tuner("forward").size

    @property
    @abstractmethod
    def engine_name(self) -> str:
        """What reports and the window call that which answers before a faster engine is there."""

    @abstractmethod
    def tuner(self, work: Work) -> BatchTuner:
        """Finds the batch size that suits the model on this device."""

    @abstractmethod
    def probabilities(self, batch: Tensor) -> Tensor:
        """Probabilities [B, C] in [0, 1] of preprocessed pictures [B, channels, h, w]."""

    def why_not(self, access: Access) -> str:
        """Why methods cannot have this of the model, as a clause; empty where they can."""
        return "" if access == "probabilities" else ONLY_ANSWERS

    def shares(self, other: LoadedClassifier) -> bool:
        """Whether both are one model with different settings."""
        mine, others = self.recipe, other.recipe
        return self is other or (
            mine is not None and others is not None and mine.found is others.found
        )

    def close(self) -> None:  # noqa: B027  # most models hold nothing that must be given back
        """Give back connections and files."""

    def _check_shape(self, logits: Tensor, pictures: int) -> Tensor:
        expected = (pictures, len(self.labels))
        if tuple(logits.shape) != expected:
            raise ModelError(
                tr(
                    "{name} answers with scores of shape {shape}, and its "
                    "{count} class names want {expected}; give names that match the outputs",
                    name=self.name,
                    shape=tuple(logits.shape),
                    count=len(self.labels),
                    expected=expected,
                )
            )
        return logits


def predict(classifier: LoadedClassifier, model_input: ModelInput) -> Tensor:
    """Probabilities [C] of one picture, on the CPU.

    Raises
    ------
    ModelError
        They are not finite.
    """
    found = classifier.probabilities(model_input.tensor(classifier.device)[None])[0].cpu()
    if not bool(torch.isfinite(found).all()):
        raise ModelError(
            tr(
                "{name} answers this picture with NaN or infinity; check mean, std and range of "
                "its input and its precision, or choose another model",
                name=classifier.name,
            )
        )
    return found
