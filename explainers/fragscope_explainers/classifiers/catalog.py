"""The one door: a specification leads to a classifier."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ..errors import FragScopeError, ModelError, first_line
from .assembling import Recipe, assemble
from .devices import choose_device
from .label_names import read_class_names
from .loaded import LoadedClassifier
from .model_settings import SET, Known, stated
from .settings_file import beside
from .sources.found import Found, Order, Report, silent
from .specs import ModelSpec, parse_spec

DEFAULT_MODEL = "builtin:efficientnet-lite0"
_SOURCES = {
    "builtin": "builtin",
    "torchvision": "torchvision_models",
    "timm": "timm_models",
    "hf": "hugging_face",
    "onnx": "onnx_files",
    "openvino": "openvino_files",
    "tflite": "openvino_files",
    "exported": "exported_programs",
    "torch-file": "torch_files",
    "factory": "factories",
    "remote": "remote",
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model, or a kind of models, as lists show it."""

    spec: str
    label: str
    summary: str
    licence: str = ""


def models() -> dict[str, Model]:
    """What can be opened: the bundled model, and a pattern for every other kind."""
    entries = (
        Model(DEFAULT_MODEL, "EfficientNet-Lite0", "ImageNet-1k, 224 x 224, offline", "Apache-2.0"),
    )
    return {entry.spec: entry for entry in entries}


def load_classifier(
    spec: str = DEFAULT_MODEL,
    device: str = "auto",
    settings: Mapping[str, str] | None = None,
    *,
    trusted: bool = False,
    report: Report = silent,
) -> LoadedClassifier:
    """Load a model on a device.

    Parameters
    ----------
    spec : where it comes from; see `parse_spec` for all forms.
    device : "auto", "cpu", "cuda", "cuda:1" or "mps".
    settings : texts by the names of `model_settings.FIELDS`, and "labels" for a file of names;
        they win over what the model states about itself.
    trusted : whether a file or code that runs a program may be loaded.
    report : told how far a download is; may raise to stop it.

    Raises
    ------
    UnknownNameError
        There is no such model or setting.
    DistrustedError
        Loading would run a program, and `trusted` is False.
    ModelError
        The device is not there, or the model cannot be loaded or does not answer.
    """
    where = parse_spec(spec)
    chosen, labels = _chosen(settings or {})
    place = choose_device(device)
    found, said = find(where, Order(place, trusted, report)), beside(where.path)
    layers = (found.facts, said.facts, chosen)
    return assemble(Recipe(found, where.text, place, layers, labels or said.labels or found.labels))


def with_settings(classifier: LoadedClassifier, settings: Mapping[str, str]) -> LoadedClassifier:
    """The same model with other settings by the user in place of all earlier ones.

    Nothing is loaded again; the model is asked a few times to see that it answers.

    Raises
    ------
    FragScopeError
        A setting is unknown or does not suit; the given classifier stays as it is.
    """
    if classifier.recipe is None:
        raise ModelError(f"the settings of {classifier.name} are fixed by the program")
    chosen, labels = _chosen(settings)
    return assemble(classifier.recipe.changed(chosen, labels))


def _chosen(settings: Mapping[str, str]) -> tuple[dict[str, Known], Known | None]:
    """What the user set, and the class names among it."""
    mine = dict(settings)
    names = mine.pop("labels", "")
    return stated(mine, SET), Known(read_class_names(names), SET) if names else None


def find(where: ModelSpec, order: Order) -> Found:
    """Bring a model from its source, whatever goes wrong there told in one sentence."""
    module = importlib.import_module(f"{__package__}.sources.{_SOURCES[where.kind]}")
    try:
        return cast(Found, module.find(where, order))
    except FragScopeError:
        raise
    except ImportError as error:
        raise ModelError(f"{where.text} needs a package that is missing ({error})") from error
    except Exception as error:  # readers of model files raise anything
        raise ModelError(
            f"{where.text} cannot be loaded ({type(error).__name__}: {first_line(error)})"
        ) from error
