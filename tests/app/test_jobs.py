"""The worker: latest values, turns, one outcome a job, prompt cancelling, clean closing."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fragscope.jobs import Cancelled, Failed, Finished, JobRunner, Mailbox
from fragscope_explainers.errors import ModelError


class Log:
    """Everything that a runner says, in order."""

    def __init__(self, runner: JobRunner) -> None:
        self.updates: list[tuple[int, Any]] = []
        self.outcomes: dict[int, list[Any]] = {}
        self.threads: set[threading.Thread] = set()
        runner.updated.connect(self._on_update)
        runner.ended.connect(self._on_end)

    def _on_update(self, job: int, value: Any) -> None:
        self.threads.add(threading.current_thread())
        self.updates.append((job, value))

    def _on_end(self, job: int, outcome: Any) -> None:
        self.outcomes.setdefault(job, []).append(outcome)

    def of(self, job: int) -> list[Any]:
        return [value for number, value in self.updates if number == job]


@pytest.fixture
def runner(qapp: Any) -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.close()


@pytest.fixture
def log(runner: JobRunner) -> Log:
    return Log(runner)


def test_a_job_ends_once_after_its_last_value(runner: JobRunner, log: Log, qtbot: QtBot) -> None:
    job = runner.submit(lambda: iter(range(1000)))
    qtbot.waitUntil(lambda: job in log.outcomes)
    assert log.of(job)[-1] == 999
    assert log.outcomes[job] == [Finished()]
    assert not runner.is_alive(job)


def test_values_arrive_in_order_on_the_gui_thread_with_gaps(
    runner: JobRunner, log: Log, qtbot: QtBot
) -> None:
    job = runner.submit(lambda: iter(range(20_000)))
    qtbot.waitUntil(lambda: job in log.outcomes, timeout=20_000)
    seen = log.of(job)
    assert seen == sorted(seen)
    assert len(seen) < 20_000
    assert log.threads == {threading.main_thread()}


def test_jobs_take_turns(runner: JobRunner, log: Log, qtbot: QtBot) -> None:
    order: list[str] = []

    def steps(name: str) -> Iterator[None]:
        while True:
            order.append(name)
            yield

    first, second = (runner.submit(lambda name=name: steps(name)) for name in "ab")
    qtbot.waitUntil(lambda: len(list(itertools.groupby(order))) > 6)
    runner.cancel(first)
    runner.cancel(second)
    qtbot.waitUntil(lambda: len(log.outcomes) == 2)
    assert set(order) == {"a", "b"}


def test_an_expected_error_is_reported_once_as_it_is(
    runner: JobRunner, log: Log, qtbot: QtBot
) -> None:
    def steps() -> Iterator[int]:
        yield 1
        raise ModelError("the model is tired; let it rest")

    job = runner.submit(steps)
    qtbot.waitUntil(lambda: job in log.outcomes)
    (outcome,) = log.outcomes[job]
    assert isinstance(outcome, Failed)
    assert outcome.sentence == "the model is tired; let it rest"
    assert "ModelError" in outcome.details
    assert log.of(job) == [1]


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA error: out of memory"), MemoryError(), KeyError("x")]
)
def test_no_error_ends_the_thread(
    runner: JobRunner, log: Log, qtbot: QtBot, error: Exception
) -> None:
    def steps() -> Iterator[int]:
        raise error
        yield 0

    job = runner.submit(steps)
    after = runner.submit(lambda: iter([7]))
    qtbot.waitUntil(lambda: len(log.outcomes) == 2)
    assert isinstance(log.outcomes[job][0], Failed)
    assert log.of(after) == [7]


def test_cancelling_answers_within_a_step_and_keeps_what_was_shown(
    runner: JobRunner, log: Log, qtbot: QtBot
) -> None:
    closed = threading.Event()

    def steps() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.set()

    job = runner.submit(steps)
    qtbot.waitUntil(lambda: bool(log.of(job)))
    runner.cancel(job)
    qtbot.waitUntil(lambda: job in log.outcomes)
    assert log.outcomes[job] == [Cancelled()]
    assert closed.is_set()
    shown = len(log.updates)
    runner.cancel(job)
    qtbot.wait(30)
    assert len(log.updates) == shown
    assert log.outcomes[job] == [Cancelled()]


def test_a_paused_job_holds_still(runner: JobRunner, log: Log, qtbot: QtBot) -> None:
    steps = itertools.count()
    job = runner.submit(lambda: steps)
    qtbot.waitUntil(lambda: bool(log.of(job)))
    runner.pause(job)
    marker = runner.submit(lambda: iter(["after the pause"]))
    qtbot.waitUntil(lambda: marker in log.outcomes)
    here = next(steps)
    other = runner.submit(lambda: iter(range(100)))
    qtbot.waitUntil(lambda: other in log.outcomes)
    assert next(steps) == here + 1
    runner.pause(job, False)
    qtbot.waitUntil(lambda: log.of(job)[-1] > here + 1)


def test_a_call_reaches_the_iterator_on_the_worker(
    runner: JobRunner, log: Log, qtbot: QtBot
) -> None:
    seen: list[Any] = []
    steps = itertools.count()
    job = runner.submit(lambda: steps)
    runner.call(job, lambda it: seen.append((it, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0] is steps
    assert seen[0][1] is not threading.main_thread()


def test_closing_while_running_joins_and_says_nothing_more(qtbot: QtBot) -> None:
    runner = JobRunner()
    log = Log(runner)
    job = runner.submit(itertools.count)
    qtbot.waitUntil(lambda: bool(log.of(job)))
    runner.close()
    shown = len(log.updates)
    qtbot.wait(30)
    assert len(log.updates) == shown
    assert not log.outcomes
    runner.close()  # twice does no harm


def test_a_mailbox_keeps_the_latest_value_and_the_outcome() -> None:
    box = Mailbox()
    assert box.put(1, "old")
    assert not box.put(1, "new")
    assert not box.end(1, Finished())
    mail = box.take()
    assert (mail[1].latest, mail[1].outcome) == ("new", Finished())
    assert box.take() == {}


def test_many_signals_of_python_constants_do_no_harm(qapp: Any) -> None:
    """PySide6 6.12.0 lost a reference to True at every emission and aborted after some hundred."""
    runner = JobRunner()
    got: list[object] = []
    runner.updated.connect(lambda job, value: got.append(value))
    for number in range(5000):
        runner.updated.emit(number, True)
    runner.close()
    assert got == [True] * 5000


def test_a_job_that_comes_after_the_end_never_runs(qapp: object) -> None:
    runner, ran = JobRunner(), []
    runner.close()

    def steps() -> Iterator[int]:
        ran.append(1)
        yield 1

    assert not runner.is_alive(runner.submit(steps))
    assert not ran
