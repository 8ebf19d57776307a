from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fragscope.aspects import Aspect
from fragscope.painting import Painting
from fragscope.panels import Panel
from fragscope.runs import RunState
from fragscope_explainers import methods
from fragscope_explainers.types import MapSnapshot

PAINTED = Painting((0.0, 1.0, 1.0))


@pytest.fixture(scope="module")
def mfpp(run_state: Callable[..., RunState]) -> RunState:
    return run_state("mfpp", masks=60, scales=(4, 9, 20))


@pytest.fixture(scope="module")
def gradient(run_state: Callable[..., RunState]) -> RunState:
    return run_state("saliency")


def test_a_class_by_itself_is_the_runs_own_map(mfpp: RunState) -> None:
    plain = Aspect(2)
    assert plain.is_plain(mfpp.snapshot)
    np.testing.assert_array_equal(plain.saliency(mfpp.snapshot), mfpp.saliency)
    np.testing.assert_array_equal(
        plain.standard_error(mfpp.snapshot), mfpp.snapshot.standard_error(2)
    )
    assert plain.unit(mfpp.explainer, mfpp.snapshot) == "change of probability"


@pytest.mark.parametrize("aspect", [Aspect(2, 4), Aspect(2, painting=PAINTED)])
def test_errors_are_of_plain_maps_only(mfpp: RunState, aspect: Aspect) -> None:
    assert not aspect.is_plain(mfpp.snapshot)
    assert aspect.standard_error(mfpp.snapshot) is None


def test_a_contrast_can_be_painted(mfpp: RunState) -> None:
    found = Aspect(2, 4, PAINTED).saliency(mfpp.snapshot)
    apart = [Aspect(index, painting=PAINTED).saliency(mfpp.snapshot) for index in (2, 4)]
    np.testing.assert_allclose(found, apart[0] - apart[1], atol=1e-6)


def test_a_class_is_not_subtracted_from_itself(mfpp: RunState) -> None:
    assert Aspect(2, 2).is_plain(mfpp.snapshot)


def test_a_run_that_answers_for_one_class_shows_that_one(gradient: RunState) -> None:
    aspect = Aspect(2, 4, PAINTED)
    assert aspect.subtracted(gradient.snapshot) is None
    assert aspect.is_plain(gradient.snapshot)
    assert not aspect.is_signed(gradient.snapshot)
    np.testing.assert_array_equal(aspect.saliency(gradient.snapshot), gradient.saliency)
    assert Aspect(4).saliency(gradient.snapshot) is None
    assert aspect.unit(gradient.explainer, gradient.snapshot) == "logit / input unit"


def test_the_contrast_of_unsigned_maps_is_signed() -> None:
    maps = {index: np.full((3, 4), index, np.float32) for index in (2, 4)}
    snapshot = MapSnapshot(done=1, total=1, forwards=1, maps=maps)
    assert not Aspect(2).is_signed(snapshot)
    assert Aspect(2, 4).is_signed(snapshot)


def test_a_panel_computes_a_map_once(mfpp: RunState) -> None:
    panel = Panel(0, methods.method("mfpp"), state=mfpp)
    assert panel.saliency(Aspect(2)) is mfpp.saliency
    painted = panel.saliency(Aspect(2, painting=PAINTED))
    assert panel.saliency(Aspect(2, painting=PAINTED)) is painted
    assert not np.array_equal(painted, mfpp.saliency)
    assert not np.array_equal(panel.saliency(Aspect(3, painting=PAINTED)), painted)
    assert panel.saliency(Aspect(2)) is mfpp.saliency
    assert panel.known_map is None


def test_an_empty_panel_has_no_map() -> None:
    panel = Panel(0, methods.method("mfpp"))
    aspect = Aspect(2, 4)
    assert panel.saliency(aspect) is None
    assert panel.standard_error(aspect) is None
    assert panel.subtracted(aspect) is None
    assert panel.unit(aspect) == ""
