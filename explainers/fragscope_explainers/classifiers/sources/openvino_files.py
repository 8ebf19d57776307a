"""OpenVINO's own files and TensorFlow Lite's, read by OpenVINO."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from ...translation import mark, tr
from .. import onnxruntime_runner
from ..openvino_engine import import_openvino
from ..openvino_runner import OpenVinoRunner, shape_of, told
from ..specs import ModelSpec
from .found import Found, Order
from .input_facts import input_facts
from .metadata import facts_in, labels_in
from .model_files import damaged, model_file, readable, sha256

_KINDS = {".xml": "OpenVINO IR", ".tflite": "TensorFlow Lite", ".onnx": "ONNX"}
_OTHERWISE = {
    ".onnx": tr("export it with standard operations only"),
    ".tflite": tr("convert it to ONNX"),
    ".xml": tr("convert it with this version of OpenVINO"),
}
_SOURCE = mark("the file's input")
_NOTES = mark("the file's notes")


def find(spec: ModelSpec, order: Order) -> Found:
    """Load an IR (.xml beside its .bin) or a .tflite.

    Raises
    ------
    ModelError
        A file is missing or damaged, or the model takes no pictures.
    """
    path = model_file(spec)
    files: tuple[Path, ...] = (path,)
    if path.suffix.lower() == ".xml":
        weights = path.with_suffix(".bin")
        if not weights.is_file():
            raise ModelError(
                tr(
                    "{path}: its weights {name} are not beside it; put both files into one folder",
                    path=path,
                    name=weights.name,
                )
            )
        files = (path, readable(weights))
    return found_by_openvino(path, sha256(*files))


def found_by_openvino(path: Path, weights_hash: str) -> Found:
    """A model that OpenVINO reads, and all that its file says.

    Raises
    ------
    ModelError
        OpenVINO cannot read or compute it, or it takes no pictures.
    """
    model = read(path)
    notes = notes_of(model)
    element = np.dtype(model.input(0).element_type.to_dtype()).name if model.inputs else ""
    facts = input_facts(shape_of(model), element, _SOURCE) | facts_in(notes, _NOTES)
    labels = labels_in(notes, _NOTES)
    return Found(OpenVinoRunner(model), path.stem, facts, labels, weights_hash)


def read(path: Path) -> Any:
    """OpenVINO's model of a file.

    Raises
    ------
    ModelError
        The file is damaged, or holds what OpenVINO does not know.
    """
    try:
        return import_openvino().Core().read_model(path)
    except RuntimeError as error:
        if "fully converted" in str(error):
            raise ModelError(
                tr(
                    "{path}: holds operations that OpenVINO cannot compute ({told}); {otherwise}",
                    path=path,
                    told=told(error),
                    otherwise=_otherwise(path.suffix.lower()),
                )
            ) from error
        raise damaged(path, _KINDS[path.suffix.lower()], told(error)) from error


def _otherwise(suffix: str) -> str:
    """What to do with a file whose operations OpenVINO does not know."""
    if suffix == ".onnx" and not onnxruntime_runner.is_installed():
        return tr("ONNX Runtime may: pip install fragscope[onnx]")
    return _OTHERWISE[suffix]


def notes_of(model: Any) -> Mapping[str, str]:
    """What the file says about itself, from all of OpenVINO's tables of notes."""
    notes: dict[str, str] = {}
    tables = [model.get_rt_info()]
    while tables:
        for name, entry in tables.pop().items():
            try:
                value = getattr(entry, "value", entry)
            except TypeError:  # a kind of note that OpenVINO does not hand over to Python
                continue
            if isinstance(value, Mapping):
                tables.append(value)
            else:
                notes.setdefault(str(name), str(value))
    return notes
