from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from PIL import Image as PillowImage

from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ParameterError
from fragscope_explainers.images import image_from_array
from fragscope_explainers.preprocessing import ChannelOrder, Geometry, Preprocessing

IMAGENET = Preprocessing((224, 224), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
SMALL = Preprocessing((20, 28), (0.5,) * 3, (0.5,) * 3, short_side=32)

sides = st.integers(8, 120)
shares = st.floats(0, 1, exclude_max=True)


def noise(height: int, width: int, low: int = 0, high: int = 256) -> NDArray[np.uint8]:
    return np.random.default_rng([height, width]).integers(
        low, high, (height, width, 3), dtype=np.uint8
    )


def by_torchvision(pixels: NDArray[np.uint8], interpolation: str) -> PillowImage.Image:
    torchvision()
    from torchvision import transforms

    mode = transforms.InterpolationMode(interpolation)
    steps = transforms.Compose([transforms.Resize(256, mode), transforms.CenterCrop(224)])
    result = steps(PillowImage.fromarray(pixels))
    assert isinstance(result, PillowImage.Image)
    return result


@pytest.fixture(params=["crop", "squash", "pad"])
def geometry(request: pytest.FixtureRequest) -> Geometry:
    """A picture of 50 x 90 pixels."""
    return replace(SMALL, resize=request.param).geometry(50, 90)


# --- pixels


def test_values_lead_back_to_the_pixels() -> None:
    found = IMAGENET.apply(image_from_array(noise(240, 300), "noise"))
    assert_array_equal(found.to_rgb(found.values), found.rgb)
    beyond = np.broadcast_to(found.white[:, None, None] + 1, found.values.shape)
    assert (found.to_rgb(beyond) == 255).all()


@pytest.mark.parametrize(
    ("channels", "order"), [(1, "RGB"), (2, "RGB"), (3, "BGR"), (4, "RGB"), (4, "BGR")]
)
def test_values_of_every_form_lead_back_to_the_pixels(channels: int, order: ChannelOrder) -> None:
    grey = noise(40, 50)
    if channels < 3:
        grey[:] = grey[:, :, :1]
    form = replace(SMALL, mean=(0.2,) * channels, std=(0.3,) * channels, order=order, range=255.0)
    found = form.apply(image_from_array(grey, "noise"))
    assert found.values.shape == (channels, 20, 28)
    assert_array_equal(found.to_rgb(found.values), found.rgb)


def test_a_model_of_bytes_gets_the_bytes_of_the_crop() -> None:
    form = Preprocessing((20, 28), (0.0,) * 3, (1.0,) * 3, short_side=32, range=255.0)
    found = form.apply(image_from_array(noise(40, 50), "noise"))
    assert_allclose(found.values, found.rgb.transpose(2, 0, 1), atol=1e-4)
    assert_allclose(found.grey, 127.5)
    assert_allclose(found.black, 0)
    assert_allclose(found.white, 255, rtol=1e-6)


def test_bgr_is_rgb_with_its_colours_in_the_other_order() -> None:
    picture = image_from_array(noise(240, 300), "noise")
    rgb, bgr = IMAGENET.apply(picture), replace(IMAGENET, order="BGR").apply(picture)
    assert_array_equal(rgb.values[::-1], bgr.values)
    assert_array_equal(rgb.black[::-1], bgr.black)


def test_grey_is_the_luminance_of_the_colours() -> None:
    form = Preprocessing((20, 28), (0.0,), (1.0,), short_side=32)
    picture = image_from_array(noise(40, 50), "noise")
    found = form.apply(picture)
    wanted = np.asarray(PillowImage.fromarray(found.rgb).convert("L"), np.float32) / 255
    assert_allclose(found.values[0], wanted, atol=1e-6)


def test_an_opaque_picture_has_an_opaque_alpha_channel_under_every_fill() -> None:
    form = Preprocessing((20, 28), (0.5, 0.5, 0.5, 0.0), (0.5, 0.5, 0.5, 1.0), short_side=32)
    found = form.apply(image_from_array(noise(40, 50), "noise"))
    assert_array_equal(found.values[3], 1)
    assert (found.black[3], found.grey[3], found.white[3]) == (1, 1, 1)


def test_alpha_is_cut_and_scaled_as_the_colours_are() -> None:
    form = Preprocessing((20, 28), (0.0,) * 4, (1.0,) * 4, short_side=32)
    picture = image_from_array(noise(40, 50), "noise")
    picture = replace(picture, alpha=picture.pixels[:, :, 1])
    found = form.apply(picture)
    assert_allclose(found.values[3], found.values[1], atol=1e-6)


@pytest.mark.parametrize(
    ("mean", "std"), [((), ()), ((0.5,) * 5, (0.5,) * 5), ((0.5,) * 3, (0.5,)), ((0.5,), (0.0,))]
)
def test_impossible_numbers_are_refused(mean: tuple[float, ...], std: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="mean"):
        Preprocessing((8, 8), mean, std)


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize(
    ("height", "width"),
    [(427, 640), (640, 427), (333, 500), (501, 333), (322, 163), (97, 113), (256, 300), (256, 256)],
)
def test_pixels_equal_torchvision(height: int, width: int, interpolation: Any) -> None:
    pixels = noise(height, width)
    found = replace(IMAGENET, interpolation=interpolation).apply(image_from_array(pixels, "noise"))
    assert_array_equal(found.rgb, by_torchvision(pixels, interpolation))


@pytest.mark.parametrize(("height", "width"), [(40, 1_003), (1_003, 40)])
def test_very_long_pictures_equal_torchvision_but_for_rounding(height: int, width: int) -> None:
    pixels = noise(height, width, 100, 150)
    found = IMAGENET.apply(image_from_array(pixels, "long"))
    wanted = np.asarray(by_torchvision(pixels, "bicubic"))
    assert np.abs(found.rgb.astype(int) - wanted).max() <= 1


def test_only_the_crop_of_a_very_long_picture_is_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    resize = PillowImage.Image.resize

    def record(self: PillowImage.Image, size: tuple[int, int], *more: Any, **named: Any) -> Any:
        sizes.append(size)
        return resize(self, size, *more, **named)

    monkeypatch.setattr(PillowImage.Image, "resize", record)
    found = IMAGENET.apply(image_from_array(noise(64, 30_000), "long"))
    assert sizes == [(224, 224)]
    assert found.geometry.map_to_image(found.values[0]).shape == (64, 30_000)


def test_squash_scales_the_whole_picture() -> None:
    pixels = noise(50, 90)
    found = replace(SMALL, resize="squash").apply(image_from_array(pixels, "noise"))
    wanted = PillowImage.fromarray(pixels).resize((28, 20), PillowImage.Resampling.BICUBIC)
    assert_array_equal(found.rgb, wanted)


@pytest.mark.parametrize(("height", "width"), [(50, 90), (90, 50), (20, 28), (9, 300), (400, 8)])
def test_pad_fits_the_long_side_and_fills_with_the_mean_colour(height: int, width: int) -> None:
    pixels = noise(height, width)
    form = replace(SMALL, mean=(0.2, 0.4, 0.6), resize="pad")
    found = form.apply(image_from_array(pixels, "noise"))
    rows, columns = found.geometry.photo
    scale = min(20 / height, 28 / width)
    sides = (max(round(height * scale), 1), max(round(width * scale), 1))
    assert (rows.stop - rows.start, columns.stop - columns.start) == sides
    assert abs(rows.start - (20 - rows.stop)) <= 1
    assert abs(columns.start - (28 - columns.stop)) <= 1
    scaled = PillowImage.fromarray(pixels).resize(sides[::-1], PillowImage.Resampling.BICUBIC)
    assert_array_equal(found.rgb[rows, columns], scaled)
    border = np.ones((20, 28), bool)
    border[rows, columns] = False
    assert found.geometry.has_borders == border.any()
    assert (found.rgb[border] == (51, 102, 153)).all()
    assert not found.values[:, border].any()  # the mean, to the bit
    assert found.values[:, ~border].any()


def test_borders_are_middle_grey_for_a_model_that_subtracts_nothing() -> None:
    form = Preprocessing((20, 28), (0.0,) * 4, (1.0,) * 4, "pad", order="BGR", range=255.0)
    found = form.apply(image_from_array(noise(60, 20), "noise"))
    assert_array_equal(found.rgb[:, 0], 128)
    assert_array_equal(found.values[:3, :, 0], np.float32(127.5))
    assert_array_equal(found.values[3], 255)


def test_alpha_is_scaled_into_its_borders() -> None:
    form = Preprocessing((20, 28), (0.0,) * 4, (1.0,) * 4, "pad")
    picture = image_from_array(noise(60, 20), "noise")
    found = form.apply(replace(picture, alpha=picture.pixels[:, :, 1]))
    photo = found.geometry.photo
    assert_allclose(found.values[3][photo], found.values[1][photo], atol=1e-6)
    assert (found.values[3, :, 0] == 1).all()


@given(height=sides, width=sides)
def test_a_padded_map_covers_the_whole_picture(height: int, width: int) -> None:
    geometry = replace(SMALL, resize="pad").geometry(height, width)
    left, top, right, bottom = geometry.box
    assert left <= 0 <= width <= right + 1e-9
    assert top <= 0 <= height <= bottom + 1e-9
    there = np.zeros((20, 28))
    there[geometry.photo] = 1
    painted = geometry.map_to_image(there)
    assert np.isfinite(painted).all()
    assert painted[height // 2, width // 2] > 0.49  # a side of one pixel lies beside borders


@given(height=sides, width=sides, resize=st.sampled_from(["crop", "squash"]))
def test_without_padding_all_of_the_input_shows_the_picture(
    height: int, width: int, resize: Any
) -> None:
    geometry = replace(SMALL, input_size=(20, 20), resize=resize).geometry(height, width)
    assert geometry.photo == (slice(0, 20), slice(0, 20))
    assert not geometry.has_borders


def test_values_are_normalised_by_mean_and_std() -> None:
    found = IMAGENET.apply(image_from_array(noise(300, 400), "noise"))
    mean, std = np.array(IMAGENET.mean), np.array(IMAGENET.std)
    wanted = (found.rgb / 255 - mean) / std
    assert_allclose(found.values, wanted.transpose(2, 0, 1), atol=1e-6)
    assert found.values.dtype == np.float32
    assert not found.values.flags.writeable
    assert not found.rgb.flags.writeable


def test_the_tensor_is_a_copy() -> None:
    found = SMALL.apply(image_from_array(noise(50, 90), "noise"))
    tensor = found.tensor()
    assert_array_equal(tensor.numpy(), found.values)
    tensor.zero_()
    assert found.values.any()


def test_an_input_larger_than_the_short_side_is_refused() -> None:
    with pytest.raises(ParameterError, match="a short side of 19 px is less than the input 20 x"):
        replace(SMALL, short_side=19).geometry(50, 90)


def test_an_input_longer_than_the_scaled_long_side_is_refused() -> None:
    with pytest.raises(ParameterError, match="less than the input 20 x 28 px"):
        replace(SMALL, short_side=24).geometry(50, 55)


def test_the_description_names_every_setting_and_suits_a_report() -> None:
    described = json.loads(json.dumps(SMALL.describe()))
    assert described == {
        "input_size": [20, 28],
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "resize": "crop",
        "short_side": 32,
        "interpolation": "bicubic",
        "order": "RGB",
        "range": 1.0,
        "layout": "NCHW",
        "dtype": "float32",
    }


# --- geometry


@given(
    height=sides, width=sides, x=shares, y=shares, resize=st.sampled_from(["crop", "squash", "pad"])
)
def test_to_input_and_to_image_undo_each_other(
    height: int, width: int, x: float, y: float, resize: Any
) -> None:
    preprocessing = replace(SMALL, input_size=(20, 24), resize=resize)
    geometry = preprocessing.geometry(height, width)
    there = geometry.to_input(x * width, y * height)
    assert_allclose(geometry.to_image(*there), (x * width, y * height), atol=1e-9)


@given(height=sides, width=sides)
def test_the_crop_lies_on_the_picture_with_one_scale(height: int, width: int) -> None:
    geometry = replace(SMALL, input_size=(24, 20)).geometry(height, width)
    left, top, right, bottom = geometry.box
    assert left >= 0
    assert top >= 0
    assert right <= width + 1e-9
    assert bottom <= height + 1e-9
    scale_x, scale_y = (right - left) / 20, (bottom - top) / 24
    assert scale_x == pytest.approx(scale_y, rel=1 / 32)  # the scaled long side is a whole number
    assert min(scale_x, scale_y) == pytest.approx(min(height, width) / 32)


def test_squash_covers_the_whole_picture() -> None:
    geometry = replace(SMALL, resize="squash").geometry(50, 90)
    assert geometry.box == (0, 0, 90, 50)
    assert np.isfinite(geometry.map_to_image(np.ones((20, 28)))).all()


def test_corners_of_the_box_are_corners_of_the_input(geometry: Geometry) -> None:
    left, top, right, bottom = geometry.box
    assert_allclose(geometry.to_input(left, top), (0, 0), atol=1e-12)
    assert_allclose(geometry.to_input(right, bottom), (28, 20))
    assert geometry.input_pixel(left, top) == (0, 0)
    assert geometry.input_pixel(right - 0.01, bottom - 0.01) == (27, 19)
    assert geometry.input_pixel(left - 0.01, top) is None
    assert geometry.input_pixel(right + 0.01, top) is None


# --- maps on the picture


@given(height=sides, width=sides)
def test_maps_are_nan_exactly_outside_the_box(height: int, width: int) -> None:
    geometry = replace(SMALL, input_size=(20, 20)).geometry(height, width)
    painted = geometry.map_to_image(np.ones((20, 20)))
    left, top, right, bottom = geometry.box
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    inside = np.outer((y >= top) & (y < bottom), (x >= left) & (x < right))
    assert painted.shape == (height, width)
    assert_array_equal(np.isfinite(painted), inside)


@given(height=sides, width=sides, value=st.floats(-1e6, 1e6, width=32))
def test_a_constant_map_stays_constant(height: int, width: int, value: float) -> None:
    geometry = replace(SMALL, input_size=(20, 20)).geometry(height, width)
    painted = geometry.map_to_image(np.full((20, 20), value, dtype=np.float32))
    assert_allclose(painted[np.isfinite(painted)], value, rtol=1e-6)


@given(row=st.integers(0, 19), column=st.integers(0, 27))
def test_the_maximum_lands_where_to_image_says(row: int, column: int) -> None:
    geometry = SMALL.geometry(107, 160)
    one_hot = np.zeros((20, 28), dtype=np.float32)
    one_hot[row, column] = 1
    painted = geometry.map_to_image(one_hot)
    y, x = np.unravel_index(np.nanargmax(painted), painted.shape)
    assert geometry.input_pixel(float(x) + 0.5, float(y) + 0.5) == (column, row)
    wanted = geometry.to_image(column + 0.5, row + 0.5)
    assert_allclose((x + 0.5, y + 0.5), wanted, atol=107 / 32 / 2)


@given(height=sides, width=sides)
def test_a_ramp_stays_a_ramp(height: int, width: int) -> None:
    geometry = replace(SMALL, input_size=(20, 20)).geometry(height, width)
    ramp = np.add.outer(np.arange(20.0), 100 * np.arange(20.0))
    rows, columns = np.nonzero(np.isfinite(painted := geometry.map_to_image(ramp)))
    x, y = geometry.to_input(columns + 0.5, rows + 0.5)
    wanted = np.clip(y - 0.5, 0, 19) + 100 * np.clip(x - 0.5, 0, 19)
    assert_allclose(painted[rows, columns], wanted, rtol=1e-4, atol=1e-3)


def test_a_map_of_another_shape_is_refused(geometry: Geometry) -> None:
    with pytest.raises(ParameterError, match=r"\(28, 20\) is not on the input grid \(20, 28\)"):
        geometry.map_to_image(np.zeros((28, 20)))
