"""Class names from a file: text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError
from ..translation import tr

MAX_BYTES = 64 << 20
_NAME_COLUMNS = ("name", "label", "class", "class_name", "display_name")
_INDEX_COLUMNS = ("index", "id", "class_id", "class_idx", "idx")


def read_class_names(path: Path | str) -> tuple[str, ...]:
    """Read the names of a model's classes in output order.

    Parameters
    ----------
    path : a text file with one name a line; JSON with a list, {"0": name}, {name: 0} or a
        transformers config with "id2label"; CSV with a header that names a column of names, and
        possibly one of indices, or one column without a header.

    Raises
    ------
    ModelError
        The file cannot be read, or gives no name, or not one for every index from 0 on.
    """
    path = Path(path).expanduser()
    text = _text(path)
    try:
        if path.suffix.lower() == ".json":
            names = names_from_json(json.loads(text))
        elif path.suffix.lower() in (".csv", ".tsv"):
            names = _from_csv(text)
        else:
            names = text.rstrip().splitlines()
    except (ValueError, TypeError, csv.Error) as error:
        raise ModelError(
            tr(
                "{path}: holds no class names that can be read ({error}); give one name a line",
                path=path,
                error=error,
            )
        ) from error
    if not any(name.strip() for name in names):
        raise ModelError(tr("{path}: holds no class names; give one name a line", path=path))
    return tuple(name.strip() or f"class {index}" for index, name in enumerate(names))


def names_from_json(value: Any) -> list[str]:
    """Names in output order from a list, or from a table between indices and names.

    Raises
    ------
    ValueError
        The value is none of these, or an index is missing.
    """
    if isinstance(value, Mapping):
        for key in ("id2label", "labels", "names", "classes"):
            if isinstance(value.get(key), list | Mapping):
                return names_from_json(value[key])
        return _by_index(value)
    if not isinstance(value, list) or not value:
        raise ValueError(tr("expected a list of names, or a table of indices and names"))
    return [str(entry) for entry in value]


def _by_index(table: Mapping[Any, Any]) -> list[str]:
    try:
        found = {int(key): _name(value) for key, value in table.items()}
    except (ValueError, TypeError):
        found = {int(value): str(key) for key, value in table.items()}
    missing = next((index for index in range(len(found)) if index not in found), None)
    if missing is not None or not found:
        raise ValueError(tr("index {missing} has no name", missing=missing or 0))
    return [found[index] for index in range(len(found))]


def _name(value: Any) -> str:
    """A name; ImageNet's table has pairs of a synset and a name."""
    if isinstance(value, int):
        raise TypeError(tr("a number is no name"))
    return str(value[-1]) if isinstance(value, list) and value else str(value)


def _from_csv(text: str) -> list[str]:
    rows = [row for row in csv.reader(io.StringIO(text), _dialect(text)) if row]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    name = next((header.index(key) for key in _NAME_COLUMNS if key in header), None)
    if name is None:
        return [row[-1] for row in rows]
    index = next((header.index(key) for key in _INDEX_COLUMNS if key in header), None)
    if index is None:
        return [row[name] for row in rows[1:]]
    return _by_index({row[index]: row[name] for row in rows[1:]})


def _dialect(text: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        return csv.excel  # one column


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(
                tr(
                    "{path}: has more than {max_bytes} MiB, too much for names",
                    path=path,
                    max_bytes=MAX_BYTES >> 20,
                )
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ModelError(
            tr("{path}: no such file of class names; check its name and folder", path=path)
        ) from None
    except UnicodeDecodeError:
        raise ModelError(
            tr("{path}: is not a text file in UTF-8; save the names as UTF-8", path=path)
        ) from None
    except OSError as error:
        raise ModelError(
            tr(
                "{path}: cannot be read ({reason}); check its permissions",
                path=path,
                reason=error.strerror,
            )
        ) from error
