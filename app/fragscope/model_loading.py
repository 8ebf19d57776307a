"""Models on their way: loaded and converted on a thread of their own. Only QtCore.

A download may take minutes and a conversion seconds, and runs of the model in use go on meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.translation import tr
from fragscope_explainers.types import Precision

from . import preparation
from .jobs import Failed, JobRunner, Outcome
from .model_choice import ModelChoice

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier

_REPORT_SECONDS = 0.1


class ModelLoading(QObject):
    """Loads one model at a time. Lives on the GUI thread, as do its signals.

    Signals
    -------
    started(object) : a `ModelChoice` is being loaded.
    progressed(object, object) : bytes of a download that are there, and all of them or None.
    loaded(object, object) : a `ModelChoice` and its `LoadedClassifier`.
    failed(object, object) : a `ModelChoice` and `Failed`.
    cancelled(object) : a `ModelChoice` that is wanted no more.
    converted(object) : `Failed` where no faster engine could be made of the newest model, or None.
    noted(str) : a sentence about a conversion.
    """

    started = Signal(object)
    progressed = Signal(object, object)
    loaded = Signal(object, object)
    failed = Signal(object, object)
    cancelled = Signal(object)
    converted = Signal(object)
    noted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = JobRunner(self)
        self._wanted: tuple[int, ModelChoice, threading.Event] | None = None
        self._conversions: dict[int, LoadedClassifier] = {}
        self.keeps: Callable[[LoadedClassifier], bool] = lambda _: True
        """Whether what comes of a model's conversion is still to be told."""
        self._jobs.updated.connect(self._on_update)
        self._jobs.ended.connect(self._on_end)

    @property
    def is_busy(self) -> bool:
        """Whether a model is on its way."""
        return self._wanted is not None

    def load(self, choice: ModelChoice) -> None:
        """Load a model in place of one that is still on its way."""
        self.cancel()
        stop = threading.Event()
        report = _Report(self, stop)
        job = self._jobs.submit(lambda: preparation.load_model(choice, report))
        self._wanted = (job, choice, stop)
        self.started.emit(choice)

    def cancel(self) -> None:
        """Forget the model that is on its way."""
        if self._wanted is not None:
            job, choice, stop = self._wanted
            self._wanted = None
            stop.set()
            self._jobs.cancel(job)
            self.cancelled.emit(choice)

    def convert(self, classifier: LoadedClassifier, precision: Precision) -> None:
        """Make a faster engine of a loaded model."""
        steps = lambda: preparation.prepare_engine(classifier, precision)  # noqa: E731
        self._conversions[self._jobs.submit(steps)] = classifier

    def close(self) -> None:
        """Stop what is on its way and join the thread."""
        if self._wanted is not None:
            self._wanted[2].set()
        self._wanted = None
        self._jobs.close()

    def _on_update(self, job: int, value: Any) -> None:
        if job in self._conversions:
            if self.keeps(self._conversions[job]):
                self.noted.emit(value)
        elif self._wanted is not None and job == self._wanted[0]:
            choice, self._wanted = self._wanted[1], None
            self.loaded.emit(choice, value)

    def _on_end(self, job: int, outcome: Outcome) -> None:
        if job in self._conversions:
            if self.keeps(self._conversions.pop(job)):
                self.converted.emit(outcome if isinstance(outcome, Failed) else None)
        elif self._wanted is not None and job == self._wanted[0]:
            choice, self._wanted = self._wanted[1], None
            if isinstance(outcome, Failed):
                self.failed.emit(choice, outcome)


class _Report:
    """Tells from the loading thread how far a download is, and stops it when asked to."""

    def __init__(self, loading: ModelLoading, stop: threading.Event) -> None:
        self._tell: Callable[[int, int | None], None] = loading.progressed.emit
        self._stop = stop
        self._due = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        if self._stop.is_set():
            from fragscope_explainers.classifiers.sources.found import StoppedError

            raise StoppedError(tr("the download was stopped"))
        now = time.monotonic()
        if now >= self._due or done == total:
            self._due = now + _REPORT_SECONDS
            self._tell(done, total)
