"""Settings and class names from the notes that exporters write into model files."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import FragScopeError
from ...translation import mark
from ..label_names import names_from_json
from ..model_settings import Known, stated

_LABEL_KEYS = ("names", "labels", "classes", "class_names", "id2label", "categories")
_LONGEST = 2 << 20
"""Characters of a note that are read; 21,841 names have less than a million."""


def labels_in(notes: Mapping[str, str], source: str) -> Known | None:
    """Class names among the notes of a file.

    Parameters
    ----------
    notes : JSON or a Python literal with a list or a table of names, or names between commas or
        line ends, under one of the usual keys.
    """
    for key in _LABEL_KEYS:
        text = notes.get(key, "")
        names = tuple(text.split()) if _by_model_api(notes) else _names(text)
        if names:
            return Known(names, mark("{source} ({key})", source=source, key=key))
    return None


def facts_in(notes: Mapping[str, str], source: str) -> dict[str, Known]:
    """Settings that Ultralytics and OpenVINO's Model API write into their files."""
    found = _ultralytics(notes) | _model_api(notes)
    facts: dict[str, Known] = {}
    for name, value in found.items():
        try:
            facts |= stated({name: value}, source)
        except FragScopeError:  # a note that is no setting is none
            continue
    return facts


def _names(text: str) -> tuple[str, ...]:
    if not text or len(text) > _LONGEST:
        return ()
    value = _literal(text)
    if value is None:
        value = [part.strip() for part in (text.splitlines() if "\n" in text else text.split(","))]
    try:
        names = names_from_json(list(value) if isinstance(value, tuple) else value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return ()
    return tuple(names) if any(names) else ()


def _literal(text: str) -> Any:
    """A value in JSON or as Python writes it, or None."""
    if len(text) > _LONGEST:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return None


def _ultralytics(notes: Mapping[str, str]) -> dict[str, Any]:
    """Its classifiers take the centre of the picture in 0..1 and answer with probabilities."""
    if notes.get("task") != "classify" or notes.get("author") != "Ultralytics":
        return {}
    facts: dict[str, Any] = {"mean": 0, "std": 1, "range": 1, "resize": "crop", "order": "RGB"}
    size = _literal(notes.get("imgsz", ""))
    if isinstance(size, Sequence) and size and all(isinstance(side, int) for side in size):
        facts |= {"short_side": min(size), "interpolation": "bilinear"}
    return facts


def _model_api(notes: Mapping[str, str]) -> dict[str, Any]:
    """Means and scales in bytes, which are divided by 255 here."""
    if not _by_model_api(notes) or _says_yes(notes, "embedded_processing"):
        return {}
    facts: dict[str, Any] = {}
    for key, name in (("mean_values", "mean"), ("scale_values", "std")):
        numbers = _numbers(notes.get(key, ""))
        if numbers:
            facts[name] = [number / 255 for number in numbers]
    if facts:
        facts = {"mean": [0.0], "std": [1 / 255], **facts, "range": 1}
    if _says_yes(notes, "reverse_input_channels"):
        facts["order"] = "RGB"  # its pictures are BGR, and are turned round
    if notes.get("resize_type") == "standard":
        facts["resize"] = "squash"
    if _says_yes(notes, "multilabel"):
        facts["activation"] = "sigmoid"
    return facts


def _by_model_api(notes: Mapping[str, str]) -> bool:
    return notes.get("model_type", "").lower() == "classification"


def _says_yes(notes: Mapping[str, str], key: str) -> bool:
    return notes.get(key, "").lower() in ("true", "yes", "1")


def _numbers(text: str) -> list[float]:
    if len(text) > _LONGEST:
        return []
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        return []
