"""`fragscope.toml` beside a model: what its file format cannot say about itself.

[model]                     # every model in this folder
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]
labels = "labels.txt"       # a path from this folder on, or a list of names

[models."tiny.onnx"]        # one of them, by its file's name or that without its end; wins
size = [96, 96]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import FragScopeError, ModelError
from ..translation import mark, tr
from .label_names import read_class_names
from .model_settings import BESIDE, Known, stated

NAME = BESIDE
_MAX_BYTES = 1 << 20
_ALIKE = 0.75
"""How much a section's name has in common with a model's that it was meant for, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a settings file says of a model.

    Attributes
    ----------
    note : a sentence where a section is named almost as the model; else empty.
    """

    facts: Mapping[str, Known] = field(default_factory=dict)
    labels: Known | None = None
    note: str = ""


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
    values, note = _values(path, model)
    names = values.pop("labels", None)
    try:
        facts = stated(values, NAME)
        return Beside(facts, _labels(names, path) if names else None, note)
    except FragScopeError as error:
        raise ModelError(f"{path}: {error}") from error


def _values(path: Path, model: Path) -> tuple[dict[str, Any], str]:
    """What the file says of one model, and a sentence where that may be less than was meant."""
    found = _tables(path)
    common, models = found.get("model", {}), found.get("models", {})
    if not isinstance(common, dict) or not isinstance(models, dict):
        raise ModelError(
            tr(
                '{path}: has sections such as [model] and [models."{name}"], with lines such as '
                "size = 224 below them; write model or models so",
                path=path,
                name=model.name,
            )
        )
    strange = [key for key in found if key not in ("model", "models")]
    strange += [f"models.{key}" for key, table in models.items() if not isinstance(table, dict)]
    if strange:
        raise ModelError(
            tr(
                "{path}: '{strange}' belongs into [model] or into [models.\"{name}\"]; put "
                "it there",
                path=path,
                strange=strange[0],
                name=model.name,
            )
        )
    own = _own(models, model)
    return common | (own or {}), _misspelt(path, models, model) if own is None else ""


def _own(models: Mapping[str, Any], model: Path) -> dict[str, Any] | None:
    """Settings of one model by its name without its end, and by its name; None where it has none.

    Without quotes, [models.tiny.onnx] is the table "onnx" in the table "tiny" to TOML.
    """
    short, end = model.stem, model.suffix.removeprefix(".")
    by_short = models.get(short, {})
    unquoted = by_short.get(end, {})
    tables = (by_short, unquoted if isinstance(unquoted, dict) else {}, models.get(model.name, {}))
    if not any(tables):
        return None
    values = {name: value for table in tables for name, value in table.items()}
    return {name: value for name, value in values.items() if not isinstance(value, dict)}


def _misspelt(path: Path, models: Mapping[str, Any], model: Path) -> str:
    """What to say where a section is named almost as a model, and after no other file here."""
    here = {name for file in path.parent.iterdir() for name in (file.name, file.stem)}
    others = {Path(name).stem.lower(): name for name in models if name not in here}
    near = get_close_matches(model.stem.lower(), others, 1, _ALIKE)
    if not near:
        return ""
    return mark(
        '{file} has [models."{section}"], which no file here is called, and nothing for {name}: '
        'if it is meant, write [models."{name}"], or [model] for all models of the folder',
        file=NAME,
        section=others[near[0]],
        name=model.name,
    )


def _tables(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(tr("{path}: has more than 1 MiB, too much for settings", path=path))
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
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


def _labels(names: Any, path: Path) -> Known:
    if isinstance(names, list):
        return Known(tuple(str(name) for name in names), NAME)
    return Known(
        read_class_names(path.parent / str(names)),
        mark("{names}, by {name}", names=names, name=NAME),
    )
