"""Of several wishes for one place the latest wins."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from fragscope.latest import Latest


@pytest.fixture
def latest(qapp: object) -> Iterator[Latest]:
    found = Latest()
    yield found
    found.close()


def test_the_latest_wish_takes_the_place_of_those_that_wait(latest: Latest, qtbot: QtBot) -> None:
    gate, got = threading.Event(), list[str]()

    def slow() -> str:
        gate.wait(10)
        return "first"

    latest.ask("maps", slow, got.append)
    for text in ("second", "third"):
        latest.ask("maps", lambda text=text: text, got.append)
    latest.ask("elsewhere", lambda: "other", got.append)
    gate.set()
    qtbot.waitUntil(lambda: not latest.is_busy("maps") and not latest.is_busy("elsewhere"))
    assert sorted(got) == ["first", "other", "third"]
    assert got.index("first") < got.index("third")


def test_work_is_done_on_another_thread_and_told_on_this_one(latest: Latest, qtbot: QtBot) -> None:
    here, threads = threading.get_ident(), list[int]()
    latest.ask(1, threading.get_ident, lambda there: threads.extend([there, threading.get_ident()]))
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != here
    assert threads[1] == here


def test_a_failure_is_told_and_the_next_wish_is_done(latest: Latest, qtbot: QtBot) -> None:
    got: list[int] = []
    with qtbot.waitSignal(latest.failed) as failed:
        latest.ask(1, lambda: 1 // 0, got.append)
        latest.ask(1, lambda: 7, got.append)
    assert "ZeroDivisionError" in failed.args[0].sentence
    qtbot.waitUntil(lambda: got == [7])


def test_nothing_is_told_after_the_end(latest: Latest, qtbot: QtBot) -> None:
    got: list[int] = []
    latest.ask(1, lambda: 7, got.append)
    latest.close()
    qtbot.wait(20)
    assert got == []
    assert not latest.is_busy(1)
