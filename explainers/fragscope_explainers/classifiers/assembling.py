"""From what a source found to a classifier that is right about its inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import FragScopeError, ModelError, first_line
from ..translation import tr
from .black_box import BlackBoxClassifier, raw_answers
from .imagenet import imagenet_labels
from .loaded import LoadedClassifier
from .model_settings import GUESSED, SET, Known, ModelSettings, settled
from .outputs import Outputs
from .sources.found import Found
from .torch_classifier import TorchClassifier, adapt

_LOOKS = 4
"""Pictures of noise that are asked for to see what form the answers have."""
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
    """

    found: Found
    spec: str
    device: torch.device
    layers: tuple[Mapping[str, Known], ...]
    labels: Known | None = None
    chosen_labels: Known | None = None

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
    raw = _look(recipe, settings)
    if _is_to_be_guessed(settings, raw):
        guess = Known(
            guess_activation(raw), tr("{guessed} from its answers to noise", guessed=GUESSED)
        )
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
                source=labels.source,
                count=len(labels.value),
            )
        )
    classifier = _classifier(recipe, settings, labels.value)
    classifier.spec = recipe.spec
    classifier.settings = replace(settings, labels=labels.source)
    classifier.recipe = recipe
    return classifier


def _is_to_be_guessed(settings: ModelSettings, raw: Tensor) -> bool:
    """Whether nobody stated the activation, or a source did for more than one output."""
    known = settings.known["activation"]
    alone = raw.shape[1] == 1 and known.value == "softmax" and known.source != SET
    return known.is_guessed or alone


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
        return Known(("no", "yes"), tr("{guessed}: one output", guessed=GUESSED))
    if classes == 1000:
        return Known(
            imagenet_labels(), tr("{guessed}: ImageNet has 1,000 classes", guessed=GUESSED)
        )
    if classes == 1001:
        named = ("background", *imagenet_labels())
        return Known(
            named, tr("{guessed}: ImageNet with a background has 1,001 classes", guessed=GUESSED)
        )
    return Known(
        tuple(f"class {index}" for index in range(classes)),
        tr("{guessed}: numbered", guessed=GUESSED),
    )


def _look(recipe: Recipe, settings: ModelSettings) -> Tensor:
    """Raw outputs [B, K] for pictures of noise, float32 on the CPU."""
    preprocessing, outputs = settings.preprocessing, settings.outputs
    bytes_ = np.random.default_rng(0).integers(
        0, 256, (_LOOKS, *preprocessing.input_size, preprocessing.channels), dtype=np.uint8
    )
    batch = torch.from_numpy(np.stack([preprocessing.normalised(b) for b in bytes_]))
    try:
        return _ask(recipe, batch, settings, outputs).float().cpu()
    except FragScopeError:
        raise
    except Exception as error:  # a model of any make may raise anything
        raise ModelError(
            tr(
                "{name} does not take inputs of the shape {shape} in "
                "{layout} and {dtype} ({reason}); set "
                "model.size, model.channels, model.layout or model.dtype to what it was trained "
                "with",
                name=recipe.found.name,
                shape=tuple(batch.shape),
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
