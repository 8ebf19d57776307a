from __future__ import annotations

import numpy as np
import pytest

from fragscope.colours import (
    COLOUR_MAPS,
    METHOD_COLOURS,
    Display,
    colourise,
    grey,
    lookup_table,
    method_colour,
    overlay,
    value_range,
)
from fragscope_explainers.errors import UnknownNameError

RAMP = np.linspace(-1, 3, 12, dtype=np.float32).reshape(3, 4)


def test_the_range_of_a_map_leaves_out_nan() -> None:
    values = np.append(RAMP.ravel(), [np.nan, np.inf]).astype(np.float32)
    low, high = value_range(values, signed=False)
    assert low == -1
    assert high == pytest.approx(np.percentile(RAMP, 99))


def test_a_few_strong_pixels_do_not_hide_the_rest() -> None:
    values = np.concatenate([np.linspace(0, 1, 1000), [1e6]])
    assert value_range(values, signed=False)[1] <= 1


@pytest.mark.parametrize("values", [RAMP, -RAMP, np.maximum(RAMP, 0)])
def test_the_range_of_a_signed_map_is_symmetric(values: np.ndarray) -> None:
    low, high = value_range(values, signed=True)
    assert low == -high
    assert high == pytest.approx(np.percentile(np.abs(RAMP if values.min() < 0 else values), 99))


def test_one_pixel_that_is_not_zero_is_seen() -> None:
    values = np.zeros((40, 50), np.float32)
    values[3, 7] = 0.5
    assert value_range(values, signed=False) == (0, 0.5)
    assert value_range(values, signed=True) == (-0.5, 0.5)


@pytest.mark.parametrize(
    ("fill", "signed", "expected"),
    [
        (0.25, False, (0.25, 1.25)),
        (0.0, True, (-1.0, 1.0)),
        (-0.25, True, (-0.25, 0.25)),
        (np.nan, False, (0.0, 1.0)),
        (np.nan, True, (0.0, 1.0)),
    ],
)
def test_constant_and_empty_maps_have_a_range(
    fill: float, signed: bool, expected: tuple[float, float]
) -> None:
    assert value_range(np.full((3, 4), fill, np.float32), signed=signed) == expected


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_a_lookup_table_has_256_opaque_colours(name: str) -> None:
    table = lookup_table(name, signed=False)
    assert (table.shape, table.dtype) == ((256, 4), np.uint8)
    assert (table[:, 3] == 255).all()
    assert not table.flags.writeable


def test_the_table_of_signed_maps_is_clear_in_the_middle_red_above_and_blue_below() -> None:
    table = lookup_table("viridis", signed=True).astype(int)
    assert table[127:129, 3].max() <= 2
    assert list(table[[0, -1], 3]) == [255, 255]
    assert table[0, 2] > table[0, 0]
    assert table[-1, 0] > table[-1, 2]


def test_an_unknown_colour_map_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'magma'"):
        lookup_table("magmaa", signed=False)


def test_colours_follow_values_and_nan_is_clear() -> None:
    values = RAMP.copy()
    values[1, 2] = np.nan
    display = Display("viridis", opacity=0.5)
    rgba = colourise(values, display, signed=False)
    table = lookup_table("viridis", signed=False)
    assert (rgba.shape, rgba.dtype) == ((3, 4, 4), np.uint8)
    assert rgba[1, 2, 3] == 0
    assert set(np.delete(rgba[..., 3].ravel(), 6)) == {128}
    np.testing.assert_array_equal(rgba[0, 0, :3], table[0, :3])
    np.testing.assert_array_equal(rgba[2, 3, :3], table[255, :3])


def test_zero_of_a_signed_map_is_clear() -> None:
    values = np.array([[-1.0, 0.0, 1.0]])
    alpha = colourise(values, Display(opacity=1), signed=True)[0, :, 3]
    assert alpha[1] <= 2
    assert list(alpha[[0, 2]]) == [255, 255]


def test_an_overlay_dims_what_the_model_does_not_see() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 9, 3), dtype=np.uint8)
    values = np.full((5, 9), np.nan, np.float32)
    values[1:4, 2:7] = 1.0
    mixed = overlay(pixels, values, Display(opacity=0), signed=False)
    assert (mixed.shape, mixed.dtype) == (pixels.shape, np.uint8)
    seen = np.isfinite(values)
    np.testing.assert_array_equal(mixed[seen], pixels[seen])
    np.testing.assert_array_equal(mixed[~seen], np.rint(pixels[~seen] * 0.4))


def test_a_full_overlay_shows_the_map_only() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    display = Display("cividis", opacity=1)
    rgba = colourise(RAMP, display, signed=False)
    np.testing.assert_array_equal(overlay(pixels, RAMP, display, signed=False), rgba[..., :3])


def test_grey_is_luma() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    np.testing.assert_array_equal(grey(pixels)[0], np.array([[76], [150], [29], [9]]).repeat(3, 1))


def test_methods_have_colours_of_their_own_until_they_run_out() -> None:
    count = len(METHOD_COLOURS)
    assert len({method_colour(index) for index in range(count)}) == count
    assert method_colour(count) == method_colour(0)
