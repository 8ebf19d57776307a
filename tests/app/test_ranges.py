from __future__ import annotations

import numpy as np
import pytest

from fragscope.colours import Display, Layer, layer
from fragscope.ranges import Ranges

OWN = Display(clip=100)
SHARED = Display(clip=100, shared=True)


def of(low: float, high: float, *, signed: bool = False) -> Layer:
    return layer(np.array([[low, high]], np.float32), OWN, signed=signed)


LAYERS = {
    1: ("probability", of(0, 1)),
    2: ("probability", of(-0.5, 0.5)),
    3: ("logit", of(3, 9)),
    4: ("probability", of(-2, 1, signed=True)),
    5: ("probability", of(-1, 4, signed=True)),
}


def test_maps_have_ranges_of_their_own() -> None:
    assert Ranges[int]().of(LAYERS, OWN) == {
        1: (0, 1),
        2: (-0.5, 0.5),
        3: (3, 9),
        4: (-2, 2),
        5: (-4, 4),
    }


def test_maps_of_one_unit_and_kind_share_a_range() -> None:
    assert Ranges[int]().of(LAYERS, SHARED) == {
        1: (-0.5, 1),
        2: (-0.5, 1),
        3: (3, 9),
        4: (-4, 4),
        5: (-4, 4),
    }


@pytest.mark.parametrize("shared", [False, True])
def test_locked_ranges_stay_and_new_maps_get_one(shared: bool) -> None:
    ranges = Ranges[int]()
    display = Display(clip=100, shared=shared)
    before = ranges.of({1: LAYERS[1]}, display)
    locked = Display(clip=100, shared=shared, locked=True)
    later = {1: ("probability", of(-7, 7)), 3: LAYERS[3]}
    assert ranges.of(later, locked) == {**before, 3: (3, 9)}
    assert ranges.of(later, locked) == {**before, 3: (3, 9)}
    assert ranges.of(later, display)[1] == (-7, 7)


def test_a_lock_is_of_one_scale() -> None:
    ranges = Ranges[int]()
    ranges.of({1: ("probability", of(0, 1))}, OWN)
    locked = Display(clip=100, locked=True)
    assert ranges.of({1: ("probability", of(0, 3))}, locked) == {1: (0, 1)}
    signed = of(-3, 2, signed=True)
    assert ranges.of({1: ("probability", signed)}, locked) == {1: (-3, 3)}
    assert ranges.of({1: ("probability", of(5, 6))}, locked) == {1: (0, 1)}


def test_a_lock_outlives_a_moment_without_a_map() -> None:
    ranges = Ranges[int]()
    locked = Display(clip=100, locked=True)
    assert ranges.of({1: LAYERS[1]}, locked) == {1: (0, 1)}
    assert ranges.of({}, locked) == {}
    assert ranges.of({1: ("probability", of(-9, 9))}, locked) == {1: (0, 1)}


def test_locked_ranges_can_be_handed_on() -> None:
    locked = Display(clip=100, locked=True)
    first, second = Ranges[int](), Ranges[int]()
    first.of(LAYERS, locked)
    second.lock(first.locked)
    later = {1: ("probability", of(0, 7)), 4: ("probability", of(-9, 9, signed=True))}
    assert second.of(later, locked) == {1: (0, 1), 4: (-2, 2)}
