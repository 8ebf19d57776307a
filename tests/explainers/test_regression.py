"""Regressions from sums against the same regressions from all masks at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from fragscope_explainers.effects import FragmentEffects, bases_for
from fragscope_explainers.fragments import Pyramid
from fragscope_explainers.regression import _PENALTIES, LinearModel, kept_shares, own_bits
from fragscope_explainers.sums import FragmentSums

CPU = torch.device("cpu")
seeds = st.integers(0, 2**32 - 1)
_COARSE = np.repeat(np.repeat(np.arange(4).reshape(2, 2), 4, 0), 4, 1)
_FINE = np.repeat(np.repeat(np.arange(16).reshape(4, 4), 2, 0), 2, 1)
PYRAMID = Pyramid(np.stack([_COARSE, _FINE]).astype(np.int32), (4, 16), (4, 16))

Level = tuple[NDArray[np.float64], NDArray[np.float64]]


def runs(seed: int, masks: int = 30, noise: float = 0.3) -> list[Level]:
    """Keep bits and scores of both levels: a weight for each fine fragment, and noise."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=16)
    found = []
    for level, count in enumerate(PYRAMID.counts):
        bits = (rng.random((masks, count)) < 0.6).astype(float)
        pixels = bits[:, PYRAMID.labels[level]]
        fine = np.stack([pixels[:, PYRAMID.labels[1] == k].mean(1) for k in range(16)], 1)
        found.append((bits, fine @ weights + noise * rng.normal(size=masks)))
    return found


def sums_of(data: list[Level], estimator: str) -> FragmentSums:
    """The same masks as sums, half of them in each half."""
    sums = FragmentSums.zeros(PYRAMID, 1, CPU, bases_for(estimator, PYRAMID))  # type: ignore[arg-type]
    for level, (bits, scores) in enumerate(data):
        for half in (0, 1):
            chosen = (bits[half::2], scores[half::2, None])
            sums.add(level, half, *(torch.from_numpy(part).float() for part in chosen))
    return sums


def design_of(data: list[Level], of: list[int]) -> tuple[NDArray, NDArray]:
    """Features and scores of all masks, each level less its own mean, straight from pixels."""
    features, scores = [], []
    for level, (bits, f) in enumerate(data):
        pixels = bits[:, PYRAMID.labels[level]]
        rows = [
            pixels[:, PYRAMID.labels[other] == k].mean(1)
            for other in of
            for k in range(PYRAMID.counts[other])
        ]
        block = np.stack(rows, 1)
        features.append(block - block.mean(0))
        scores.append(f - f.mean())
    return np.concatenate(features), np.concatenate(scores)


def ridge(x: NDArray, y: NDArray, groups: list[int], levels: int) -> tuple[NDArray, float]:
    """Ridge by its definition, with the penalty of the least cross-validation error."""
    spare, parts = len(y) - levels, np.split(np.arange(x.shape[1]), np.cumsum(groups)[:-1])
    scale = np.empty(x.shape[1])
    for part in parts:
        scale[part] = 1 / np.sqrt((x[:, part] ** 2).sum() / len(y))
    x = x * scale
    mean_eigenvalue = (x**2).sum() / x.shape[1]
    best: tuple[float, NDArray, float] = (np.inf, np.empty(0), 0.0)
    for penalty in _PENALTIES:
        inverse = np.linalg.inv(x.T @ x + penalty * mean_eigenvalue * np.eye(x.shape[1]))
        beta, hat = inverse @ x.T @ y, np.trace(x @ inverse @ x.T)
        error = np.square(y - x @ beta).sum() / (1 - hat / spare) ** 2
        if error < best[0]:
            best = (error, scale * beta, 1 - hat / spare)
    return best[1], best[2]


@given(seeds)
def test_one_model_for_all_levels_is_ridge_on_the_kept_shares(seed: int) -> None:
    data = runs(seed)
    model = LinearModel(sums_of(data, "pyramid"), 0, (0, 1))
    fit = model.fit(0)
    beta, left = ridge(*design_of(data, [0, 1]), [4, 16], 2)
    assert_allclose(fit.beta, beta, atol=2e-4)
    assert fit.inflation == pytest.approx(left, abs=1e-3)


@given(seeds)
def test_a_model_for_each_level_is_ridge_on_its_own_bits(seed: int) -> None:
    data = runs(seed)
    effects, errors = FragmentEffects(sums_of(data, "ridge"), "ridge", 0.6).of(0)
    for level, (start, stop) in enumerate([(0, 4), (4, 20)]):
        bits, f = data[level]
        x = bits - bits.mean(0)
        beta, _ = ridge(x, f - f.mean(), [bits.shape[1]], 1)
        assert_allclose(effects[start:stop], beta, atol=2e-4)
    assert (errors > 0).all()


