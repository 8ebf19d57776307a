"""What a test may leave behind, and must not: threads, timers, windows, jobs, log records.

`Watch` notes what starts while it is installed; a `Mark` is the state before a test, and tells
afterwards what is there that was not. `guard` fails the test then.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet, ref

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QThread,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from shiboken6 import isValid

from fragscope.jobs import JobRunner

_PATIENCE = 1.0
"""Seconds that a thread is given to end."""
_OF_LIBRARIES = ("tqdm_monitor",)
"""Threads that a library keeps until the program ends."""
_LOUD = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg)
QUIET_ABOUT = ("This plugin does not support", "propagateSizeHints")
"""Parts of messages in which the offscreen platform tells what it cannot do."""


class Watch:
    """Notes threads, timers and jobs when they start, as Qt has no list of them."""

    def __init__(self) -> None:
        self.threads: WeakSet[QThread] = WeakSet()
        self.timers: WeakSet[QTimer] = WeakSet()
        self.shots: list[_Shot] = []
        self.jobs: list[tuple[ref[JobRunner], int]] = []
        self.records: list[str] = []
        """Log records and Qt messages of level WARNING and above."""

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Note everything from now on, until the patches are undone."""
        _note_before(monkeypatch, QThread, "start", self.threads.add)
        _note_before(monkeypatch, QTimer, "start", self.timers.add)
        shoot = QTimer.singleShot

        def single_shot(milliseconds: int, *how: Any) -> None:
            self.shots.append(_Shot(time.monotonic() + milliseconds / 1000, how))
            shoot(milliseconds, *how)

        monkeypatch.setattr(QTimer, "singleShot", staticmethod(single_shot))
        submit = JobRunner.submit

        def submit_noted(runner: JobRunner, steps: Any) -> int:
            number = submit(runner, steps)
            self.jobs.append((ref(runner), number))
            return number

        monkeypatch.setattr(JobRunner, "submit", submit_noted)

    def listen(self) -> logging.Handler:
        """Hear Python's log, and Qt's messages where pytest-qt does not: during teardown."""
        handler = _Ear(self.records)
        logging.getLogger().addHandler(handler)
        qInstallMessageHandler(self._hear)
        return handler

    def _hear(self, kind: QtMsgType, _: Any, message: str) -> None:
        if kind in _LOUD and not any(part in message for part in QUIET_ABOUT):
            self.records.append(f"Qt message while tearing down: {message}")


@dataclass(frozen=True, slots=True)
class _Shot:
    """A call that `QTimer.singleShot` will make, with what it was told."""

    due: float
    how: tuple[Any, ...]

    @property
    def is_pending(self) -> bool:
        context = [thing for thing in self.how[:-1] if isinstance(thing, QObject)]
        return time.monotonic() < self.due and all(isValid(thing) for thing in context)


class _Ear(logging.Handler):
    def __init__(self, records: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(f"{record.levelname} of {record.name}: {record.getMessage()}")


class Mark:
    """What there is now; `leftovers` compares with it.

    Parameters
    ----------
    watch : is installed.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        watch.records.clear()
        watch.shots[:] = [shot for shot in watch.shots if shot.is_pending]
        watch.jobs[:] = [job for job in watch.jobs if _is_alive(job)]
        self._known = {id(thing): thing for _, thing in self._present()}

    def leftovers(self) -> list[str]:
        """Name everything that is there and was not, once all that is ending has ended."""
        settle()
        if not self._fresh():
            return []
        gc.collect()  # what only a cycle holds is not left over
        for _, thing in self._fresh():
            _wait_for(thing)
        settle()
        return sorted({kind for kind, _ in self._fresh()})

    def unexpected_records(self, expected: tuple[str, ...]) -> list[str]:
        """The loud records since then that have none of the expected parts."""
        heard = self._watch.records
        return [record for record in heard if not any(part in record for part in expected)]

    def _fresh(self) -> list[tuple[str, object]]:
        return [entry for entry in self._present() if id(entry[1]) not in self._known]

    def _present(self) -> Iterator[tuple[str, object]]:
        watch = self._watch
        for thread in threading.enumerate():
            of_qt = isinstance(thread, threading._DummyThread)  # stands for a QThread
            if not of_qt and thread.name not in _OF_LIBRARIES:
                yield f"a thread of Python's, {thread.name}", thread
        for worker in list(watch.threads):
            if isValid(worker) and worker.isRunning():
                yield f"a thread of Qt's, {type(worker).__name__}", worker
        for timer in list(watch.timers):
            if isValid(timer) and timer.isActive():
                yield f"an active timer of {_owner(timer)}, {timer.interval()} ms", timer
        for shot in watch.shots:
            if shot.is_pending:
                yield f"a single shot of {shot.how[-1]}", shot
        for job in watch.jobs:
            if _is_alive(job):
                yield f"job {job[1]} of a worker", job
        yield from _windows()


def guard(watch: Watch, expected: tuple[str, ...] = ()) -> Iterator[None]:
    """Fail where what is done between the two steps leaves something or logs the unexpected.

    Parameters
    ----------
    expected : parts of log records that are meant.
    """
    mark = Mark(watch)
    yield
    problems = [f"left behind: {thing}" for thing in mark.leftovers()]
    problems += [f"logged: {record}" for record in mark.unexpected_records(expected)]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def settle() -> None:
    """Let the event loop come to rest, and delete what was to be deleted later."""
    if QCoreApplication.instance() is None:
        return
    for _ in range(2):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _wait_for(thing: object) -> None:
    """Let a thread that is ending anyway end."""
    if isinstance(thing, threading.Thread):
        thing.join(_PATIENCE)
    elif isinstance(thing, QThread):
        thing.wait(round(1000 * _PATIENCE))


def _windows() -> Iterator[tuple[str, object]]:
    """Widgets without a parent; those with one go with it."""
    if QApplication.instance() is None:
        return
    for widget in QApplication.topLevelWidgets():
        if isValid(widget) and widget.parent() is None and not _is_of_a_library(widget):
            yield f"a widget without a parent, {type(widget).__name__}", widget


def _is_of_a_library(widget: QWidget) -> bool:
    """Whether a library keeps the widget: Qt's tooltip, or the menu of each plot of pyqtgraph.

    That menu has no parent and lives as long as the Python object of its plot, which the arguments
    of a test hold until after the test.
    """
    is_of_plot = isinstance(widget, QMenu) and widget.title() == "Plot Options"
    return is_of_plot or widget.metaObject().className() == "QTipLabel"


def _owner(timer: QTimer) -> str:
    parent = timer.parent()
    return "nobody" if parent is None else type(parent).__name__


def _is_alive(job: tuple[ref[JobRunner], int]) -> bool:
    runner = job[0]()
    return runner is not None and isValid(runner) and runner.is_alive(job[1])


def _note_before(
    monkeypatch: pytest.MonkeyPatch, kind: type, name: str, note: Callable[..., object]
) -> None:
    """Let calls of a method of Qt's be noted before they are made."""
    original = getattr(kind, name)

    def noted(self: Any, *arguments: Any, **named: Any) -> Any:
        note(self)
        return original(self, *arguments, **named)

    monkeypatch.setattr(kind, name, noted)
