"""The one door: a specification leads to a classifier."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ..errors import FragScopeError, ModelError, UnknownNameError, first_line
from ..translation import tr
from .assembling import Recipe, assemble
from .devices import choose_device
from .label_names import read_class_names
from .loaded import LoadedClassifier
from .model_settings import SET, Known, stated
from .settings_file import beside
from .sources.found import Found, Order, Report, silent
from .specs import ModelSpec, parse_spec, without_secrets

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


_LISTED = ("builtin", "torchvision", "timm")
"""Collections whose names can be listed without a network."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, or a kind of models, as lists show it.

    Attributes
    ----------
    spec : what is typed; capital letters stand for what is to be filled in.
    licence : empty where each model has its own.
    example : a specification of this kind.
    package : the package that it needs beside what every installation has, as it is imported.
    extra : name of the extra that installs it.
    """

    spec: str
    label: str
    summary: str
    licence: str = ""
    example: str = ""
    package: str = ""
    extra: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether its package is there."""
        top = self.package.partition(".")[0]
        return not top or importlib.util.find_spec(top) is not None

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many models."""
        return self.spec != self.example


def models() -> dict[str, Model]:
    """What can be opened: the bundled model, and a pattern for every other kind."""
    entries = (
        Model(
            DEFAULT_MODEL,
            "EfficientNet-Lite0",
            "ImageNet-1k, 224 x 224, offline",
            "Apache-2.0",
            DEFAULT_MODEL,
        ),
        Model(
            "torchvision:NAME[@WEIGHTS]",
            "torchvision",
            "weights are fetched once",
            "BSD-3-Clause",
            "torchvision:resnet50",
        ),
        Model(
            "torchvision:NAME@FILE",
            "torchvision, own weights",
            "a state dict",
            example="torchvision:mobilenet_v2@weights.pth",
        ),
        Model(
            "timm:NAME[@FILE]",
            "timm",
            "weights are fetched once",
            example="timm:convnext_tiny.fb_in22k_ft_in1k",
            package="timm",
            extra="timm",
        ),
        Model(
            "hf:OWNER/NAME[@REVISION]",
            "Hugging Face",
            "an image classifier of transformers",
            example="hf:google/vit-base-patch16-224",
            package="transformers",
            extra="hf",
        ),
        Model(
            "hf:FOLDER",
            "transformers folder",
            "with config.json and safetensors",
            example="hf:./my-vit",
            package="transformers",
            extra="hf",
        ),
        *_files(),
        Model(
            "FILE.py:FUNCTION",
            "Python factory",
            "a function that returns a model",
            example="my_model.py:load",
        ),
        Model(
            "http(s)://HOST/v2/models/NAME",
            "server over HTTP",
            "Open Inference Protocol",
            example="http://localhost:8000/v2/models/resnet",
        ),
        Model(
            "grpc(s)://HOST:PORT/NAME",
            "server over gRPC",
            "Open Inference Protocol",
            example="grpc://localhost:8001/resnet",
            package="tritonclient",
            extra="grpc",
        ),
    )
    return {entry.spec: entry for entry in entries}


def _files() -> tuple[Model, ...]:
    return (
        Model("FILE.onnx", "ONNX", "a black box", example="model.onnx"),
        Model("FILE.xml", "OpenVINO IR", "a black box", example="model.xml"),
        Model("FILE.tflite", "TensorFlow Lite", "a black box", example="model.tflite"),
        Model("FILE.pt2", "torch.export", "an exported program", example="model.pt2"),
        Model("FILE.pt", "TorchScript", "or any other file of torch", example="model.pt"),
    )


def model_names(kind: str, text: str = "") -> list[str]:
    """Names of a collection's models that contain a text, whatever its capitals.

    Raises
    ------
    UnknownNameError
        The collection is unknown, or its names cannot be listed.
    ModelError
        Its package is missing.
    """
    if kind not in _LISTED:
        raise UnknownNameError(tr("collection of models"), kind, _LISTED)
    source = importlib.import_module(f"{__package__}.sources.{_SOURCES[kind]}")
    return [name for name in source.names() if text.lower() in name.lower()]


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
    return assemble(Recipe(found, where.text, place, layers, said.labels or found.labels, labels))


def with_settings(classifier: LoadedClassifier, settings: Mapping[str, str]) -> LoadedClassifier:
    """The same model with other settings by the user in place of all earlier ones.

    Nothing is loaded again; the model is asked a few times to see that it answers.

    Raises
    ------
    FragScopeError
        A setting is unknown or does not suit; the given classifier stays as it is.
    """
    if classifier.recipe is None:
        raise ModelError(
            tr("the settings of {name} are fixed by the program", name=classifier.name)
        )
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
        raise ModelError(
            tr("{text} needs a package that is missing ({error})", text=where.text, error=error)
        ) from error
    except Exception as error:  # readers of model files raise anything
        raise ModelError(
            tr(
                "{text} cannot be loaded ({kind}: {without_secrets})",
                text=where.text,
                kind=type(error).__name__,
                without_secrets=without_secrets(first_line(error)),
            )
        ) from error
