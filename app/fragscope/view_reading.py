"""Read from a session file how a window showed it, with every value checked. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from fragscope_explainers.translation import tr
from fragscope_explainers.types import CurveKind
from fragscope_explainers.what_if import ERASER_FILLS

from . import checked_values as checked
from .archive import Archive
from .arrangement import Detached, Region
from .checked_values import Facts
from .colours import COLOUR_MAPS, SIGNS, Display
from .edits import Edit, KeptEdit
from .stored_session import Scrubbed, StoredEdit, View

if TYPE_CHECKING:
    from .ranges import Scale

_FAR = 1e7
_FAR_OFF = 10**6


def read_view(facts: Facts, archive: Archive) -> View:
    sizes = facts["sizes"]
    return View(
        _display(facts["display"]),
        None if facts["edit"] is None else _edit(facts["edit"], archive),
        tuple(checked.whole(pin) for pin in checked.many(facts["pins"], checked.MOST_CLASSES)),
        _spans(checked.many(facts["spans"], checked.MOST_NUMBER)),
        checked.whole(facts["level"]),
        checked.truth(facts["fragments"]),
        checked.whole_or_none(facts["maximised"]),
        tuple(
            (checked.whole(first), checked.whole(second))
            for first, second in checked.many(facts["differences"], checked.MOST_PANELS)
        ),
        _region_or_none(facts["region"]),
        {
            checked.text(name): [checked.whole(size) for size in checked.many(sizes[name], 20)]
            for name in sizes
        },
        checked.text(facts["tab"]),
        tuple(
            _detached(row) for row in checked.many(facts.get("detached", []), checked.MOST_PANELS)
        ),
        tuple(checked.whole(n) for n in checked.many(facts.get("hidden", []), checked.MOST_PANELS)),
        None if facts.get("scrubber") is None else _scrubbed(facts["scrubber"]),
        {
            checked.whole(row["number"]): _region_or_none(row["region"])
            for row in checked.many(facts.get("alone", []), checked.MOST_PANELS)
        },
        None if facts.get("swipe") is None else checked.number(facts["swipe"], 0, 1),
    )


def _detached(facts: Facts) -> Detached:
    left, top = (checked.whole(place, -_FAR_OFF, _FAR_OFF) for place in facts["place"][:2])
    width, height = (checked.whole(side, 1, _FAR_OFF) for side in facts["place"][2:])
    place = left, top, width, height
    return Detached(checked.whole(facts["number"]), place, checked.truth(facts["maximised"]))


def _scrubbed(facts: Facts) -> Scrubbed:
    kind = checked.one_of(facts["kind"], get_args(CurveKind))
    return Scrubbed(kind, checked.number(facts["share"], 0, 1), checked.truth(facts["on"]))


def _region_or_none(numbers: object) -> Region | None:
    """A region; None stands for the whole picture, also where too little would be seen."""
    if numbers is None:
        return None
    left, top, width, height = (checked.number(n, -_FAR, _FAR) for n in checked.many(numbers, 4))
    return (left, top, width, height) if min(width, height) > 1 / _FAR else None


def _display(facts: Facts) -> Display:
    return Display(
        checked.one_of(facts["colour_map"], COLOUR_MAPS),
        checked.number(facts["opacity"], 0, 1),
        checked.one_of(facts["sign"], SIGNS),
        checked.number(facts["clip"], 50, 100),
        checked.number(facts["top"], 0.001, 1),
        checked.number(facts["threshold"], 0, 1),
        *(checked.truth(facts[name]) for name in ("shared", "locked", "contours", "fade")),
    )


def _spans(rows: Sequence[Any]) -> dict[int, dict[Scale, tuple[float, float]]]:
    found: dict[int, dict[Scale, tuple[float, float]]] = {}
    for number, unit, signed, sign, low, high in rows:
        scale = (checked.text(unit), checked.truth(signed), checked.one_of(sign, SIGNS))
        bottom, top = checked.number(low), checked.number(high)
        if bottom >= top:
            raise ValueError(tr("a range of colours is empty"))
        found.setdefault(checked.whole(number), {})[scale] = (bottom, top)
    return found


def read_kept_edit(facts: Facts, archive: Archive) -> KeptEdit:
    fill = checked.one_of(facts["fill"], ERASER_FILLS)
    return KeptEdit.of(Edit(_marked(facts, archive), checked.truth(facts["keeps"]), fill))


def _marked(facts: Facts, archive: Archive) -> NDArray[np.bool_]:
    marked = archive.array(facts["marked"])
    if marked.ndim != 2 or marked.dtype != np.bool_:
        raise ValueError(tr("the edit is no mask"))
    return marked


def _edit(facts: Facts, archive: Archive) -> StoredEdit:
    marked = _marked(facts, archive)
    probabilities = checked.array_or_none(facts["probabilities"], archive)
    altered = checked.array_or_none(facts["altered"], archive)
    if altered is not None and (altered.shape != (*marked.shape, 3) or altered.dtype != np.uint8):
        raise ValueError(tr("the altered picture is not of the edit's size"))
    fill = checked.one_of(facts["fill"], ERASER_FILLS)
    return StoredEdit(object(), marked, checked.truth(facts["keeps"]), fill, probabilities, altered)
