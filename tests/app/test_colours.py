from __future__ import annotations

import numpy as np
import pytest

from fragscope.colours import (
    COLOUR_MAPS,
    CONTOUR_SHARES,
    DIVERGING,
    FADED,
    METHOD_COLOURS,
    Display,
    Sign,
    colour_map_of,
    colourise,
    contours,
    draw_lines,
    grey,
    layer,
    lookup_table,
    method_colour,
    method_shape,
    overlay,
    value_range,
)
from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.preprocessing import Geometry

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


@pytest.mark.parametrize("name", ["turbo", "jet"])
def test_rainbows_are_used_for_signed_maps_where_people_ask_for_them(name: str) -> None:
    table = lookup_table(name, signed=True)
    np.testing.assert_array_equal(table[:, :3], lookup_table(name, signed=False)[:, :3])
    assert table[127, 3] < 10  # what is zero stays transparent
    assert table[0, 3] == table[-1, 3] == 255
    assert colour_map_of(name, signed=True) == name
    assert colour_map_of("viridis", signed=True) == DIVERGING


def test_colours_follow_values_and_nan_is_clear() -> None:
    values = RAMP.copy()
    values[1, 2] = np.nan
    display = Display("viridis", opacity=0.5)
    rgba = colourise(layer(values, display, signed=False), display)
    table = lookup_table("viridis", signed=False)
    assert (rgba.shape, rgba.dtype) == ((3, 4, 4), np.uint8)
    assert rgba[1, 2, 3] == 0
    assert set(np.delete(rgba[..., 3].ravel(), 6)) == {128}
    np.testing.assert_array_equal(rgba[0, 0, :3], table[0, :3])
    np.testing.assert_array_equal(rgba[2, 3, :3], table[255, :3])


def test_zero_of_a_signed_map_is_clear() -> None:
    display = Display(opacity=1)
    values = np.array([[-1.0, 0.0, 1.0]], np.float32)
    alpha = colourise(layer(values, display, signed=True), display)[0, :, 3]
    assert alpha[1] <= 2
    assert list(alpha[[0, 2]]) == [255, 255]


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("positive", [0, 0, 2]), ("negative", [1, 0, 0]), ("absolute", [1, 0, 2])],
)
def test_a_sign_is_shown_by_itself(sign: Sign, expected: list[float]) -> None:
    values = np.array([[-1, 0, 2]], np.float32)
    found = layer(values, Display(sign=sign), signed=True)
    assert not found.is_signed
    np.testing.assert_array_equal(found.values, [expected])
    unsigned = layer(values, Display(sign=sign), signed=False)
    np.testing.assert_array_equal(unsigned.values, values)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.25, 1.0])
def test_only_the_strongest_pixels_are_shown(share: float, signed: bool) -> None:
    values = np.random.default_rng(1).normal(size=(20, 30)).astype(np.float32)
    found = layer(values, Display(top=share), signed=signed)
    strength = np.abs(values) if signed else values
    kept = found.weight > 0
    assert kept.sum() == pytest.approx(share * values.size, abs=1)
    assert share == 1 or strength[kept].min() > strength[~kept].max()


def test_a_threshold_hides_what_is_weaker() -> None:
    values = np.linspace(-1, 1, 101, dtype=np.float32)[None]
    found = layer(values, Display(threshold=0.5, clip=100), signed=True)
    np.testing.assert_array_equal(found.weight[0] > 0, np.abs(values[0]) >= 0.5)


def test_what_may_be_zero_fades() -> None:
    values = np.array([[-3, -1, 0, 1, 3]], np.float32)
    errors = np.full_like(values, 2.0)
    found = layer(values, Display(fade=True), signed=True, errors=errors)
    np.testing.assert_allclose(found.weight, [[1, FADED, FADED, FADED, 1]])
    errors[0, 4] = np.inf  # not told yet
    assert layer(values, Display(fade=True), signed=True, errors=errors).weight[0, 4] < 1
    unsigned = layer(values, Display(fade=True), signed=False, errors=errors)
    assert (unsigned.weight == 1).all()


