from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from skimage import data
from skimage.segmentation import slic

from fragscope_explainers.errors import ParameterError, UnknownNameError
from fragscope_explainers.fragments import Pyramid, fragment_pyramid
from fragscope_explainers.segmenters import SEGMENTERS, cut_levels

SCALES = (50, 100, 200, 400, 800)
OTHERS = [name for name in SEGMENTERS if name != "slic"]


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """160 rows and 200 columns of a photo."""
    return np.ascontiguousarray(data.coffee()[60:220, 100:300])


@pytest.fixture(scope="module")
def pyramids(photo: NDArray[np.uint8]) -> dict[str, Pyramid]:
    return {name: fragment_pyramid(photo, SCALES, segmenter=name) for name in SEGMENTERS}


@pytest.mark.parametrize("name", SEGMENTERS)
def test_every_level_holds_about_the_number_asked_for(
    name: str, pyramids: dict[str, Pyramid], photo: NDArray[np.uint8]
) -> None:
    pyramid = pyramids[name]
    assert pyramid.scales == SCALES
    assert pyramid.labels.shape == (5, *photo.shape[:2])
    assert not pyramid.labels.flags.writeable
    assert list(pyramid.counts) == sorted(pyramid.counts)
    for labels, count, scale in zip(pyramid.labels, pyramid.counts, SCALES, strict=True):
        assert_array_equal(np.unique(labels), np.arange(count))
        assert 0.6 * scale <= count <= 1.5 * scale


def test_quickshift_gives_the_very_number(pyramids: dict[str, Pyramid]) -> None:
    assert pyramids["quickshift"].counts == SCALES


def test_levels_of_quickshift_lie_within_each_other(pyramids: dict[str, Pyramid]) -> None:
    labels = pyramids["quickshift"].labels
    for coarse, fine in itertools.pairwise(labels):
        pairs = np.unique(np.stack([coarse.ravel(), fine.ravel()]), axis=1)
        assert pairs.shape[1] == fine.max() + 1  # no fine fragment lies in two coarse ones


def test_slic_is_what_it_always_was(pyramids: dict[str, Pyramid], photo: NDArray[np.uint8]) -> None:
    known = slic(photo, n_segments=200, compactness=10, sigma=1, start_label=0)
    assert_array_equal(pyramids["slic"].labels[2], np.unique(known, return_inverse=True)[1])
    assert fragment_pyramid(photo, SCALES) is pyramids["slic"]  # from the cache


@pytest.mark.parametrize("name", OTHERS)
def test_segmenters_follow_edges(name: str) -> None:
    """Two flat halves under faint noise: nearly all of a fragment lies in one of them."""
    pixels = np.random.default_rng(1).integers(0, 6, (60, 90, 3), dtype=np.uint8)
    pixels[:, 41:] += np.array([200, 120, 30], np.uint8)
    (labels,) = cut_levels(pixels, (20,), name, 10.0, 0.0)
    left, all_of_it = (
        np.bincount(labels[:, :41].ravel(), minlength=labels.max() + 1),
        np.bincount(labels.ravel()),
    )
    astride = np.minimum(left, all_of_it - left)
    assert astride.sum() <= 0.02 * labels.size
    assert len(all_of_it) > 8


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_same_pixels_give_the_same_fragments_and_no_global_state_is_used(
    name: str, photo: NDArray[np.uint8]
) -> None:
    before = np.random.get_state()[1].copy()
    first, again = (cut_levels(photo[:60, :80], (12, 40), name, 10.0, 1.0) for _ in range(2))
    assert_array_equal(first, again)
    assert_array_equal(np.random.get_state()[1], before)


def test_a_picture_that_merges_into_one_piece_is_refused_in_a_sentence() -> None:
    flat = np.full((40, 30, 3), 90, np.uint8)
    with pytest.raises(ParameterError, match="felzenszwalb finds no two fragments"):
        cut_levels(flat, (8, 30), "felzenszwalb", 10.0, 1.0)


@pytest.mark.parametrize(("name", "least"), [("quickshift", 2), ("watershed", 9)])
def test_a_flat_picture_is_cut_by_nearness(name: str, least: int) -> None:
    (labels,) = cut_levels(np.full((40, 30, 3), 90, np.uint8), (12,), name, 10.0, 1.0)
    assert least <= len(np.unique(labels)) <= 16


def test_large_pictures_keep_their_size(photo: NDArray[np.uint8]) -> None:
    large = np.ascontiguousarray(photo.repeat(3, axis=0).repeat(2, axis=1)[:457, :391])
    pyramid = fragment_pyramid(large, (60,), segmenter="quickshift")
    assert pyramid.labels.shape == (1, 457, 391)
    assert pyramid.counts == (60,)


def test_an_unknown_segmenter_is_named(photo: NDArray[np.uint8]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'quickshift'"):
        fragment_pyramid(photo, segmenter="quikshift")