@given(seeds)
def test_assisted_is_the_models_effect_plus_the_difference_of_residuals(seed: int) -> None:
    data = runs(seed, masks=300)
    sums = sums_of(data, "assisted")
    effects, _ = FragmentEffects(sums, "assisted", 0.6).of(0)
    model = LinearModel(sums, 0, (0, 1))
    fit = model.fit(0)
    x, y = design_of(data, [0, 1])
    residual = (y - x @ fit.beta) / fit.inflation
    for level, (bits, _) in enumerate(data):
        r = residual[300 * level : 300 * (level + 1)]
        differences = np.array([r[z == 1].mean() - r[z == 0].mean() for z in bits.T])
        found = effects[slice(*sums.offsets[level : level + 2])] - model.slopes(level, fit)[0]
        weight = (found @ differences) / (differences @ differences)
        assert 0.5 - 1e-3 <= weight <= 1 + 1e-3
        assert_allclose(found, weight * differences, atol=1e-3)


def test_the_shares_of_nested_fragments_are_one_or_a_quarter() -> None:
    basis = kept_shares(PYRAMID, of=[0, 1], levels=[0, 1])
    assert basis.groups == (0, 4, 20)
    assert_allclose(basis.projections[0][:, :4], np.eye(4))
    assert_allclose(basis.projections[0].sum(0), 1)
    assert set(np.unique(basis.projections[1][:, :4])) == {0.0, 0.25}
    assert [b.features for b in own_bits(PYRAMID, [0, 1])] == [4, 16]


@pytest.mark.parametrize("estimator", ["ridge", "pyramid", "assisted"])
@pytest.mark.parametrize("masks", [0, 1, 2])
def test_hardly_any_masks_tell_nothing_and_break_nothing(estimator: str, masks: int) -> None:
    data = runs(1, masks=max(masks, 1))
    sums = sums_of(data[: min(masks, 2)], estimator) if masks else sums_of([], estimator)
    effects, errors = FragmentEffects(sums, estimator, 0.6).of(0)  # type: ignore[arg-type]
    assert np.isfinite(effects).all()
    assert (errors >= 0).all()


def test_a_constant_class_has_no_effects() -> None:
    data = [(bits, np.ones(len(bits))) for bits, _ in runs(2)]
    for estimator in ("ridge", "pyramid", "assisted"):
        effects, _ = FragmentEffects(sums_of(data, estimator), estimator, 0.6).of(0)  # type: ignore[arg-type]
        assert_allclose(effects, 0, atol=1e-6)


@pytest.mark.parametrize(("size", "spread"), [(1e-7, 1e-8), (0.5, 0.1)])
def test_small_probabilities_are_explained_as_large_ones_are(size: float, spread: float) -> None:
    data = [(bits, size + spread * (f - f.mean()) / f.std()) for bits, f in runs(5, masks=300)]
    effects, _ = FragmentEffects(sums_of(data, "pyramid"), "pyramid", 0.6).of(0)
    beta, _ = ridge(*design_of(data, [0, 1]), [4, 16], 2)
    assert np.corrcoef(effects, beta)[0, 1] > 0.99


def test_with_many_masks_ridge_is_least_squares() -> None:
    data = runs(3, masks=20_000)
    effects, _ = FragmentEffects(sums_of(data, "ridge"), "ridge", 0.6).of(0)
    bits, f = data[1]
    exact = np.linalg.lstsq(bits - bits.mean(0), f - f.mean(), rcond=None)[0]
    assert_allclose(effects[4:], exact, atol=0.005 * np.abs(exact).max())


def test_a_confident_class_is_explained_as_well() -> None:
    data = [(bits, 1e-6 * (f - f.mean()) / f.std()) for bits, f in runs(5, masks=300)]
    near_one = sums_of([], "pyramid")
    near_one.start(torch.tensor([0.99999]))
    for level, (bits, scores) in enumerate(data):
        values = torch.from_numpy(scores[:, None] + 0.99999).float()
        near_one.add(level, 0, torch.from_numpy(bits).float(), values)
    found, _ = FragmentEffects(near_one, "pyramid", 0.6).of(0)
    wanted, _ = FragmentEffects(sums_of(data, "pyramid"), "pyramid", 0.6).of(0)
    assert np.corrcoef(found, wanted)[0, 1] > 0.95


def test_a_shift_changes_no_sum_that_is_asked_for() -> None:
    plain, shifted = sums_of([], "pyramid"), sums_of([], "pyramid")
    shifted.start(torch.tensor([0.7]))
    for level, (bits, scores) in enumerate(runs(4)):
        parts = (torch.from_numpy(part).float() for part in (bits, scores[:, None]))
        bits_here, scores_here = parts
        for sums in (plain, shifted):
            sums.add(level, 1, bits_here, scores_here)
    for name in ("count", "m", "mm", "f", "ff", "fm"):
        wanted, found = (getattr(sums.moments(0), name) for sums in (plain, shifted))
        assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert shifted.squares_by(1, 0, (0, 1)) == pytest.approx(plain.squares_by(1, 0, (0, 1)))
