from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fragscope_explainers.designs import (
    DESIGNS,
    AlternatingHalves,
    BalancedBits,
    HadamardBits,
    IidBits,
    RiseGrids,
    generator,
    kept_share,
    make_design,
)
from fragscope_explainers.errors import ParameterError, UnknownNameError
from fragscope_explainers.estimators import split_half

CPU = torch.device("cpu")
SIZE = (31, 44)


@pytest.mark.parametrize("design", DESIGNS)
@given(pieces=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 2**31))
def test_bits_drawn_in_pieces_equal_bits_drawn_at_once(
    design: str, pieces: list[int], seed: int
) -> None:
    split, whole = (make_design(design, 13, 0.5, generator(seed, 4)) for _ in range(2))
    drawn = np.concatenate([split.draw(masks) for masks in pieces])
    assert_array_equal(drawn, whole.draw(sum(pieces)))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 2**31))
def test_rise_masks_drawn_in_pieces_equal_those_drawn_at_once(pieces: list[int], seed: int) -> None:
    split, whole = (RiseGrids(SIZE, 5, 0.4, seed) for _ in range(2))
    drawn = torch.cat([split.masks(*split.draw(masks), CPU) for masks in pieces])
    torch.testing.assert_close(drawn, whole.masks(*whole.draw(sum(pieces)), CPU))


def test_streams_of_one_seed_differ_and_each_comes_again() -> None:
    first, second = IidBits(40, 0.5, generator(1, 0)), IidBits(40, 0.5, generator(1, 1))
    drawn = first.draw(50)
    assert (drawn != second.draw(50)).any()
    assert_array_equal(drawn, IidBits(40, 0.5, generator(1, 0)).draw(50))


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_bits_are_kept_with_the_given_probability(keep: float) -> None:
    bits = IidBits(100, keep, generator(0)).draw(400)
    error = np.sqrt(keep * (1 - keep) / bits.size)
    assert abs(bits.mean() - keep) < 4 * error


@given(
    size=st.tuples(st.integers(8, 40), st.integers(8, 40)),
    cells=st.integers(2, 9),
    seed=st.integers(0, 2**31),
)
def test_rise_masks_are_the_upsampled_and_cropped_grids(
    size: tuple[int, int], cells: int, seed: int
) -> None:
    design = RiseGrids(size, cells, 0.5, seed)
    grids, shifts = design.draw(4)
    wanted = torch.stack(
        [upsample_and_crop(g, s, size) for g, s in zip(grids, shifts, strict=True)]
    )
    masks = design.masks(grids, shifts, CPU)
    assert masks.shape == (4, *size)
    torch.testing.assert_close(masks, wanted, atol=1e-6, rtol=0)
    assert masks.min() >= 0
    assert masks.max() <= 1 + 1e-6


