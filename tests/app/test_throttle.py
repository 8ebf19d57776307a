"""Redraws are gathered, and none is lost."""

from __future__ import annotations

import itertools
import time

from pytestqt.qtbot import QtBot

from fragscope.throttle import Throttle


def test_the_first_is_told_at_once_and_the_rest_together(qtbot: QtBot) -> None:
    throttle, told = Throttle(20), []
    throttle.due.connect(told.append)
    throttle.mark(3)
    assert told == [{3}]
    with qtbot.waitSignal(throttle.due, timeout=5000):
        for number in (1, 2, 1, 3):
            throttle.mark(number)
        assert told == [{3}]
    assert told[1:] == [{1, 2, 3}]


def test_fast_news_is_told_no_more_often_than_said(qtbot: QtBot) -> None:
    throttle, times = Throttle(50), []
    throttle.due.connect(lambda _: times.append(time.monotonic()))
    throttle.due.connect(lambda _: throttle.mark(0) if len(times) < 5 else None)  # always more
    throttle.mark(0)
    qtbot.waitUntil(lambda: len(times) >= 5 and not throttle._timer.isActive(), timeout=5000)
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.018
