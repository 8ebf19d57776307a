"""Read panels with their results from a session file, with every value checked. No Qt.

For the worker: results load torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.fills import FILLS
from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind, read_only

from . import checked_values as checked
from .archive import Archive
from .checked_values import Facts
from .panels import Status
from .stored_session import StoredPanel

if TYPE_CHECKING:
    from fragscope_explainers.explainer import Explainer

    from .runs import RunState

_ENDED = (Status.EMPTY, Status.FINISHED, Status.CANCELLED, Status.FAILED)


def read_panel(facts: Facts, archive: Archive) -> StoredPanel:
    asked = facts["asked"]
    method = methods.method(checked.text(facts["method"]))
    return StoredPanel(
        checked.whole(facts["number"], 0, checked.MOST_NUMBER),
        method.name,
        _usable(method.name, _settings(facts["settings"])),
        checked.one_of(Status(facts["status"]), _ENDED),
        None if facts["state"] is None else _state(facts["state"], archive),
        None if asked is None else _settings(asked),
        checked.text(facts["failure"]),
        checked.truth(facts["scores_partial"]),
        checked.whole_or_none(facts["held"]),
        checked.window(facts.get("asked_window")),
        checked.whole(facts["first_done"]),
        checked.number(facts["seconds"], 0),
        checked.whole_or_none(facts.get("model")),
    )


def _settings(facts: Facts) -> dict[str, Any]:
    """Parameters by name; JSON has lists where they are tuples."""
    return {
        checked.text(name): tuple(value) if isinstance(value, list) else value
        for name, value in facts.items()
    }


def _usable(method: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The parameters, or none of them where the method does not take them."""
    try:
        methods.create(method, **settings)
    except (FragScopeError, TypeError):
        return {}
    return settings


def _state(facts: Facts, archive: Archive) -> RunState:
    from fragscope_explainers.classifiers.engines import EngineUse
    from fragscope_explainers.stored_snapshots import StoredSnapshot, restore

    from .runs import RunState, Stage

    explainer: Explainer = methods.create(
        checked.text(facts["method"]), **_settings(facts["parameters"])
    )
    parts = facts["snapshot"]
    arrays = {
        checked.text(name): archive.array(checked.text(at)) for name, at in parts["arrays"].items()
    }
    snapshot = restore(StoredSnapshot(checked.text(parts["kind"]), parts["facts"], arrays))
    target, saliency = checked.whole(facts["target"]), archive.array(facts["saliency"])
    # Sums that do not belong together are found out here, not while a pointer moves.
    known = snapshot.saliency(target)
    snapshot.standard_error(target)
    if known.shape != saliency.shape or not np.isfinite(saliency).all():
        raise ValueError(tr("a map is not of its run"))
    curves = [_curve(entry, archive, known.shape) for entry in checked.many(facts["curves"], 2)]
    stability = facts["stability"]
    return RunState(
        Stage(facts["stage"]),
        explainer,
        target,
        snapshot,
        read_only(saliency),
        None if stability is None else checked.number(stability),
        {curve.kind: curve for curve in curves},
        checked.number(facts["seconds"], 0),
        EngineUse(checked.text(facts["engine"]["name"]), checked.text(facts["engine"]["note"])),
    )


def _curve(facts: Facts, archive: Archive, shape: tuple[int, ...]) -> Curve:
    fractions, scores = archive.array(facts["fractions"]), archive.array(facts["scores"])
    ranks = checked.array_or_none(facts["ranks"], archive)
    if fractions.ndim != 1 or scores.ndim != 1 or not 0 < len(scores) <= len(fractions):
        raise ValueError(tr("a curve has more scores than points"))
    if ranks is not None and (ranks.shape != shape or ranks.dtype != np.int32):
        raise ValueError(tr("a curve is not of its map"))
    return Curve(
        checked.one_of(facts["kind"], get_args(CurveKind)),
        read_only(fractions),
        read_only(scores),
        checked.one_of(facts["fill"], FILLS),
        checked.number(facts["tied_fraction"], 0, 1),
        ranks,
    )
