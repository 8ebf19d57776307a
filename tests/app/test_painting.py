from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fragscope.painting import PLAIN, Painting
from fragscope.report_maps import overlay_pixels
from fragscope.reports import run_facts
from fragscope.results import MethodResult, Report
from fragscope.runs import RunState


@pytest.fixture(scope="module")
def state(run_state: Callable[..., RunState]) -> RunState:
    return run_state("mfpp", masks=60, scales=(4, 9, 20))


def test_ones_everywhere_are_the_plain_map(state: RunState) -> None:
    ones = Painting((1.0, 1.0, 1.0))
    assert ones.is_plain
    assert PLAIN.is_plain
    assert_array_equal(ones.saliency(state.snapshot, 2), state.saliency)


def test_a_level_that_counts_twice_is_added_once_more(state: RunState) -> None:
    snapshot = state.snapshot
    alone = snapshot.painted(2, weights=(0, 1 / 3, 0))
    assert_allclose(
        Painting((1.0, 2.0, 1.0)).saliency(snapshot, 2), state.saliency + alone, atol=1e-6
    )
    assert_allclose(Painting((0.0, 1.0, 0.0)).saliency(snapshot, 2), alone, atol=1e-7)


def test_levels_beyond_the_weights_keep_theirs_and_weights_beyond_the_levels_are_passed_over(
    state: RunState,
) -> None:
    short, long = Painting((0.5,)), Painting((0.5, 1.0, 1.0, 2.0, 0.0))
    assert_array_equal(short.saliency(state.snapshot, 2), long.saliency(state.snapshot, 2))


def test_softness_is_that_of_the_snapshot(state: RunState) -> None:
    soft = Painting(softness=0.5)
    assert not soft.is_plain
    assert_array_equal(soft.saliency(state.snapshot, 2), state.snapshot.painted(2, softness=0.5))


def test_a_report_draws_what_is_painted_and_says_so(state: RunState, small_report: Report) -> None:
    plain = MethodResult(state, 0.5)
    painted = MethodResult(state, 0.5, "painted", painting=Painting((2.0, 0.0, 1.0), 0.25))
    assert plain.saliency is state.saliency
    report = Report(
        small_report.model_input, small_report.model, small_report.top, [plain, painted], 0, "mean"
    )
    assert not np.array_equal(overlay_pixels(report, painted), overlay_pixels(report, plain))
    told = [facts["painting"] for facts in run_facts(report)["methods"]]
    assert told == [None, {"weights": (2.0, 0.0, 1.0), "softness": 0.25}]
