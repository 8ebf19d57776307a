"""From what a source found to a classifier that is right about its inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..translation import mark, shown, tr
from .black_box import BlackBoxClassifier
from .imagenet import imagenet_labels
from .label_names import tidy
from .loaded import LoadedClassifier
from .looking import looked, seen_activation
from .model_settings import SET, Known, ModelSettings, settled
from .sources.found import Found
from .torch_classifier import TorchClassifier


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a classifier was assembled from, so that its settings can be changed.

    Attributes
    ----------
    layers : settings by source; later ones win.
    labels : class names that the model or a file beside it states, or None.
    chosen_labels : those that the user gave instead, or None.
    notes : sentences to tell once, about what people would want to do otherwise.
    """

    found: Found
    spec: str
    device: torch.device
    layers: tuple[Mapping[str, Known], ...]
    labels: Known | None = None
    chosen_labels: Known | None = None
    notes: tuple[str, ...] = ()

    def changed(self, settings: Mapping[str, Known], labels: Known | None = None) -> Recipe:
        """The same model with other settings by the user."""
        return replace(self, layers=(*self.layers[:-1], settings), chosen_labels=labels)


def assemble(recipe: Recipe) -> LoadedClassifier:
    """Make a classifier; what nobody stated is guessed and marked so.

    Raises
    ------
    ModelError
        The model does not answer inputs of this form, or has another number of classes than names.
    ParameterError
        The settings contradict each other.
    """
    settings = settled(recipe.layers)
    recipe, settings, raw = looked(recipe, settings)
    if _is_to_be_guessed(settings, raw):
        source = mark("guessed from its answers to noise")
        guess = Known(seen_activation(recipe, settings, raw), source, guessed=True)
        settings = replace(settings, known={**settings.known, "activation": guess})
    classes = 2 if raw.shape[1] == 1 else raw.shape[1]
    labels = (
        recipe.chosen_labels or recipe.labels or guess_labels(classes, binary=raw.shape[1] == 1)
    )
    if len(labels.value) != classes:
        raise ModelError(
            tr(
                "{name} has {classes:,} classes, and the names ({source}) are "
                "{count:,}; give one name a class with model.labels=FILE",
                name=recipe.found.name,
                classes=classes,
                source=shown(labels.source),
                count=len(labels.value),
            )
        )
    classifier = _classifier(recipe, settings, tidy(labels.value))
    classifier.spec = recipe.spec
    classifier.settings = replace(settings, labels=labels.source, labels_guessed=labels.guessed)
    classifier.recipe = recipe
    return classifier


def _is_to_be_guessed(settings: ModelSettings, raw: Tensor) -> bool:
    """Whether nobody stated the activation, or a source did for more than one output."""
    known = settings.known["activation"]
    alone = raw.shape[1] == 1 and known.value == "softmax" and known.source != SET
    return known.guessed or alone


def guess_labels(classes: int, *, binary: bool = False) -> Known:
    """Names for classes that nobody named."""
    if binary:
        return Known(("no", "yes"), mark("guessed: one output"), guessed=True)
    if classes == 1000:
        source = mark("guessed: ImageNet has 1,000 classes")
        return Known(imagenet_labels(), source, guessed=True)
    if classes == 1001:
        named = ("background", *imagenet_labels())
        source = mark("guessed: ImageNet with a background has 1,001 classes")
        return Known(named, source, guessed=True)
    numbered = tuple(f"class {index}" for index in range(classes))
    return Known(numbered, mark("guessed: numbered"), guessed=True)


def _classifier(
    recipe: Recipe, settings: ModelSettings, labels: tuple[str, ...]
) -> LoadedClassifier:
    found = recipe.found
    if isinstance(found.model, nn.Module):
        return TorchClassifier(
            found.model,
            labels,
            settings.preprocessing,
            found.name,
            recipe.device,
            found.weights_hash,
            settings.outputs,
            has_layers=found.has_layers,
        )
    return BlackBoxClassifier(
        found.model,
        labels,
        settings.preprocessing,
        found.name,
        found.weights_hash,
        settings.outputs,
    )
