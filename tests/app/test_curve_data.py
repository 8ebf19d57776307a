"""Names, points and tables of the panels' curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest

from fragscope.curve_data import (
    COLUMNS,
    curve_of,
    curve_rows,
    point_at,
    score_at,
    table_text,
    why_no_curve,
)
from fragscope.panels import Panel, Status
from fragscope.runs import RunState
from fragscope_explainers import methods
from fragscope_explainers.types import Curve, read_only


def half_drawn() -> Curve:
    fractions = read_only(np.linspace(0, 1, 5))
    return Curve("deletion", fractions, read_only(np.array([0.9, 0.4, 0.2])), "mean", 0.0)


@pytest.mark.parametrize(("share", "index"), [(0, 0), (0.12, 0), (0.13, 1), (0.6, 2), (1, 4)])
def test_the_nearest_point_is_read(share: float, index: int) -> None:
    assert point_at(half_drawn(), share) == index


def test_nothing_is_read_where_the_model_was_not_asked() -> None:
    assert score_at(half_drawn(), 0.5) == pytest.approx(0.2)
    assert score_at(half_drawn(), 0.8) is None
    assert score_at(None, 0.5) is None


def test_curves_of_another_class_are_none(run_state: Callable[..., RunState]) -> None:
    panel = Panel(0, methods.method("saliency"), state=run_state("saliency"))
    assert curve_of(panel, 2, "deletion") is panel.state.curves["deletion"]
    assert curve_of(panel, 1, "deletion") is None
    assert curve_of(panel, None, "deletion") is None


def test_rows_are_the_points_of_the_curves(run_state: Callable[..., RunState]) -> None:
    panel = Panel(0, methods.method("saliency"), state=run_state("saliency"))
    rows = list(curve_rows([("Saliency", panel, 2)], lambda _: "cat, or so"))
    read = list(csv.reader(io.StringIO(table_text(rows))))
    assert tuple(read[0]) == COLUMNS
    for kind in ("deletion", "insertion"):
        found = [row for row in read[1:] if row[1] == kind]
        curve = panel.state.curves[kind]
        assert {(row[0], row[2]) for row in found} == {("Saliency", "cat, or so")}
        np.testing.assert_allclose([float(row[3]) for row in found], curve.fractions, atol=1e-6)
        np.testing.assert_allclose([float(row[4]) for row in found], curve.scores, atol=1e-6)


def test_every_status_has_a_reason() -> None:
    reasons = {why_no_curve(Panel(0, methods.method("mfpp"), status=status)) for status in Status}
    assert len(reasons) == len(Status)
