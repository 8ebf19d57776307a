"""Weights that are split into several files of safetensors, which an index lists.

Hugging Face's libraries write large models so: `model.safetensors.index.json` says which file of
its folder holds which weight. The index may come from anywhere, so it may name files beside it
only, and each weight has to be where it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ...errors import ModelError, first_line
from ...translation import tr
from ..specs import SHARDED
from .model_files import MAX_BYTES, damaged, readable

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
_MOST_JSON = 16 << 20


def weights_in(path: Path) -> Path:
    """The file or the index of the weights that a path names; a folder stands for those in it.

    Raises
    ------
    ModelError
        The folder holds none.
    """
    if not path.is_dir():
        return path
    for name in (WHOLE, INDEX):
        if (path / name).is_file():
            return path / name
    raise ModelError(
        tr(
            "{path}: is a folder without {whole} or {index}; give a file of weights",
            path=path,
            whole=WHOLE,
            index=INDEX,
        )
    )


def is_index(path: Path) -> bool:
    """Whether a path is that of an index by its name."""
    return path.name.lower().endswith(SHARDED)


def files_of(path: Path) -> list[Path]:
    """The files that weights lie in: those that an index names, or the file itself."""
    return [path.parent / name for name in shard_names(path)] if is_index(path) else [path]


def shard_names(index: Path) -> list[str]:
    """Names of the files that an index lists.

    Raises
    ------
    ModelError
        It cannot be read, lists none, or one that does not lie beside it.
    """
    return sorted(set(_weight_map(index).values()))


def read_shards(index: Path) -> dict[str, Tensor]:
    """All weights that an index lists, by name.

    Raises
    ------
    ModelError
        The index or one of its files cannot be read, or lacks a weight.
    """
    places = _weight_map(index)
    shards = [readable(index.parent / name) for name in sorted(set(places.values()))]
    if sum(shard.stat().st_size for shard in shards) > MAX_BYTES:
        gib = MAX_BYTES >> 30
        raise ModelError(tr("{path}: its files have more than {gib} GiB", path=index, gib=gib))
    found: dict[str, Tensor] = {}
    for shard in shards:
        wanted = [name for name, place in places.items() if place == shard.name]
        weights = read_safetensors(shard)
        missing = next((name for name in wanted if name not in weights), None)
        if missing is not None:
            raise ModelError(
                tr(
                    "{path}: lacks the weight {weight}, which {index} expects in it; download "
                    "both again",
                    path=shard,
                    weight=missing,
                    index=index.name,
                )
            )
        found |= {name: weights[name] for name in wanted}
    return found


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All weights of one file, by name.

    Raises
    ------
    ModelError
        It is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(path))
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise damaged(path, "safetensors", first_line(error)) from error


def json_table(path: Path) -> dict[str, Any]:
    """The JSON object in a file beside weights.

    Raises
    ------
    ModelError
        It cannot be read, is too large, or is something else.
    """
    try:
        if path.stat().st_size > _MOST_JSON:
            raise ModelError(
                tr(
                    "{path}: has more than {most_json} MiB, too much for JSON",
                    path=path,
                    most_json=_MOST_JSON >> 20,
                )
            )
        found = json.loads(readable(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            tr("{path}: cannot be read as JSON ({reason})", path=path, reason=first_line(error))
        ) from error
    if not isinstance(found, dict):
        raise ModelError(tr("{path}: holds no table of settings", path=path))
    return found


def _weight_map(index: Path) -> dict[str, str]:
    """File by weight."""
    table = json_table(index).get("weight_map")
    if not isinstance(table, Mapping) or not table:
        raise ModelError(tr('{path}: lists no weights; it needs a table "weight_map"', path=index))
    found = {str(weight): str(name) for weight, name in table.items()}
    strange = next((name for name in found.values() if not _lies_beside(name)), None)
    if strange is not None:
        raise ModelError(
            tr(
                "{path}: names the file '{name}', which does not lie beside it as "
                "model-00001-of-00002.safetensors does; download the model again",
                path=index,
                name=strange[:80],
            )
        )
    return found


def _lies_beside(name: str) -> bool:
    """Whether a name is that of a file in the same folder, on any system."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:\0")
