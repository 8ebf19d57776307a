"""One worker thread that runs jobs in turns, and the mailbox through which their news comes back.

A job is an iterator, and each of its values replaces the one before. The worker takes steps of all
runnable jobs in turns of some milliseconds, so that all panels move together, and leaves only the
latest value of each job in the mailbox: a window that is slow to draw never falls behind. Every job
ends exactly once: finished, failed or cancelled. Only QtCore is used here.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.translation import tr

_TURN_SECONDS = 0.03
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """The job's iterator came to its end."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job was cancelled; what it yielded last stays valid."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job raised.

    Attributes
    ----------
    sentence : what to show.
    details : the traceback, for those who ask.
    kind : name of the error's class.
    """

    sentence: str
    details: str
    kind: str = ""


Outcome = Finished | Cancelled | Failed
Steps = Callable[[], Iterator[Any]]


@dataclass(slots=True)
class _Job:
    id: int
    steps: Steps
    iterator: Iterator[Any] | None = None
    is_paused: bool = False


@dataclass(slots=True)
class _Mail:
    latest: Any = None
    has_value: bool = False
    outcome: Outcome | None = None


class Mailbox:
    """The latest value and the outcome of every job with news. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mail: dict[int, _Mail] = {}

    def put(self, job: int, value: Any) -> bool:
        """Leave a value in place of an earlier one; True if the box was empty."""
        with self._lock:
            was_empty = not self._mail
            mail = self._mail.setdefault(job, _Mail())
            mail.latest, mail.has_value = value, True
            return was_empty

    def end(self, job: int, outcome: Outcome) -> bool:
        """Leave a job's outcome; True if the box was empty."""
        with self._lock:
            was_empty = not self._mail
            self._mail.setdefault(job, _Mail()).outcome = outcome
            return was_empty

    def take(self) -> dict[int, _Mail]:
        """Empty the box."""
        with self._lock:
            mail, self._mail = self._mail, {}
            return mail


class JobRunner(QObject):
    """Runs jobs on one worker thread. Lives on the thread that made it, as do its signals.

    Signals
    -------
    updated(int, object) : a job's latest value.
    ended(int, object) : a job's `Outcome`, after its last value; once for every job.
    """

    updated = Signal(int, object)
    ended = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._alive: set[int] = set()
        self._is_closed = False
        self._mailbox = Mailbox()
        self._worker = _Worker(self._mailbox)
        self._worker.news.connect(self._deliver)
        self._worker.start()

    def submit(self, steps: Steps) -> int:
        """Start a job; `steps` is called on the worker and gives its iterator. Returns its id.

        One that comes after `close` never runs: a window that closes may still wish for something.
        """
        number = next(self._numbers)
        if self._is_closed:
            return number
        self._alive.add(number)
        self._worker.commands.put(lambda worker: worker.add(_Job(number, steps)))
        return number

    def cancel(self, job: int) -> None:
        """End a job after the step it is in; does nothing if it has ended."""
        self._worker.commands.put(lambda worker: worker.cancel(job))

    def pause(self, job: int, paused: bool = True) -> None:
        """Hold a job back, or let it go on."""
        self._worker.commands.put(lambda worker: worker.pause(job, paused))

    def call(self, job: int, function: Callable[[Any], None]) -> None:
        """Give a job's iterator to a function on the worker, between two steps.

        Does nothing if the job has ended.
        """
        self._worker.commands.put(lambda worker: worker.call(job, function))

    def is_alive(self, job: int | None) -> bool:
        """Whether a job was submitted and its outcome has not been delivered yet."""
        return job in self._alive

    def close(self) -> None:
        """Cancel everything and wait for the worker, at most one step. No signal fires after."""
        self._is_closed = True
        if not self._worker.isRunning():
            return
        self._worker.news.disconnect(self._deliver)
        self._worker.stop()
        self._worker.wait()
        self._mailbox.take()
        self._alive.clear()

    def _deliver(self) -> None:
        for job, mail in self._mailbox.take().items():
            if job not in self._alive:
                continue
            if mail.has_value:
                self.updated.emit(job, mail.latest)
            if mail.outcome is not None:
                self._alive.discard(job)
                self.ended.emit(job, mail.outcome)


