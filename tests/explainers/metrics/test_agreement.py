from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.metrics.agreement import (
    TOP_SHARE,
    Agreement,
    agreement,
    carried,
    difference,
)
from fragscope_explainers.preprocessing import Geometry

RNG = np.random.default_rng(4)
MAP = RNG.normal(size=(20, 31)).astype(np.float32)
OTHER = RNG.normal(size=(20, 31)).astype(np.float32)


@given(st.floats(0.01, 100), st.floats(-5, 5))
def test_a_map_agrees_with_itself_in_any_unit(factor: float, shift: float) -> None:
    scaled = np.round(MAP, 2).astype(np.float64) * factor + shift
    found = agreement(np.round(MAP, 2), scaled.astype(np.float32))
    assert found.spearman == pytest.approx(1, abs=1e-3)
    assert found.overlap == pytest.approx(1, abs=0.05)


def test_opposite_and_unrelated_maps() -> None:
    assert agreement(MAP, -MAP) == Agreement(pytest.approx(-1), 0)
    unrelated = agreement(MAP, OTHER)
    assert abs(unrelated.spearman) < 0.15
    assert unrelated.overlap == pytest.approx(TOP_SHARE / (2 - TOP_SHARE), abs=0.06)


def test_agreement_is_symmetric() -> None:
    assert agreement(MAP, OTHER) == agreement(OTHER, MAP)


def test_a_constant_map_has_no_rank() -> None:
    found = agreement(MAP, np.zeros_like(MAP))
    assert np.isnan(found.spearman)
    assert 0 < found.overlap < 1


def test_differences_in_one_unit_are_plain() -> None:
    np.testing.assert_array_equal(difference(MAP, OTHER, (True, True), scaled=False), MAP - OTHER)


@pytest.mark.parametrize("signed", [True, False])
def test_scaled_maps_differ_by_shape_only(signed: bool) -> None:
    shift = 0 if signed else 3
    found = difference(MAP, 7 * MAP + shift, (signed, signed), scaled=True)
    np.testing.assert_allclose(found, 0, atol=1e-5)
    assert np.abs(difference(MAP, OTHER, (signed, signed), scaled=True)).max() <= 2


def test_a_constant_map_scales_to_zero() -> None:
    found = difference(MAP, np.full_like(MAP, 5), (True, False), scaled=True)
    np.testing.assert_allclose(found, MAP / np.abs(MAP).max(), rtol=1e-6)


def test_maps_of_other_sizes_are_refused() -> None:
    with pytest.raises(ParameterError, match="cannot be compared"):
        agreement(MAP, MAP.T)
    with pytest.raises(ParameterError, match="cannot be compared"):
        difference(MAP, MAP.T, (True, True), scaled=True)


def test_a_map_is_carried_to_the_grid_of_another_model() -> None:
    """A ramp over the picture stays that ramp, and what one model does not see is not known."""
    whole = Geometry((60, 90), (30, 45), (0.0, 0.0, 90.0, 60.0))
    crop = Geometry((60, 90), (40, 40), (15.0, 0.0, 75.0, 60.0))
    x = np.broadcast_to((np.arange(45) + 0.5) * 2, (30, 45)).astype(np.float32)
    onto = carried(x, whole, crop)
    assert onto.shape == (40, 40)
    expected = 15 + (np.arange(40) + 0.5) * 1.5
    np.testing.assert_allclose(onto[20], expected, atol=1e-4)
    back = carried(onto, crop, whole)
    seen = np.isfinite(back)
    columns = (np.arange(45) + 0.5) * 2
    assert (seen == ((columns >= 15) & (columns < 75))).all()
    assert agreement(x, back).spearman == pytest.approx(1, abs=1e-6)
    assert np.nanmax(np.abs(difference(x, back, (False, False), scaled=False))) < 1
    assert carried(x, whole, whole) is x


def test_models_that_see_nothing_in_common_cannot_be_compared() -> None:
    empty = np.full((4, 4), np.nan, np.float32)
    with pytest.raises(ParameterError, match="no common part"):
        agreement(empty, np.ones((4, 4), np.float32))