def test_the_clip_is_a_percentile() -> None:
    values = np.linspace(0, 1, 101, dtype=np.float32)
    assert value_range(values, signed=False, clip=50)[1] == pytest.approx(0.5)
    assert value_range(values, signed=True, clip=100) == (-1, 1)


def test_contours_enclose_their_share_of_the_pixels() -> None:
    rows, columns = np.mgrid[:60, :80]
    values = -np.hypot(rows - 30, columns - 40).astype(np.float32)
    lines = contours(layer(values, Display(), signed=False))
    assert len(lines) == len(CONTOUR_SHARES)
    for share, line in zip(sorted(CONTOUR_SHARES, reverse=True), lines, strict=True):
        np.testing.assert_array_equal(line[0], line[-1])  # closed
        x, y = line.T
        area = abs(np.sum(x[1:] * y[:-1] - x[:-1] * y[1:])) / 2
        assert area == pytest.approx(share * values.size, rel=0.05)
        assert (x.mean(), y.mean()) == pytest.approx((40.5, 30.5), abs=0.6)  # pixel centres


def test_a_constant_map_has_no_contours() -> None:
    assert contours(layer(np.ones((4, 5), np.float32), Display(), signed=False)) == []


def test_lines_are_light_with_a_dark_edge() -> None:
    pixels = np.full((30, 40, 3), 128, np.uint8)
    drawn = draw_lines(pixels, [np.array([[5, 15], [35, 15]], np.float32)])
    assert list(drawn[15, 20]) == [255] * 3
    assert list(drawn[16, 20]) == [0] * 3
    assert (drawn[:12] == 128).all()


def test_an_overlay_dims_what_the_model_does_not_see() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 9, 3), dtype=np.uint8)
    values = np.full((5, 9), np.nan, np.float32)
    values[1:4, 2:7] = 1.0
    display = Display(opacity=0)
    mixed = overlay(pixels, layer(values, display, signed=False), display)
    assert (mixed.shape, mixed.dtype) == (pixels.shape, np.uint8)
    seen = np.isfinite(values)
    np.testing.assert_array_equal(mixed[seen], pixels[seen])
    np.testing.assert_array_equal(mixed[~seen], np.rint(pixels[~seen] * 0.4))


def test_a_full_overlay_shows_the_map_only() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    display = Display("cividis", opacity=1)
    shown = layer(RAMP, display, signed=False)
    rgba = colourise(shown, display)
    np.testing.assert_array_equal(overlay(pixels, shown, display), rgba[..., :3])


def test_what_is_hidden_shows_the_picture_in_grey() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    display = Display(opacity=1, top=0.25)
    mixed = overlay(pixels, layer(RAMP, display, signed=False), display)
    np.testing.assert_array_equal(mixed[:2], grey(pixels)[:2])


def test_a_layer_is_carried_to_the_picture() -> None:
    geometry = Geometry((40, 60), (10, 10), (10.0, 0.0, 50.0, 40.0))
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    found = layer(values, Display(top=0.5), signed=False).on_image(geometry)
    assert found.values.shape == found.weight.shape == (40, 60)
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(found.weight))
    assert np.nanmin(found.weight[:16]) == np.nanmax(found.weight[:16]) == 0
    assert np.nanmin(found.weight[24:]) == 1


def test_grey_is_luma() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]], np.uint8)
    np.testing.assert_array_equal(grey(pixels)[0], np.array([[76], [150], [29], [9]]).repeat(3, 1))


def test_methods_have_colours_of_their_own_until_they_run_out() -> None:
    count = len(METHOD_COLOURS)
    assert len({method_colour(index) for index in range(count)}) == count
    assert method_colour(count) == method_colour(0)


def test_methods_of_one_colour_have_different_shapes() -> None:
    known = {(method_colour(index), method_shape(index)) for index in range(40)}
    assert len(known) == 40
    assert {method_shape(index) for index in range(len(METHOD_COLOURS))} == {"square"}
