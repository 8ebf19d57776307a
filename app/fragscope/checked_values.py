"""Values from a file that may come from anybody: each is checked before it is used. No Qt.

A function gives the value back as what it should be, and raises ValueError where it is something
else; `read_archive` makes a sentence of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from numpy.typing import NDArray

from fragscope_explainers.counts import Window, WindowShape
from fragscope_explainers.translation import tr

from .archive import Archive

Kind = TypeVar("Kind")
Facts = Mapping[str, Any]
MOST_PANELS, MOST_NUMBER, MOST_CLASSES = 10_000, 10_000, 1_000_000
_MOST_TEXT = 100_000


def many(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(tr("a list is missing or too long"))
    return value


def text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError(tr("a text is missing"))
    return value


def path(value: object) -> Path | None:
    found = None if value is None else text(value)
    if found is not None and "\0" in found:
        raise ValueError(tr("a path is none"))
    return None if found is None else Path(found)


def whole(value: object, least: int = 0, most: int = 2**53) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(tr("a whole number is missing or out of range"))
    return value


def whole_or_none(value: object) -> int | None:
    return None if value is None else whole(value)


def number(value: object, least: float = -1e300, most: float = 1e300) -> float:
    if type(value) not in (int, float) or not least <= cast(float, value) <= most:
        raise ValueError(tr("a number is missing or out of range"))
    return float(cast(float, value))


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(tr("what should be true or false is neither"))  # noqa: TRY004
    return value


def one_of(value: object, choices: Sequence[Kind]) -> Kind:
    for choice in choices:
        if choice == value:
            return choice
    raise ValueError(tr("'{value}' is none of the choices", value=value))


def array_or_none(name: object, archive: Archive) -> NDArray[Any] | None:
    return None if name is None else archive.array(text(name))


def window(facts: Facts | None) -> Window | None:
    """A window of counts; files of an earlier FragScope have none."""
    if facts is None:
        return None
    shape = one_of(facts["shape"], get_args(WindowShape))
    return Window(number(facts["centre"]), number(facts["width"]), shape)
