"""Work for the screen on a thread of its own: of several wishes for one place the latest wins.

Runs may fill their worker for a batch or two; what people change is to be seen before that. Only
QtCore is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from .jobs import Failed, JobRunner, Outcome

Work = Callable[[], Any]
Take = Callable[[Any], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Wish:
    place: Hashable
    work: Work
    take: Take


class Latest(QObject):
    """Does one piece of work at a time for every place. Lives on the GUI thread.

    Signals
    -------
    failed(object) : a `jobs.Failed`.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = JobRunner(self)
        self._waiting: dict[Hashable, _Wish] = {}
        self._busy: dict[int, _Wish] = {}
        self._jobs.updated.connect(self._on_update)
        self._jobs.ended.connect(self._on_end)

    def ask(self, place: Hashable, work: Work, take: Take) -> None:
        """Do some work and hand its value to `take` on the GUI thread.

        It takes the place of what waits for the same place; what is at work there is told first.
        """
        wish = _Wish(place, work, take)
        if any(busy.place == place for busy in self._busy.values()):
            self._waiting[place] = wish
        else:
            self._begin(wish)

    def is_busy(self, place: Hashable) -> bool:
        """Whether there is work for a place still."""
        return any(busy.place == place for busy in self._busy.values())

    def close(self) -> None:
        """Drop what waits and join the thread."""
        self._waiting.clear()
        self._busy.clear()
        self._jobs.close()

    def _begin(self, wish: _Wish) -> None:
        self._busy[self._jobs.submit(lambda: iter([wish.work()]))] = wish

    def _on_update(self, job: int, value: Any) -> None:
        if job in self._busy:
            self._busy[job].take(value)

    def _on_end(self, job: int, outcome: Outcome) -> None:
        done = self._busy.pop(job, None)
        if done is None:
            return
        if done.place in self._waiting:
            self._begin(self._waiting.pop(done.place))
        if isinstance(outcome, Failed):
            self.failed.emit(outcome)