@dataclass(slots=True)
class _Jobs:
    """The worker's jobs in order of their turns."""

    by_id: dict[int, _Job] = field(default_factory=dict)

    def runnable(self) -> list[_Job]:
        return [job for job in self.by_id.values() if not job.is_paused]


class _Worker(QThread):
    """The thread. Its methods other than `stop` run on it, as commands."""

    news = Signal()

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self.commands: queue.SimpleQueue[Callable[[_Worker], None]] = queue.SimpleQueue()
        self._mailbox = mailbox
        self._jobs = _Jobs()
        self._stopping = False

    def run(self) -> None:
        while not self._stopping:
            self._obey(wait=not self._jobs.runnable())
            self._take_turns()
        for job in list(self._jobs.by_id.values()):
            self._close(job)

    def _take_turns(self) -> None:
        """A step of each job; a function of its own, so that none is remembered after its end."""
        for job in self._jobs.runnable():
            self._take_turn(job)
            if not self.commands.empty():
                break

    def stop(self) -> None:
        """Ask the thread to end after the step it is in."""
        self.commands.put(lambda worker: worker._stop())

    def add(self, job: _Job) -> None:
        self._jobs.by_id[job.id] = job

    def cancel(self, number: int) -> None:
        job = self._jobs.by_id.get(number)
        if job is not None:
            self._end(job, Cancelled())

    def pause(self, number: int, paused: bool) -> None:
        if number in self._jobs.by_id:
            self._jobs.by_id[number].is_paused = paused

    def call(self, number: int, function: Callable[[Any], None]) -> None:
        job = self._jobs.by_id.get(number)
        if job is not None:
            self._guard(job, lambda: function(self._iterator(job)))

    def _stop(self) -> None:
        self._stopping = True

    def _obey(self, *, wait: bool) -> None:
        while wait or not self.commands.empty():
            self.commands.get()(self)
            wait = False

    def _take_turn(self, job: _Job) -> None:
        until = time.monotonic() + _TURN_SECONDS
        while time.monotonic() < until and self.commands.empty():
            if not self._step(job):
                return

    def _step(self, job: _Job) -> bool:
        """Take one step; False when it was the last."""
        return self._guard(job, lambda: self._post(job, next(self._iterator(job))))

    def _post(self, job: _Job, value: Any) -> None:
        if self._mailbox.put(job.id, value):
            self.news.emit()

    def _iterator(self, job: _Job) -> Iterator[Any]:
        if job.iterator is None:
            job.iterator = iter(job.steps())
        return job.iterator

    def _guard(self, job: _Job, action: Callable[[], None]) -> bool:
        """Do something for a job; False, and the job has ended, where that raises."""
        try:
            action()
        except StopIteration:
            self._end(job, Finished())
        except FragScopeError as error:
            self._end(job, Failed(str(error), traceback.format_exc(), type(error).__name__))
        except Exception as error:  # noqa: BLE001  # any model may run here; the thread must live
            _log.debug("a job failed unexpectedly", exc_info=True)
            self._end(job, Failed(_unexpected(error), traceback.format_exc(), type(error).__name__))
        else:
            return True
        return False

    def _end(self, job: _Job, outcome: Outcome) -> None:
        del self._jobs.by_id[job.id]
        self._close(job)
        if self._mailbox.end(job.id, outcome):
            self.news.emit()

    def _close(self, job: _Job) -> None:
        """Let a generator run its cleanup on this thread, not wherever it is collected."""
        close = getattr(job.iterator, "close", None)
        try:
            if close is not None:
                close()
        except Exception:  # noqa: BLE001  # its outcome is told already; the thread must live
            _log.debug("a job failed while it was closed", exc_info=True)


def _unexpected(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return tr("memory ran out; close other programs or use fewer masks")
    return tr(
        "this stopped on an unexpected error: {kind}: {error}",
        kind=type(error).__name__,
        error=error,
    )
