"""Erased inputs: what is replaced, by what, and what the model says of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fragscope_explainers.errors import ModelError, ParameterError, UnknownNameError
from fragscope_explainers.fills import FILLS, fill_values
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.what_if import (
    ERASER_FILLS,
    Eraser,
    inpainted,
    probabilities_of,
)


@pytest.fixture
def hole() -> np.ndarray:
    """An L on the 32 x 32 grid that touches the left edge."""
    mask = np.zeros((32, 32), dtype=bool)
    mask[4:20, :6] = mask[14:20, :25] = True
    return mask


@pytest.mark.parametrize("fill", ERASER_FILLS)
def test_only_erased_pixels_change(fill: str, wide_input: ModelInput, hole: np.ndarray) -> None:
    values = Eraser(wide_input, fill).values(hole)  # type: ignore[arg-type]
    assert_array_equal(values[:, ~hole], wide_input.values[:, ~hole])
    assert (values[:, hole] != wide_input.values[:, hole]).any()
    assert values.dtype == np.float32
    assert not values.flags.writeable


@pytest.mark.parametrize("fill", FILLS)
def test_erased_pixels_get_the_fill(fill: str, wide_input: ModelInput, hole: np.ndarray) -> None:
    values = Eraser(wide_input, fill).values(hole)  # type: ignore[arg-type]
    assert_array_equal(values[:, hole], fill_values(fill, wide_input)[:, hole])  # type: ignore[arg-type]


def test_colours_of_kept_pixels_are_those_of_the_picture(
    wide_input: ModelInput, hole: np.ndarray
) -> None:
    rgb = wide_input.to_rgb(Eraser(wide_input, "black").values(hole))
    assert_array_equal(rgb[~hole], wide_input.rgb[~hole])
    assert not rgb[hole].any()


def test_a_wrong_mask_and_a_wrong_fill_are_told(wide_input: ModelInput) -> None:
    with pytest.raises(ParameterError, match=r"\(9, 9\) is not on the input grid \(32, 32\)"):
        Eraser(wide_input).values(np.zeros((9, 9), bool))
    with pytest.raises(UnknownNameError, match="choose from mean, black, blur, inpaint"):
        Eraser(wide_input, "gold")  # type: ignore[arg-type]


def test_a_ramp_is_inpainted_exactly() -> None:
    rows, columns = np.mgrid[:30, :44].astype(np.float32)
    ramp = np.stack([rows, columns, 2 * rows - columns])  # linear, so every pixel is the mean
    inside = np.zeros((30, 44), bool)
    inside[5:20, 8:40] = inside[22:25, 3:9] = True
    assert_allclose(inpainted(np.where(inside, -9, ramp), inside), ramp, atol=1e-4)


def test_every_inpainted_pixel_is_the_mean_of_its_neighbours(
    wide_input: ModelInput, hole: np.ndarray
) -> None:
    padded = np.pad(inpainted(wide_input.values, hole), ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    centre = padded[:, 1:-1, 1:-1]  # a pixel at the edge counts itself, which changes no mean
    assert_allclose(centre[:, hole], around[:, hole] / 4, atol=1e-5)


def test_without_a_border_the_mean_fills_all(wide_input: ModelInput) -> None:
    assert not inpainted(wide_input.values, np.ones((32, 32), bool)).any()
    nothing = np.zeros((32, 32), bool)
    assert_array_equal(inpainted(wide_input.values, nothing), wide_input.values)


def test_half_of_an_input_is_inpainted_within_a_moment() -> None:
    values = np.random.default_rng(0).random((3, 224, 224)).astype(np.float32)
    half = np.zeros((224, 224), bool)
    half[:, :112] = True
    began = time.process_time()
    inpainted(values, half)
    assert time.process_time() - began < 1.5  # 0.1 s on an idle core


def test_probabilities_come_in_the_order_of_the_masks(
    wide_input: ModelInput, patch_classifier: Callable[..., Any], hole: np.ndarray
) -> None:
    model = patch_classifier(batch_size=2)
    masks = [np.zeros((32, 32), bool), model.inside, ~model.inside, hole, hole | model.inside]
    found = probabilities_of(model, [Eraser(wide_input).values(mask) for mask in masks])
    assert found.shape == (5, 3)
    assert found[1, 0] == found[4, 0] == pytest.approx(0.5)  # the patch is at the mean, 0
    assert found[0, 0] == found[2, 0] != pytest.approx(0.5)
    assert model.batches == [2, 2, 1]


def test_answers_that_are_no_numbers_are_told(
    wide_input: ModelInput, patch_classifier: Callable[..., Any]
) -> None:
    model = patch_classifier(slope=float("nan"))
    with pytest.raises(ModelError, match="choose another fill"):
        probabilities_of(model, [wide_input.values])