def upsample_and_crop(grid: np.ndarray, shift: np.ndarray, size: tuple[int, int]) -> Tensor:
    """One mask as the paper describes it."""
    cells = len(grid)
    steps = [-(-length // cells) for length in size]
    large = functional.interpolate(
        torch.from_numpy(grid).float()[None, None],
        size=[(cells + 1) * step for step in steps],
        mode="bilinear",
        align_corners=False,
    )[0, 0]
    down, right = (int(value) for value in shift)
    return large[down : down + size[0], right : right + size[1]]


def test_shifts_cover_a_cell_and_stay_inside_it() -> None:
    _, shifts = RiseGrids(SIZE, 5, 0.5, 0).draw(2000)
    steps = (7, 9)  # 31 / 5 and 44 / 5, rounded up
    for axis, step in enumerate(steps):
        assert_array_equal(np.unique(shifts[:, axis]), np.arange(step))


def test_rise_masks_keep_the_given_share_on_average() -> None:
    design = RiseGrids(SIZE, 5, 0.3, 0)
    masks = design.masks(*design.draw(2000), CPU)
    assert_allclose(masks.mean((1, 2)).mean(), 0.3, atol=0.01)


def test_a_full_grid_keeps_everything() -> None:
    design = RiseGrids(SIZE, 5, 0.5, 0)
    _, shifts = design.draw(3)
    masks = design.masks(np.ones((3, 5, 5), dtype=bool), shifts, CPU)
    assert_allclose(masks, 1, atol=1e-6)


def test_global_random_state_stays_untouched() -> None:
    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()
    IidBits(20, 0.5, generator(3)).draw(5)
    grids = RiseGrids(SIZE, 5, 0.5, 3)
    grids.masks(*grids.draw(4), CPU)
    assert_array_equal(np.random.get_state()[1], before)
    assert torch.equal(torch.get_rng_state(), torch_before)


@pytest.mark.parametrize(
    ("keep", "masks", "share"),
    [
        (0.8, 5, 0.8),
        (0.85, 7, 6 / 7),
        (0.6, 3, 2 / 3),
        (0.5, 2, 0.5),
        (0.4, 3, 1 / 3),
        (0.25, 4, 0.25),
        (0.99, 100, 0.99),
    ],
)
@pytest.mark.parametrize("fragments", [3, 53])
def test_a_balanced_block_deals_every_fragment_once(
    keep: float, masks: int, share: float, fragments: int
) -> None:
    assert kept_share("balanced", keep) == pytest.approx(share)
    bits = BalancedBits(fragments, keep, generator(3)).draw(4 * masks)
    for block in np.split(bits, 4):
        dealt = ~block if keep >= 0.5 else block
        assert_array_equal(dealt.sum(0), 1)
        assert np.ptp(dealt.sum(1)) <= 1  # the masks share them out evenly
    assert (bits[:masks] != bits[masks : 2 * masks]).any()


def test_small_remainders_are_not_always_with_the_same_mask() -> None:
    blocks = np.split(BalancedBits(6, 0.8, generator(1)).draw(500), 100)
    dropped = np.mean([6 - block.sum(1) for block in blocks], axis=0)
    assert_allclose(dropped, 1.2, atol=0.2)


@pytest.mark.parametrize(("fragments", "order"), [(1, 2), (3, 4), (4, 8), (50, 64)])
def test_hadamard_rows_are_balanced_and_orthogonal(fragments: int, order: int) -> None:
    bits = HadamardBits(fragments, generator(2)).draw(3 * order)
    for block in np.split(bits, 3):
        signs = 2.0 * block - 1
        assert_array_equal(signs.sum(0), 0)
        assert_array_equal(signs.T @ signs, order * np.eye(fragments))
    if order > 8:
        assert (bits[:order] != bits[order : 2 * order]).any()


def test_designs_are_known_by_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'balanced'"):
        make_design("balance", 4, 0.5, generator(0))
    with pytest.raises(ParameterError, match=r"keeps half of the fragments, not 0\.8"):
        make_design("hadamard", 4, 0.8, generator(0))
    assert kept_share("iid", 0.83) == 0.83


@pytest.mark.parametrize("design", DESIGNS)
def test_halves_take_turns_and_share_nothing(design: str) -> None:
    bits = AlternatingHalves(design, 7, 0.5, (3, 1)).draw(33)
    for half in (0, 1):
        alone = make_design(design, 7, 0.5, generator(3, 1, half))
        assert_array_equal(bits[half::2], alone.draw(len(bits[half::2])))
    pieces = AlternatingHalves(design, 7, 0.5, (3, 1))
    assert_array_equal(np.concatenate([pieces.draw(n) for n in (1, 4, 0, 7, 21)]), bits)


@pytest.mark.parametrize(("design", "keep"), [("iid", 0.5), ("balanced", 0.5), ("balanced", 0.8)])
def test_the_agreement_of_halves_tells_the_reliability_of_the_whole(
    design: str, keep: float
) -> None:
    fragments, masks = 60, 80
    told, true = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        weights = rng.normal(size=fragments)
        bits = AlternatingHalves(design, fragments, keep, (seed, 0)).draw(masks)
        scores = bits @ weights + rng.normal(size=masks)
        halves = [differences(bits[half::2], scores[half::2]) for half in (0, 1)]
        reliability = split_half(*halves)
        told.append(reliability or 0.0)
        true.append(np.corrcoef(differences(bits, scores), weights)[0, 1] ** 2)
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.06)


def differences(bits: NDArray[np.bool_], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of every bit with the scores, over the bit's variance."""
    centred = bits - bits.mean(0)
    return centred.T @ scores / np.maximum((centred**2).sum(0), 1e-9)


def test_a_hadamard_design_of_many_fragments_needs_no_matrix() -> None:
    bits = HadamardBits(20_000, generator(0)).draw(3)
    assert bits.shape == (3, 20_000)
    assert 0.45 < bits.mean() < 0.55
