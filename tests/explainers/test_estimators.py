from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.stats import linregress

from fragscope_explainers.estimators import EstimatorName, Moments, split_half
from fragscope_explainers.fragments import Pyramid
from fragscope_explainers.sums import FragmentSums, PixelSums

PLAIN: tuple[EstimatorName, ...] = ("difference", "mean", "covered")

CPU = torch.device("cpu")
seeds = st.integers(0, 2**32 - 1)
# Two levels of 3 and 5 fragments on a picture of 2 x 5 pixels.
PYRAMID = Pyramid(
    np.array([[[0, 0, 1, 1, 2], [0, 0, 1, 2, 2]], [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]], np.int32),
    (3, 5),
    (3, 5),
)


def binary(seed: int, masks: int = 40, places: int = 6) -> tuple[NDArray[np.float64], ...]:
    """Keep bits [N, K] and scores [N] that depend on them."""
    rng = np.random.default_rng(seed)
    bits = (rng.random((masks, places)) < 0.5).astype(float)
    bits[:2] = [[1.0], [0.0]]  # every place was kept and dropped
    return bits, bits @ rng.normal(size=places) + rng.normal(size=masks)


def grey(seed: int, masks: int = 40, places: int = 6) -> tuple[NDArray[np.float64], ...]:
    rng = np.random.default_rng(seed)
    values = rng.random((masks, places))
    return values, values @ rng.normal(size=places) + rng.normal(size=masks)


def moments(m: NDArray[np.float64], f: NDArray[np.float64]) -> Moments:
    return Moments(float(len(f)), m.sum(0), (m**2).sum(0), f.sum(), (f**2).sum(), f @ m)


# --- effects


@given(seeds)
def test_difference_is_mean_kept_minus_mean_dropped(seed: int) -> None:
    m, f = binary(seed)
    wanted = [f[column == 1].mean() - f[column == 0].mean() for column in m.T]
    assert_allclose(moments(m, f).effect("difference", 0.5), wanted, atol=1e-9)


@given(seeds)
def test_difference_is_the_slope_of_a_line_for_grey_masks(seed: int) -> None:
    m, f = grey(seed)
    wanted = [np.polyfit(column, f, 1)[0] for column in m.T]
    assert_allclose(moments(m, f).effect("difference", 0.5), wanted, atol=1e-8)


@given(seeds, st.floats(0.05, 0.95))
def test_mean_and_covered_are_their_formulas(seed: int, keep: float) -> None:
    m, f = grey(seed)
    sums = moments(m, f)
    assert_allclose(sums.effect("mean", keep), (f @ m) / (len(f) * keep))
    assert_allclose(sums.effect("covered", keep), (f @ m) / m.sum(0))


@given(seeds, st.floats(-3, 3))
def test_only_mean_changes_its_shape_when_all_scores_move(seed: int, shift: float) -> None:
    m, f = binary(seed)
    before, after = moments(m, f), moments(m, f + shift)
    effects = {n: after.effect(n, 0.5) - before.effect(n, 0.5) for n in PLAIN}
    assert_allclose(effects["difference"], 0, atol=1e-9)
    assert_allclose(effects["covered"], shift, atol=1e-9)
    assert_allclose(effects["mean"], shift * m.mean(0) / 0.5, atol=1e-9)


@given(seeds)
def test_moments_of_two_halves_add_up(seed: int) -> None:
    m, f = grey(seed)
    both, whole = moments(m[:15], f[:15]) + moments(m[15:], f[15:]), moments(m, f)
    for name in PLAIN:
        assert_allclose(both.effect(name, 0.5), whole.effect(name, 0.5), atol=1e-9)


# --- standard errors


@given(seeds)
def test_the_error_of_a_difference_pools_both_variances(seed: int) -> None:
    m, f = binary(seed)
    wanted = []
    for column in m.T:
        kept, dropped = f[column == 1], f[column == 0]
        squares = ((kept - kept.mean()) ** 2).sum() + ((dropped - dropped.mean()) ** 2).sum()
        wanted.append(np.sqrt(squares / (len(f) - 2) * (1 / len(kept) + 1 / len(dropped))))
    assert_allclose(moments(m, f).standard_error("difference", 0.5), wanted)


@given(seeds)
def test_the_error_of_a_slope_is_that_of_linear_regression(seed: int) -> None:
    m, f = grey(seed)
    wanted = [linregress(column, f).stderr for column in m.T]
    assert_allclose(moments(m, f).standard_error("difference", 0.5), wanted)


