"""Strokes on the grid; the brush itself is driven in test_what_if_editor.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope.widgets.brush import stroke


def test_a_dot_is_a_disc() -> None:
    dot = stroke((40, 60), (30.0, 20.0), (30.0, 20.0), 10.0)
    assert dot.sum() == pytest.approx(np.pi * 25, rel=0.1)
    assert (dot[20 - 5 : 20 + 5].sum(), dot.sum()) == (dot.sum(), dot[:, 25:35].sum())


def test_a_line_is_as_wide_as_the_brush_and_has_round_ends() -> None:
    line = stroke((50, 90), (20.0, 25.0), (70.0, 25.0), 6.0)
    assert (line[:, 30:60].sum(0) == 6).all()
    assert line.sum() == pytest.approx(50 * 6 + np.pi * 9, rel=0.05)
    assert not line[:, :16].any()


@given(*[st.floats(-20, 120) for _ in range(4)], st.floats(0.5, 30))
def test_a_stroke_does_not_depend_on_its_direction(
    x: float, y: float, to_x: float, to_y: float, width: float
) -> None:
    there = stroke((30, 44), (x, y), (to_x, to_y), width)
    back = stroke((30, 44), (to_x, to_y), (x, y), width)
    assert (there != back).sum() <= 2  # rounding, on the rim
