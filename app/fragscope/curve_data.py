"""What the panels' curves say: names, points, values and tables of them. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind

from .panels import Panel, Status

if TYPE_CHECKING:
    from .aspects import Aspect

Areas = tuple[str, str]
"""What is told of the areas under a deletion and an insertion curve; "" while one is not known."""
KINDS: tuple[CurveKind, ...] = ("deletion", "insertion")
KIND_WORDS: dict[CurveKind, str] = {
    "deletion": tr("deletion"),
    "insertion": tr("insertion"),
}
COLUMNS = ("method", "curve", "class", "fraction", "probability")
_MARKS = 8
_WHY_NONE = {
    Status.EMPTY: tr("run it first"),
    Status.WAITING: tr("the run has not begun"),
    Status.RUNNING: tr("not drawn yet"),
    Status.PAUSED: tr("the run is paused"),
    Status.CANCELLED: tr("stopped before it; run it again"),
    Status.FAILED: tr("the run failed; run it again"),
    Status.UNSUPPORTED: tr("this model cannot be explained so"),
    Status.FINISHED: tr("none of this class; run it again"),
}


def curve_of(panel: Panel, target: int | None, kind: CurveKind) -> Curve | None:
    """The panel's newest curve of a class, or None where it has none."""
    state = panel.state
    return state.curves.get(kind) if state is not None and state.target == target else None


def area_words(panel: Panel, aspect: Aspect | None, *, outdated: bool) -> Areas:
    """Areas under a panel's curves; with ~ where they are of another map than the one shown.

    Parameters
    ----------
    outdated : whether the result is of the picture through another window.
    """
    state = panel.state
    if state is None or aspect is None or state.target != aspect.target:
        return "", ""
    plain = "~" if outdated or not panel.is_plain(aspect) else ""
    about = plain if state.scored_curves else "~"  # else of an earlier map than the one shown
    deletion, insertion = (
        "" if curve is None or curve.auc is None else f"{about}{curve.auc:.3f}"
        for curve in map(state.curves.get, KINDS)
    )
    return deletion, insertion


def why_no_curve(panel: Panel) -> str:
    """Why a panel has no curve of the class that is shown, for the end of a sentence."""
    return _WHY_NONE[panel.status]


def point_at(curve: Curve, share: float) -> int:
    """Index of the curve's point nearest to a share of pixels in [0, 1]."""
    return int(np.abs(curve.fractions - share).argmin())


def score_at(curve: Curve | None, share: float) -> float | None:
    """Probability at the point nearest to a share of pixels; None before the model was asked."""
    if curve is None:
        return None
    index = point_at(curve, share)
    return float(curve.scores[index]) if index < len(curve.scores) else None


def marked_points(number: int, count: int) -> slice:
    """Which of a curve's points carry the mark of the panel of this number.

    Some are enough to tell it apart; those of different panels lie in different places.
    """
    step = max(1, count // _MARKS)
    return slice(number % step, None, step)


def curve_rows(
    panels: Iterable[tuple[str, Panel, int]], label: Callable[[int], str]
) -> Iterator[tuple[str, ...]]:
    """Rows of COLUMNS: every point that is known of the curves of named panels and classes."""
    for name, panel, target in panels:
        for kind in KINDS:
            curve = curve_of(panel, target, kind)
            if curve is not None:
                for fraction, score in zip(curve.fractions, curve.scores, strict=False):
                    yield (name, kind, label(target), f"{fraction:.6f}", f"{score:.6f}")


def table_text(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """A table with the heading COLUMNS; tabs as delimiter suit pasting into a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
