"""What every test of this folder is held to: nothing left behind, nothing unexpected in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from leftovers import Watch, guard
from PySide6.QtCore import QObject, QThread, QTimer, qWarning
from PySide6.QtWidgets import QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from fragscope.jobs import JobRunner

Guarded = Callable[..., str]


@pytest.fixture
def guarded(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    """Does something under a guard of its own; gives its words, or none where it is content."""
    watch = Watch()
    watch.install(monkeypatch)

    def check(does: Callable[[], object], *expected: str) -> str:
        steps = guard(watch, expected)
        next(steps)
        does()
        try:
            next(steps, None)
        except pytest.fail.Exception as failure:
            return str(failure)
        return ""

    ear = watch.listen()
    yield check
    logging.getLogger().removeHandler(ear)


class Endless(QThread):
    """Runs until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def run(self) -> None:
        self.released.wait()


def test_a_leftover_timer_fails(guarded: Guarded) -> None:
    timer = QTimer()
    assert guarded(lambda: timer.start(50_000)) == (
        "left behind: an active timer of nobody, 50000 ms"
    )
    timer.stop()


def test_a_timer_that_was_stopped_or_went_with_its_parent_is_none(guarded: Guarded) -> None:
    def use() -> None:
        parent = QObject()
        for owner in (None, parent):
            timer = QTimer(owner)
            timer.start(50_000)
            if owner is None:
                timer.stop()
        parent.deleteLater()

    assert guarded(use) == ""


def test_a_leftover_single_shot_fails_unless_its_receiver_is_gone(guarded: Guarded) -> None:
    receiver = QObject()
    words = guarded(lambda: QTimer.singleShot(50_000, receiver, receiver.objectName))
    assert "a single shot" in words
    receiver.deleteLater()
    gone = QObject()
    gone.deleteLater()
    assert guarded(lambda: QTimer.singleShot(50_000, gone, gone.objectName)) == ""


def test_a_leftover_thread_of_qt_fails(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leftovers._PATIENCE", 0.01)
    worker = Endless()
    assert guarded(worker.start) == "left behind: a thread of Qt's, Endless"
    worker.released.set()
    worker.wait()


def test_a_leftover_thread_of_python_fails(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leftovers._PATIENCE", 0.01)
    released = threading.Event()
    thread = threading.Thread(target=released.wait, name="busy")
    assert guarded(thread.start) == "left behind: a thread of Python's, busy"
    released.set()
    thread.join()


def test_a_thread_that_is_ending_is_waited_for(guarded: Guarded) -> None:
    worker = Endless()

    def end() -> None:
        worker.start()
        worker.released.set()

    assert guarded(end) == ""


def test_a_leftover_widget_fails_and_one_with_a_parent_or_on_its_way_out_does_not(
    guarded: Guarded, qtbot: QtBot
) -> None:
    window = QLabel()
    parents: list[QWidget] = [window]
    assert guarded(lambda: parents.append(QLabel())) == (
        "left behind: a widget without a parent, QLabel"
    )
    parents.pop()
    assert guarded(lambda: QMenu(window)) == ""
    assert guarded(lambda: QLabel().deleteLater()) == ""


def test_a_job_that_goes_on_fails(guarded: Guarded) -> None:
    runner = JobRunner()
    released = threading.Event()
    words = guarded(lambda: runner.submit(lambda: iter([released.wait()])))
    assert words == "left behind: job 1 of a worker"
    released.set()
    runner.close()


@pytest.mark.expects_log("the model is odd")  # this folder's own guard hears it, too
def test_a_warning_in_the_log_fails_and_one_that_is_meant_does_not(guarded: Guarded) -> None:
    log = logging.getLogger("fragscope.some_part")
    assert guarded(lambda: log.warning("the model is odd")) == (
        "logged: WARNING of fragscope.some_part: the model is odd"
    )
    assert guarded(lambda: log.info("the model is there")) == ""
    assert guarded(lambda: log.error("the model is odd"), "is odd") == ""


@pytest.mark.expects_log("the model is odd")
def test_the_marker_tells_the_guard_of_this_folder() -> None:
    logging.getLogger("fragscope.some_part").warning("the model is odd")


def test_a_message_of_qt_is_heard_where_no_test_listens(guarded: Guarded) -> None:
    assert guarded(lambda: qWarning("cannot draw")) == (
        "logged: Qt message while tearing down: cannot draw"
    )
    assert guarded(lambda: qWarning("This plugin does not support raise()")) == ""
