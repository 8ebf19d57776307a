"""Maps are drawn again only in the part that has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fragscope.aspects import Aspect
from fragscope.colours import Display, colourise, contours, layer
from fragscope.drawings import Artist, MapWish, wish_for
from fragscope.runs import RunState

PLAIN = Display()


@pytest.fixture(scope="module")
def mfpp(run_state: Callable[..., RunState]) -> RunState:
    return run_state("mfpp", masks=40, scales=(4, 9))


@pytest.fixture(scope="module")
def rise(run_state: Callable[..., RunState]) -> RunState:
    return run_state("rise", masks=40)


def test_a_drawing_is_the_coloured_map(mfpp: RunState) -> None:
    display = replace(PLAIN, contours=True, top=0.4)
    (drawing,) = Artist().draw({3: MapWish(mfpp, Aspect(mfpp.target))}, display).values()
    expected = layer(mfpp.saliency, display, signed=True)
    assert drawing.values is mfpp.saliency
    assert drawing.span == expected.span(display.clip)
    np.testing.assert_array_equal(drawing.rgba, colourise(expected, display))
    for found, line in zip(drawing.lines, contours(expected), strict=True):
        np.testing.assert_array_equal(found, line)


def test_nothing_is_drawn_twice(mfpp: RunState, rise: RunState) -> None:
    artist, aspect = Artist(), Aspect(mfpp.target)
    wishes = {0: MapWish(mfpp, aspect), 1: MapWish(rise, aspect)}
    first = artist.draw(wishes, PLAIN)
    later = replace(mfpp, curves={})  # a further state of the same map
    again = artist.draw({0: MapWish(later, aspect), 1: MapWish(rise, aspect)}, PLAIN)
    assert again[0] is first[0]
    assert again[1] is first[1]


def test_each_part_follows_what_it_depends_on(mfpp: RunState) -> None:
    artist, wish = Artist(), MapWish(mfpp, Aspect(mfpp.target))
    plain = artist.draw({0: wish}, PLAIN)[0]
    fainter = artist.draw({0: wish}, replace(PLAIN, opacity=0.2))[0]
    assert fainter.layer is plain.layer
    assert fainter.rgba[..., 3].max() < plain.rgba[..., 3].max()
    fewer = artist.draw({0: wish}, replace(PLAIN, top=0.1))[0]
    assert fewer.values is plain.values
    assert fewer.layer is not plain.layer
    other = artist.draw({0: MapWish(mfpp, Aspect(mfpp.target, against=0))}, PLAIN)[0]
    np.testing.assert_array_equal(other.values, mfpp.snapshot.contrast(mfpp.target, 0))


def test_a_range_that_is_shared_recolours_the_other_map(
    mfpp: RunState, run_state: Callable[..., RunState]
) -> None:
    artist, aspect = Artist(), Aspect(mfpp.target)
    other = run_state("mfpp", masks=24, scales=(4, 9))
    wishes = {0: MapWish(mfpp, aspect), 1: MapWish(other, aspect)}
    own = artist.draw(wishes, PLAIN)
    shared = artist.draw(wishes, replace(PLAIN, shared=True))
    assert shared[0].span == shared[1].span == max(own[0].span, own[1].span, key=lambda s: s[1])
    assert sum(shared[number] is own[number] for number in (0, 1)) == 1


def test_no_map_is_wished_for_where_the_run_has_none(run_state: Callable[..., RunState]) -> None:
    state = run_state("saliency")
    assert wish_for(None, Aspect(2)) is None
    assert wish_for(state, None) is None
    assert wish_for(state, Aspect(state.target)) is not None
    assert wish_for(state, Aspect(state.target + 1)) is None  # it answers for one class
