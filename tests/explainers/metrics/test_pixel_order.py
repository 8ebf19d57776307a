"""The pictures of a curve are those that the model was asked about."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.metrics.curves import curve
from fragscope_explainers.metrics.pixel_order import (
    curve_counts,
    end_pictures,
    picture_at,
    pixel_ranks,
)
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import CurveKind, FillName, Request


class Recorder:
    """A classifier of one class that keeps what it was asked."""

    labels, device, batch_size = ("thing",), torch.device("cpu"), 5

    def __init__(self, size: tuple[int, int]) -> None:
        self.input_size = size
        self.asked: list[torch.Tensor] = []

    def probabilities(self, batch: torch.Tensor) -> torch.Tensor:
        self.asked.extend(batch.clone())
        return torch.full((len(batch), 1), 0.5)


def tied_map(shape: tuple[int, int]) -> np.ndarray:
    """A map of few values, so that most places are drawn by lot."""
    return np.random.default_rng(8).integers(0, 9, shape).astype(np.float32)


@pytest.mark.parametrize("kind", get_args(CurveKind))
@pytest.mark.parametrize("fill", get_args(FillName))
def test_the_picture_is_the_tensor_that_the_model_was_asked_with(
    kind: CurveKind, fill: FillName, wide_input: ModelInput
) -> None:
    size = wide_input.geometry.input_size
    model = Recorder(size)
    request = Request(wide_input, 0, seed=4)
    *_, drawn = curve(kind, model, request, tied_map(size), steps=13, fill=fill)
    ends = end_pictures(kind, wide_input, fill)
    assert len(model.asked) == len(drawn.fractions) == 14
    for fraction, asked in zip(drawn.fractions, model.asked, strict=True):
        shown = picture_at(ends, drawn.ranks, float(fraction))
        np.testing.assert_array_equal(shown, wide_input.to_rgb(asked.numpy()))


def test_the_ends_are_the_crop_and_the_fill(wide_input: ModelInput) -> None:
    whole, gone = end_pictures("deletion", wide_input, "black")
    np.testing.assert_array_equal(whole, wide_input.rgb)
    assert not gone.any()
    before, after = end_pictures("insertion", wide_input, "black")
    assert not before.any()
    np.testing.assert_array_equal(after, wide_input.rgb)


def test_ranks_follow_the_map_and_ties_are_counted(wide_input: ModelInput) -> None:
    values = tied_map(wide_input.geometry.input_size)
    ranks, tied = pixel_ranks(values, Request(wide_input, 0, seed=1))
    other, _ = pixel_ranks(values, Request(wide_input, 0, seed=2))
    assert sorted(ranks.ravel()) == list(range(values.size))
    assert (np.diff(values.ravel()[np.argsort(ranks.ravel())]) <= 0).all()
    assert not np.array_equal(ranks, other)
    assert tied == 1.0
    assert not ranks.flags.writeable


@given(st.integers(1, 5000), st.integers(1, 300))
def test_a_curve_takes_from_none_to_all_in_equal_steps(pixels: int, steps: int) -> None:
    counts = curve_counts(pixels, steps)
    assert (counts[0], counts[-1]) == (0, pixels)
    assert len(counts) <= steps + 1
    assert (np.diff(counts)[:-1] == -(-pixels // steps)).all()
