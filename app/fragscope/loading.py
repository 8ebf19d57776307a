"""Jobs of the worker that hand over one value, such as a picture that is read. Only QtCore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from .jobs import Failed, JobRunner, Outcome

Steps = Callable[[], Iterator[Any]]
Take = Callable[[Any], None]
Fail = Callable[[Failed], None]


@dataclass(frozen=True, slots=True)
class _Order:
    take: Take
    fail: Fail


class Loader(QObject):
    """Submits such jobs, and hands their values to whoever asked for them.

    Lives on the GUI thread, where its callbacks are called.
    """

    def __init__(self, jobs: JobRunner, fail: Fail, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._fail = jobs, fail
        self._orders: dict[int, _Order] = {}
        jobs.updated.connect(self._on_update)
        jobs.ended.connect(self._on_end)

    @property
    def is_busy(self) -> bool:
        """Whether a value is on its way."""
        return bool(self._orders)

    def load(self, steps: Steps, take: Take, fail: Fail | None = None) -> int:
        """Start a job; `fail` is told of its failure instead of whom all others tell."""
        job = self._jobs.submit(steps)
        self._orders[job] = _Order(take, fail or self._fail)
        return job

    def forget(self, job: int | None) -> None:
        """Cancel a job; what it still sends is dropped."""
        if job is not None and self._orders.pop(job, None) is not None:
            self._jobs.cancel(job)

    def _on_update(self, job: int, value: Any) -> None:
        if job in self._orders:
            self._orders[job].take(value)

    def _on_end(self, job: int, outcome: Outcome) -> None:
        order = self._orders.pop(job, None)
        if order is not None and isinstance(outcome, Failed):
            order.fail(outcome)
