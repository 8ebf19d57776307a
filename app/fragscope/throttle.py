"""Redraw at most some times a second, however fast news comes. Only QtCore is used here."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal


class Throttle(QObject):
    """Gathers the numbers of what is to be redrawn; the first one is told at once.

    Signals (GUI thread)
    -------
    due(object) : a frozenset of the numbers marked since the last time.
    """

    due = Signal(object)

    def __init__(self, times_a_second: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(int(1000 / times_a_second) + 1)
        self._timer.timeout.connect(self._tell)

    def mark(self, *numbers: int) -> None:
        """Ask for these to be redrawn soon."""
        self._waiting.update(numbers)
        if not self._timer.isActive():
            self._tell()

    def stop(self) -> None:
        """Tell nothing more of what was marked."""
        self._waiting.clear()
        self._timer.stop()

    def _tell(self) -> None:
        if self._waiting:
            numbers, self._waiting = frozenset(self._waiting), set()
            self._timer.start()
            self.due.emit(numbers)
