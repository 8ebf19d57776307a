"""`fragscope.toml` beside a model: what its file format cannot say about itself.

[model]                     # every model in this folder
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]
labels = "labels.txt"       # a path from this folder on, or a list of names

[models."tiny.onnx"]        # one of them; wins over [model]
size = [96, 96]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import FragScopeError, ModelError
from ..translation import tr
from .label_names import read_class_names
from .model_settings import Known, stated

NAME = "fragscope.toml"
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Beside:
    """What a settings file says of a model."""

    facts: Mapping[str, Known] = field(default_factory=dict)
    labels: Known | None = None


def beside(model: Path | None) -> Beside:
    """Read the settings file in a model's folder, if there is one.

    Raises
    ------
    ModelError
        It is no TOML, or its class names cannot be read.
    FragScopeError
        It has a setting that is unknown, or a value that does not suit.
    """
    if model is None or not (model.parent / NAME).is_file():
        return Beside()
    path = model.parent / NAME
    values = _values(path, model.name)
    names = values.pop("labels", None)
    try:
        facts = stated(values, NAME)
        return Beside(facts, _labels(names, path) if names else None)
    except FragScopeError as error:
        raise ModelError(f"{path}: {error}") from error


def _values(path: Path, name: str) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(tr("{path}: has more than 1 MiB, too much for settings", path=path))
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(
            tr("{path}: is no TOML ({error}); mend or remove it", path=path, error=error)
        ) from error
    except OSError as error:
        raise ModelError(
            tr(
                "{path}: cannot be read ({reason}); check its permissions",
                path=path,
                reason=error.strerror,
            )
        ) from error
    tables = found.get("model", {}), found.get("models", {})
    if not all(isinstance(table, dict) for table in tables):
        raise ModelError(
            tr("{path}: [model] and [models.NAME] are tables; see the documentation", path=path)
        )
    strange = [key for key in found if key not in ("model", "models")]
    strange += [f"models.{key}" for key, table in tables[1].items() if not isinstance(table, dict)]
    if strange:
        raise ModelError(
            tr(
                "{path}: '{strange}' belongs into [model] or into [models.\"{name}\"]; put it "
                "there",
                path=path,
                strange=strange[0],
                name=name,
            )
        )
    return {**tables[0], **tables[1].get(name, {})}


def _labels(names: Any, path: Path) -> Known:
    if isinstance(names, list):
        return Known(tuple(str(name) for name in names), NAME)
    return Known(
        read_class_names(path.parent / str(names)), tr("{names}, by {name}", names=names, name=NAME)
    )
