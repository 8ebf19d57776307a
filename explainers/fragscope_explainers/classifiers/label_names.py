"""Class names from a file: text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError, first_line
from ..translation import tr, trn

MAX_BYTES = 16 << 20
"""Most of a file of names: 21,841 of them have about a million letters."""
_DIGITS = 9
_LONGEST = 500
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
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
        names = _READERS.get(path.suffix.lower(), _from_lines)(text)
    except json.JSONDecodeError as error:
        raise ModelError(
            tr(
                "{path}, line {line}: is no JSON ({why}); {expected}",
                path=path,
                line=error.lineno,
                why=error.msg,
                expected=_EXPECTED[".json"],
            )
        ) from error
    except RowError as error:
        raise ModelError(
            tr(
                "{path}, line {line}: {what}; {expected}",
                path=path,
                line=error.line,
                what=error,
                expected=_EXPECTED[path.suffix.lower()],
            )
        ) from error
    except (ValueError, TypeError, OverflowError, RecursionError, csv.Error) as error:
        raise ModelError(
            tr(
                "{path}: holds no class names that can be read ({why}); {expected}",
                path=path,
                why=first_line(error),
                expected=_EXPECTED.get(path.suffix.lower(), tr("give one name a line")),
            )
        ) from error
    if not any(name.strip() for name in names):
        raise ModelError(tr("{path}: holds no class names; give one name a line", path=path))
    return tuple(name.strip() or f"class {index}" for index, name in enumerate(names))


class RowError(ValueError):
    """A row of a table that cannot be read, with its line, counted from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


def tidy(names: Iterable[str]) -> tuple[str, ...]:
    """Names of any origin as lists and terminals can show them: on one line, and not endless.

    Signs that steer a terminal or turn the direction of writing go; two names may then be one.
    """
    return tuple(_tidied(name) for name in names)


def _tidied(name: str) -> str:
    shown = _STEERING.sub(" ", name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


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
        found = {_index(value): str(key) for key, value in table.items()}
    return _in_order(found, len(table))


def _in_order(found: Mapping[int, str], entries: int) -> list[str]:
    """Names by index from 0 on."""
    if len(found) < entries:
        raise ValueError(tr("an index stands twice"))
    missing = next((index for index in range(len(found)) if index not in found), None)
    if missing is not None or not found:
        raise ValueError(tr("index {missing} has no name", missing=missing or 0))
    return [found[index] for index in range(len(found))]


def _index(value: Any) -> int:
    try:
        return int(value)
    except (ValueError, TypeError):
        raise ValueError(
            tr("neither names nor indices are whole numbers: {value}", value=repr(value)[:40])
        ) from None


def _name(value: Any) -> str:
    """A name; ImageNet's table has pairs of a synset and a name."""
    if isinstance(value, int):
        raise TypeError(tr("a number is no name"))
    return str(value[-1]) if isinstance(value, list) and value else str(value)


def _from_lines(text: str) -> list[str]:
    return text.rstrip().splitlines()


def _from_json(text: str) -> list[str]:
    return names_from_json(json.loads(text))


def _from_csv(text: str) -> list[str]:
    reader = csv.reader(io.StringIO(text), _dialect(text))
    rows = [(reader.line_num, row) for row in reader if row]
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    name = next((header.index(key) for key in _NAME_COLUMNS if key in header), None)
    if name is None:
        return [row[-1] for _, row in rows]
    index = next((header.index(key) for key in _INDEX_COLUMNS if key in header), None)
    if index is None:
        return [_cell(row, name, line) for line, row in rows[1:]]
    found: dict[int, str] = {}
    for line, row in rows[1:]:
        place = _cell(row, index, line).strip()
        if not place.isdecimal() or len(place) > _DIGITS:
            raise RowError(line, tr("'{text}' is no index", text=place[:40]))
        if int(place) in found:
            raise RowError(
                line, tr("the index {index} stands there for the second time", index=int(place))
            )
        found[int(place)] = _cell(row, name, line)
    return _in_order(found, len(found))


def _cell(row: list[str], column: int, line: int) -> str:
    if column >= len(row):
        raise RowError(
            line,
            trn(
                "has {count} cell, and the heading promises {more} at least",
                "has {count} cells, and the heading promises {more} at least",
                len(row),
                more=column + 1,
            ),
        )
    return row[column]


def _dialect(text: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        return csv.excel  # one column


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe, which reading would wait for
            raise ModelError(
                tr("{path}: is no ordinary file; give a text file of class names", path=path)
            )
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(
                tr(
                    "{path}: has more than {max_bytes} MiB, too much for names",
                    path=path,
                    max_bytes=MAX_BYTES >> 20,
                )
            )
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ModelError(
            tr("{path}: no such file of class names; check its name and folder", path=path)
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ModelError(
            tr(
                "{path}, line {line}: is not a text file in UTF-8; save the names as UTF-8",
                path=path,
                line=line,
            )
        ) from None
    except OSError as error:
        raise ModelError(
            tr(
                "{path}: cannot be read ({reason}); check its permissions",
                path=path,
                reason=error.strerror,
            )
        ) from error


_READERS = {".json": _from_json, ".csv": _from_csv, ".tsv": _from_csv}
_EXPECTED = {
    ".json": tr('write a list of names such as ["cat", "dog"], or a table such as {"0": "cat"}'),
    ".csv": tr("write an index from 0 on and a name in each row below the heading index,name"),
    ".tsv": tr("write an index from 0 on and a name in each row below the heading index and name"),
}
