"""Panels stand in the columns that show their pictures largest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope.widgets.tiling import cells, columns_for, places


@pytest.mark.parametrize(
    ("count", "size", "aspect", "columns"),
    [
        (1, (900, 600), 1.5, 1),
        (4, (900, 600), 1.5, 2),
        (8, (970, 440), 1.5, 4),  # three rows would leave the pictures no height
        (2, (900, 500), 0.3, 2),  # tall pictures stand beside each other
        (2, (400, 900), 1.5, 1),
        (0, (900, 600), 1.5, 1),
        (5, (640, 180), 1.5, 2),  # more would be too narrow to be read
        (5, (100, 100), 1.5, 1),
    ],
)
def test_columns_fit_space_and_picture(
    count: int, size: tuple[int, int], aspect: float, columns: int
) -> None:
    assert columns_for(count, *size, aspect) == columns


@given(st.integers(1, 12), st.integers(1, 4000), st.integers(1, 3000), st.floats(0.1, 10))
def test_there_are_never_more_columns_than_panels(
    count: int, width: int, height: int, aspect: float
) -> None:
    assert 1 <= columns_for(count, width, height, aspect) <= count


@given(st.integers(0, 12), st.integers(1, 6))
def test_every_row_is_filled_to_its_end(count: int, columns: int) -> None:
    across = cells(count, columns)
    found = places(count, columns)
    assert len(found) == count
    for row in {row for row, _, _ in found}:
        filled = [
            cell for r, first, span in found if r == row for cell in range(first, first + span)
        ]
        assert filled == list(range(across))


def test_two_panels_below_three_are_wider_by_half() -> None:
    assert places(5, 3) == [(0, 0, 2), (0, 2, 2), (0, 4, 2), (1, 0, 3), (1, 3, 3)]