@given(seeds)
def test_the_error_of_a_mean_is_that_of_its_kept_share(seed: int) -> None:
    m, f = binary(seed)
    sums = moments(m, f)
    assert_allclose(sums.standard_error("covered", 0.5), f.std() / np.sqrt(m.sum(0)))
    assert_allclose(sums.standard_error("mean", 0.25), f.std() / np.sqrt(len(f) * 0.25))


def test_the_spread_of_differences_over_runs_is_their_standard_error() -> None:
    rng = np.random.default_rng(1)
    runs = []
    for _ in range(400):
        m = (rng.random((60, 1)) < 0.5).astype(float)
        runs.append(moments(m, 0.3 * m[:, 0] + rng.normal(size=60)))
    effects = [run.effect("difference", 0.5)[0] for run in runs]
    errors = [run.standard_error("difference", 0.5)[0] for run in runs]
    assert np.mean(errors) == pytest.approx(np.std(effects), rel=0.1)


@pytest.mark.parametrize("always", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("masks", [3, 40])
def test_places_that_never_change_have_no_effect_and_an_infinite_error(
    always: float, masks: int
) -> None:
    m, f = binary(0, masks)
    m[:, 2] = always
    sums = PixelSums.zeros(6, (0,), CPU)
    sums.add(0, torch.from_numpy(m).float(), torch.from_numpy(f[:, None]).float())
    found = sums.moments(0)
    assert found.effect("difference", 0.5)[2] == 0
    assert found.standard_error("difference", 0.5)[2] == np.inf


@pytest.mark.parametrize("name", ["mean", "covered"])
def test_places_that_were_never_kept_have_no_mean(name: EstimatorName) -> None:
    m, f = binary(0)
    m[:, 2] = 0
    assert moments(m, f).effect(name, 0.5)[2] == 0


@pytest.mark.parametrize("name", PLAIN)
def test_one_mask_tells_nothing_about_the_error(name: EstimatorName) -> None:
    m, f = grey(0, masks=1)
    assert_array_equal(moments(m, f).standard_error(name, 0.5), np.full(6, np.inf))


def test_two_masks_tell_a_difference_but_not_its_error() -> None:
    sums = moments(np.array([[1.0], [0.0]]), np.array([0.9, 0.2]))
    assert_allclose(sums.effect("difference", 0.5), 0.7)
    assert sums.standard_error("difference", 0.5)[0] == np.inf


def test_before_the_first_mask_there_is_nothing() -> None:
    sums = FragmentSums.zeros(PYRAMID, 2, CPU).moments(1)
    for name in PLAIN:
        assert_array_equal(sums.effect(name, 0.5), np.zeros(8))
        assert_array_equal(sums.standard_error(name, 0.5), np.full(8, np.inf))


# --- running sums


def fill_fragments(seed: int, pieces: list[int]) -> FragmentSums:
    """Sums of 24 masks of each level and half, added in pieces of the given lengths."""
    sums = FragmentSums.zeros(PYRAMID, 3, CPU)
    for level, count in enumerate(PYRAMID.counts):
        for half in (0, 1):
            rng = np.random.default_rng([seed, level, half])
            bits = torch.from_numpy(rng.random((24, count)) < 0.5).float()
            scores = torch.from_numpy(rng.random((24, 3))).float()
            for some_bits, some_scores in zip(
                bits.split(pieces), scores.split(pieces), strict=True
            ):
                sums.add(level, half, some_bits, some_scores)
    return sums


def fill_pixels(seed: int, pieces: list[int]) -> PixelSums:
    sums = PixelSums.zeros(10, (2, 0), CPU)
    for half in (0, 1):
        rng = np.random.default_rng([seed, half])
        masks = torch.from_numpy(rng.random((24, 10))).float()
        scores = torch.from_numpy(rng.random((24, 3))).float()
        for some_masks, some_scores in zip(masks.split(pieces), scores.split(pieces), strict=True):
            sums.add(half, some_masks, some_scores)
    return sums


cuts = st.sets(st.integers(1, 23)).map(lambda at: np.diff([0, *sorted(at), 24]).tolist())


@pytest.mark.parametrize("fill", [fill_fragments, fill_pixels])
@given(seed=seeds, pieces=cuts)
def test_adding_in_pieces_equals_adding_at_once(fill, seed: int, pieces: list[int]) -> None:  # type: ignore[no-untyped-def]
    split, whole = fill(seed, pieces).moments(2), fill(seed, [24]).moments(2)
    for name in PLAIN:
        assert_allclose(split.effect(name, 0.5), whole.effect(name, 0.5), atol=1e-12)
        assert_allclose(split.standard_error(name, 0.5), whole.standard_error(name, 0.5))


@pytest.mark.parametrize("fill", [fill_fragments, fill_pixels])
def test_a_copy_stays_as_it_was(fill) -> None:  # type: ignore[no-untyped-def]
    sums = fill(0, [24])
    copy, before = sums.copy(), sums.moments(0)
    if isinstance(sums, FragmentSums):
        sums.add(0, 0, torch.ones(1, 3), torch.ones(1, 3))
    else:
        sums.add(0, torch.ones(1, 10), torch.ones(1, 3))
    assert_array_equal(copy.moments(0).fm, before.fm)
    assert (sums.moments(0).fm != before.fm).any()


def test_fragment_sums_are_those_of_their_own_level() -> None:
    sums = FragmentSums.zeros(PYRAMID, 2, CPU)
    bits, scores = torch.tensor([[1.0, 0, 1], [1, 1, 0]]), torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    sums.add(0, 0, bits, scores)
    found = sums.moments(1)
    assert sums.classes == 2
    assert_array_equal(found.count, [2, 2, 2, 0, 0, 0, 0, 0])
    assert_array_equal(found.m, [2, 1, 1, 0, 0, 0, 0, 0])
    assert_array_equal(found.fm, [1.25, 0.5, 0.75, 0, 0, 0, 0, 0])
    assert_array_equal(found.f, [1.25] * 3 + [0] * 5)


@pytest.mark.parametrize("fill", [fill_fragments, fill_pixels])
def test_halves_are_kept_apart_and_add_up(fill) -> None:  # type: ignore[no-untyped-def]
    sums = fill(3, [24])
    odd, even, both = sums.moments(0, (0,)), sums.moments(0, (1,)), sums.moments(0)
    assert (odd.fm != even.fm).any()
    for name in Moments.__slots__:
        assert_allclose(getattr(odd + even, name), getattr(both, name))


def test_pixel_sums_answer_by_class_index() -> None:
    sums = PixelSums.zeros(4, (5, 1), CPU)
    masks, scores = torch.rand(3, 4), torch.rand(3, 7)
    sums.add(0, masks, scores)
    for target in (1, 5):
        assert_allclose(sums.moments(target).fm, scores[:, target] @ masks, rtol=1e-6)


def test_errors_of_a_confident_class_survive_many_masks() -> None:
    """f near 1 with a tiny spread: single precision loses these after some ten thousand masks."""
    rng = np.random.default_rng(0)
    m = (rng.random((40_000, 6)) < 0.5).astype(np.float32)
    f = (0.99 + m @ rng.normal(0, 2e-4, 6) + rng.normal(0, 3e-4, 40_000)).astype(np.float32)
    sums = PixelSums.zeros(6, (0,), CPU)
    for masks, scores in zip(
        torch.from_numpy(m).split(8), torch.from_numpy(f).split(8), strict=True
    ):
        sums.add(0, masks, scores[:, None])
    found, wanted = sums.moments(0), moments(m.astype(float), f.astype(float))
    assert_allclose(found.effect("difference", 0.5), wanted.effect("difference", 0.5), rtol=1e-6)
    errors = wanted.standard_error("difference", 0.5)
    assert_allclose(found.standard_error("difference", 0.5), errors, rtol=1e-6)


# --- stability


def test_equal_maps_are_perfectly_reliable() -> None:
    values = np.random.default_rng(0).normal(size=(12, 17)).astype(np.float32)
    assert split_half(values, values) == pytest.approx(1)


def test_independent_maps_are_hardly_reliable() -> None:
    rng = np.random.default_rng(0)
    found = split_half(rng.normal(size=(120, 170)), rng.normal(size=(120, 170)))
    assert found is not None
    assert 0 <= found < 0.05


def test_opposite_maps_are_not_reliable_at_all() -> None:
    values = np.random.default_rng(0).normal(size=(12, 17))
    assert split_half(values, -values) == 0


@pytest.mark.parametrize("flat", [0.0, 0.1, 1e9, np.inf, np.nan])
def test_constant_maps_cannot_be_told(flat: float) -> None:
    values = np.random.default_rng(0).normal(size=(12, 17)).astype(np.float32)
    assert split_half(np.full((12, 17), flat, np.float32), values) is None
    assert split_half(values, np.full((12, 17), flat, np.float32)) is None


@given(seeds, st.floats(1e-30, 1e30))
def test_reliability_follows_spearman_and_brown_at_any_scale(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(12, 17))
    second = first + rng.normal(size=(12, 17))
    r = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    assert split_half(first * scale, second * scale) == pytest.approx(2 * r / (1 + r))
