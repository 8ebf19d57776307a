from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from skimage import data

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.fragments import (
    DEFAULT_SCALES,
    Pyramid,
    boundary_segments,
    fragment_outline,
    fragment_pyramid,
    mean_colours,
)

label_maps = arrays(
    np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)
)


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.ascontiguousarray(data.coffee()[60:220, 100:300])


@pytest.fixture(scope="module")
def pyramid(photo: NDArray[np.uint8]) -> Pyramid:
    return fragment_pyramid(photo)


def test_labels_partition_the_picture(pyramid: Pyramid, photo: NDArray[np.uint8]) -> None:
    assert pyramid.labels.shape == (5, *photo.shape[:2])
    assert pyramid.labels.dtype == np.int32
    assert not pyramid.labels.flags.writeable
    for labels, count in zip(pyramid.labels, pyramid.counts, strict=True):
        assert_array_equal(np.unique(labels), np.arange(count))


def test_levels_go_from_coarse_to_fine(pyramid: Pyramid) -> None:
    assert pyramid.scales == DEFAULT_SCALES
    assert pyramid.levels == len(DEFAULT_SCALES)
    for count, scale in zip(pyramid.counts, pyramid.scales, strict=True):
        assert 0.6 * scale <= count <= 1.3 * scale


def test_offsets_bound_each_level(pyramid: Pyramid) -> None:
    assert pyramid.offsets[0] == 0
    assert pyramid.offsets[-1] == sum(pyramid.counts)
    assert_array_equal(np.diff(pyramid.offsets), pyramid.counts)


def test_the_same_picture_gives_the_same_fragments(
    pyramid: Pyramid, photo: NDArray[np.uint8]
) -> None:
    again = fragment_pyramid(photo.copy())
    assert_array_equal(again.labels, pyramid.labels)
    assert again.counts == pyramid.counts


def test_a_level_does_not_depend_on_the_others(pyramid: Pyramid, photo: NDArray[np.uint8]) -> None:
    assert_array_equal(fragment_pyramid(photo, (200,)).labels[0], pyramid.labels[2])


@pytest.mark.parametrize(
    "pixels", [np.zeros((9, 14, 3), np.uint8), np.full((40, 9, 3), 7, np.uint8)]
)
def test_flat_and_tiny_pictures_are_cut_as_well(pixels: NDArray[np.uint8]) -> None:
    pyramid = fragment_pyramid(pixels, (2, 800))
    for labels, count in zip(pyramid.labels, pyramid.counts, strict=True):
        assert_array_equal(np.unique(labels), np.arange(count))


@pytest.mark.parametrize("scales", [(), (1,), (50, 0)])
def test_too_few_fragments_are_refused(scales: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match="at least 2 fragments"):
        fragment_pyramid(np.zeros((20, 30, 3), np.uint8), scales)


def test_painting_gathers_the_values_of_the_fragments(pyramid: Pyramid) -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=pyramid.offsets[-1]), rng.normal(size=pyramid.levels)
    wanted = sum(
        weight * values[start + labels]
        for weight, start, labels in zip(weights, pyramid.offsets, pyramid.labels, strict=False)
    )
    assert_allclose(pyramid.paint(values, tuple(weights)), wanted, atol=1e-5)


def test_painting_one_fragment_marks_its_pixels(pyramid: Pyramid) -> None:
    values = np.zeros(pyramid.offsets[-1])
    values[pyramid.offsets[3] + 17] = 2.5
    painted = pyramid.paint(values, (1, 1, 1, 1, 1))
    assert_array_equal(painted, 2.5 * (pyramid.labels[3] == 17))


def test_a_level_without_weight_does_not_count_even_where_infinite(pyramid: Pyramid) -> None:
    values = np.ones(pyramid.offsets[-1])
    values[: pyramid.offsets[1]] = np.inf
    assert_array_equal(pyramid.paint(values, (0, 1, 0, 0, 0)), np.ones(pyramid.labels.shape[1:]))


@given(label_maps)
def test_outlines_are_exactly_the_borders_between_labels(labels: NDArray[np.int32]) -> None:
    rows, columns = np.nonzero(labels[:, 1:] != labels[:, :-1])
    borders = {("vertical", c + 1, r) for r, c in zip(rows, columns, strict=True)}
    rows, columns = np.nonzero(labels[1:] != labels[:-1])
    borders |= {("horizontal", c, r + 1) for r, c in zip(rows, columns, strict=True)}
    edges = unit_edges(*boundary_segments(labels))
    assert set(edges) == borders
    assert len(edges) == len(borders)  # no edge is drawn twice


@given(label_maps)
def test_outlines_are_as_few_segments_as_can_be(labels: NDArray[np.int32]) -> None:
    x, y = boundary_segments(labels)
    upright = x[::2] == x[1::2]
    starts = set(zip(x[::2], y[::2], upright, strict=True))
    ends = set(zip(x[1::2], y[1::2], upright, strict=True))
    assert not starts & ends  # none goes on where another one of its direction stops


@given(label_maps)
def test_one_fragment_is_outlined_all_around(labels: NDArray[np.int32]) -> None:
    fragment = int(labels[0, 0])
    inside = np.pad(labels == fragment, 1)
    borders = sum(int((np.diff(inside, axis=axis)).sum()) for axis in (0, 1))
    edges = unit_edges(*fragment_outline(labels, fragment))
    assert len(edges) == borders
    assert ("vertical", 0, 0) in edges  # the border of the input too


def test_mean_colours_keep_the_mean_of_every_fragment(
    pyramid: Pyramid, photo: NDArray[np.uint8]
) -> None:
    found = mean_colours(photo, pyramid.labels[1])
    assert found.shape == photo.shape
    assert found.dtype == np.uint8
    inside = pyramid.labels[1] == 7
    assert_allclose(found[inside], np.tile(photo[inside].mean(axis=0), (inside.sum(), 1)), atol=0.5)


def test_pyramids_are_alike_where_their_fragments_are(
    pyramid: Pyramid, photo: NDArray[np.uint8]
) -> None:
    copy = Pyramid(pyramid.labels.copy(), pyramid.counts, pyramid.scales)
    assert copy.is_like(pyramid)
    assert not fragment_pyramid(photo, (50, 100)).is_like(pyramid)
    assert not fragment_pyramid(photo, compactness=30).is_like(pyramid)


def unit_edges(x: NDArray[np.float32], y: NDArray[np.float32]) -> list[tuple[str, int, int]]:
    """Pieces of one pixel's length, each by its upper or left end."""
    pieces = []
    for x0, x1, y0, y1 in zip(x[::2], x[1::2], y[::2], y[1::2], strict=True):
        assert (x0 == x1) != (y0 == y1)
        if x0 == x1:
            pieces += [("vertical", int(x0), row) for row in range(int(y0), int(y1))]
        else:
            pieces += [("horizontal", column, int(y0)) for column in range(int(x0), int(x1))]
    return pieces
