from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from fragscope.background_writer import BackgroundWriter
from fragscope_explainers.errors import SessionError


@pytest.fixture
def writer(qapp: object) -> Iterator[BackgroundWriter]:
    found = BackgroundWriter()
    yield found
    found.close()


def test_work_is_done_elsewhere_in_its_order_and_told_here(
    writer: BackgroundWriter, qtbot: QtBot
) -> None:
    threads: list[threading.Thread] = []
    told: list[tuple[str, threading.Thread]] = []
    for _ in range(3):
        writer.submit(
            lambda: threads.append(threading.current_thread()),
            lambda sentence: told.append((sentence, threading.current_thread())),
        )
    assert writer.is_busy
    qtbot.waitUntil(lambda: not writer.is_busy)
    assert told == [("", threading.main_thread())] * 3
    assert len(set(threads)) == 1
    assert threads[0] is not threading.main_thread()


def test_what_fails_is_told_and_the_next_is_done(writer: BackgroundWriter, qtbot: QtBot) -> None:
    def fail(error: Exception) -> None:
        raise error

    told: list[str] = []
    writer.submit(lambda: fail(SessionError("the disk is full")), told.append)
    writer.submit(lambda: fail(KeyError("x")), told.append)
    writer.submit(lambda: None, told.append)
    qtbot.waitUntil(lambda: len(told) == 3)
    assert told == ["the disk is full", "this was not saved: KeyError: 'x'", ""]


def test_closing_waits_for_what_is_to_be_written(writer: BackgroundWriter) -> None:
    done: list[int] = []
    for number in range(5):
        writer.submit(lambda number=number: done.append(number), lambda _: None)
    writer.close()
    assert done == [0, 1, 2, 3, 4]
    assert writer.is_closed
