from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.own_fragments import OwnFragments, level_like
from fragscope.session import Session
from fragscope_explainers.fragments import Pyramid

from .two_models import hold


@pytest.mark.parametrize(("scale", "level"), [(2, 0), (50, 0), (90, 1), (100, 1), (4000, 2)])
def test_the_level_with_the_nearest_scale_is_taken(scale: int, level: int) -> None:
    labels = np.zeros((3, 4, 4), np.int32)
    assert level_like(Pyramid(labels, (1, 1, 1), (50, 100, 800)), scale) == level


def test_only_another_view_of_the_picture_has_fragments_of_its_own(
    two: Session, qtbot: QtBot
) -> None:
    fragments = OwnFragments(two)
    first, second = two.panels[:2]
    assert not fragments.differ(first)
    assert fragments.of(first) is None
    hold(two, qtbot, second.number)
    assert fragments.differ(second)
    assert not fragments.differ(first)
    qtbot.waitUntil(lambda: fragments.of(second) is not None, timeout=20_000)
    own = fragments.of(second)
    assert own is not None
    assert own.labels.shape[1:] == (40, 48)
