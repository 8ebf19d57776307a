"""Pixel sums: the halves, the snapshot as a value, and what it answers for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.perturbation.pixel_maps import PixelMaps
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request


@pytest.fixture(scope="module")
def new_maps(linear_network: TorchClassifier, bright_input: ModelInput) -> Callable[[], PixelMaps]:
    """Makes empty sums that watch the classes 2 and 0."""
    request = Request(bright_input, 2, watch=(0,))
    return lambda: PixelMaps(linear_network, request, "covered", keep=0.5)


@pytest.fixture(scope="module")
def masks() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).random((20, 24, 40), dtype=np.float32))


@pytest.fixture(scope="module")
def scores() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(2).random((20, 3), dtype=np.float32))


@given(st.lists(st.integers(0, 20), max_size=6))
def test_masks_alternate_between_halves_however_they_arrive(
    new_maps: Callable, masks: torch.Tensor, scores: torch.Tensor, cuts: list[int]
) -> None:
    maps = new_maps()
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 20], strict=True):
        maps.add(masks[start:stop], scores[start:stop])
    sums = maps.snapshot(20, 20).sums
    assert sums.count.tolist() == [10, 10]
    for half in (0, 1):
        flat, seen = masks[half::2].flatten(1).double(), scores[half::2].double()
        torch.testing.assert_close(sums.m[half].double(), flat.sum(0))
        torch.testing.assert_close(sums.mm[half].double(), flat.square().sum(0))
        torch.testing.assert_close(sums.fm[half].double(), seen[:, [2, 0]].T @ flat)


def test_snapshot_is_a_value(new_maps: Callable, masks: torch.Tensor, scores: torch.Tensor) -> None:
    maps = new_maps()
    maps.add(masks[:8], scores[:8])
    early = maps.snapshot(8, 20)
    before = early.saliency(2).copy()
    maps.add(masks[8:], scores[8:])
    np.testing.assert_array_equal(early.saliency(2), before)
    assert not early.saliency(2).flags.writeable
    assert early.saliency(2).shape == early.standard_error(2).shape == (24, 40)
    assert (early.done, early.total, early.forwards, early.is_final) == (8, 20, 8, False)


def test_stability_waits_for_four_masks(
    new_maps: Callable, masks: torch.Tensor, scores: torch.Tensor
) -> None:
    maps = new_maps()
    maps.add(masks[:3], scores[:3])
    assert maps.snapshot(3, 20).stability(2) is None
    maps.add(masks[3:], scores[3:])
    assert 0 <= maps.snapshot(20, 20).stability(2) <= 1


def test_only_watched_classes_have_a_map(
    new_maps: Callable, masks: torch.Tensor, scores: torch.Tensor
) -> None:
    maps = new_maps()
    maps.add(masks, scores)
    snapshot = maps.snapshot(20, 20)
    assert 0 in snapshot.targets
    assert 1 not in snapshot.targets
    with pytest.raises(UnknownNameError, match=r"unknown target '1'.*choose from 2, 0"):
        snapshot.saliency(1)
    with pytest.raises(UnknownNameError):
        snapshot.standard_error(1)
