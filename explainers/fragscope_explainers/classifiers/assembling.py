"""From what a source found to a classifier that is right about its inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import FragScopeError, ModelError, first_line
from ..translation import mark, shown, tr
from .batch_limits import BatchLimits
from .black_box import BlackBoxClassifier, raw_answers
from .imagenet import imagenet_labels
from .label_names import tidy
from .loaded import LoadedClassifier
from .model_settings import SET, Known, ModelSettings, settled
from .outputs import Outputs
from .sources.found import Found
from .torch_classifier import TorchClassifier, adapt

_LOOKS = 4
"""Pictures of noise that are asked for to see what form the answers have."""
_ONE_BY_ONE = mark(
    "the model was traced for one picture, so it is asked one by one; trace it for a batch of "
    "several, or export it with a batch of any length, to have maps sooner"
)
_LARGE = 1 << 20
"""Pixels of an input from which on one such picture has to do."""
_SUM_TOLERANCE = 1e-3
_MANY_VALUES = 16
"""So many scores are rarely all between 0 and 1 by chance."""


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
    recipe, raw = _looked(recipe, settings)
    if _is_to_be_guessed(settings, raw):
        source = mark("guessed from its answers to noise")
        guess = Known(guess_activation(raw), source, guessed=True)
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


def guess_activation(raw: Tensor) -> str:
    """What outputs [B, K] for noise look like: "none" for probabilities, else how to make them."""
    in_range = bool(((raw >= 0) & (raw <= 1)).all())
    sums_to_one = bool(((raw.sum(1) - 1).abs() <= _SUM_TOLERANCE).all())
    if raw.shape[1] == 1:
        return "none" if in_range else "sigmoid"
    if in_range and (sums_to_one or raw.numel() >= _MANY_VALUES):
        return "none"  # of a softmax, or of a sigmoid, whose rows need not sum to 1
    return "softmax"


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


def _looked(recipe: Recipe, settings: ModelSettings) -> tuple[Recipe, Tensor]:
    """Raw outputs [B, K] for pictures of noise, float32 on the CPU.

    A compiled program that takes one picture at a time only is asked so from then on.
    """
    rows, columns = settings.preprocessing.input_size
    count = _LOOKS if rows * columns < _LARGE else 1
    model = recipe.found.model
    try:
        raw = _look(recipe, settings, count)
        if len(raw) == count:
            return recipe, raw
        error = ModelError(
            tr(
                "{name} answers {count} pictures with {rows} rows; a classifier gives one row a "
                "picture",
                name=recipe.found.name,
                count=count,
                rows=len(raw),
            )
        )
    except ModelError as failed:
        error = failed
    if not isinstance(model, nn.Module) or recipe.found.has_layers or count == 1:
        raise error
    found = replace(recipe.found, model=BatchLimits(model, 1, 1))
    alone = replace(recipe, found=found, notes=(*recipe.notes, _ONE_BY_ONE))
    try:
        return alone, _look(alone, settings, count)
    except ModelError:
        raise error from None  # what is wrong is not the length of the batch


def _look(recipe: Recipe, settings: ModelSettings, count: int) -> Tensor:
    preprocessing, outputs = settings.preprocessing, settings.outputs
    rows, columns = preprocessing.input_size
    shape = (count, rows, columns, preprocessing.channels)
    try:
        noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        batch = torch.from_numpy(np.stack([preprocessing.normalised(b) for b in noise]))
        return _ask(recipe, batch, settings, outputs).float().cpu()
    except FragScopeError:
        raise
    except MemoryError as error:
        raise ModelError(
            tr(
                "{name} needs more memory than there is for inputs of {rows:,} x {columns:,}; set "
                "model.size to what it was trained with, or use a smaller model",
                name=recipe.found.name,
                rows=rows,
                columns=columns,
            )
        ) from error
    except Exception as error:  # a model of any make may raise anything
        raise ModelError(
            tr(
                "{name} does not take inputs of the shape "
                "{value} in "
                "{layout} and {dtype} ({reason}); set "
                "model.size, model.channels, model.layout or model.dtype to what it was trained "
                "with",
                name=recipe.found.name,
                value=(count, preprocessing.channels, rows, columns),
                layout=preprocessing.layout,
                dtype=preprocessing.dtype,
                reason=first_line(error),
            )
        ) from error


def _ask(recipe: Recipe, batch: Tensor, settings: ModelSettings, outputs: Outputs) -> Tensor:
    given = adapt(batch, settings["layout"], settings["dtype"])
    model = recipe.found.model
    if isinstance(model, nn.Module):
        with torch.inference_mode():
            return outputs.raw(model.eval().to(recipe.device)(given.to(recipe.device)))
    return raw_answers(model, given, outputs)


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
