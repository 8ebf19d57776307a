"""What need not be seen at once waits for a turn of the event loop of its own.

A window whose parts all change together would not answer until the last of them is drawn, and
plots and pictures take longest. Held back and drawn one a turn, each costs a few milliseconds.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget
from shiboken6 import isValid

_SLICE = 0.006
"""Seconds a turn for work that draws nothing."""


class Pacer(QObject):
    """Holds views and work back, and gives them their turns. Lives on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._views: deque[QWidget] = deque()
        self._work: deque[Callable[[], object]] = deque()
        self._is_due = False

    @property
    def is_busy(self) -> bool:
        """Whether something still waits for its turn."""
        return bool(self._views or self._work)

    def hold_views(self, parts: Iterable[QWidget]) -> None:
        """Draw the plots and pictures in these widgets later, one a turn; the rest goes on.

        Until then the screen shows what it showed; a `grab` of the window has nothing there.
        """
        for part in parts:
            views = [part] if isinstance(part, QGraphicsView) else part.findChildren(QGraphicsView)
            for view in views:
                if view.isVisible() and view.updatesEnabled():
                    view.setUpdatesEnabled(False)
                    self._views.append(view)
        self._ask()

    def later(self, work: Iterable[Callable[[], object]]) -> None:
        """Do pieces of work in this order, once all views are drawn, some a turn."""
        self._work.extend(work)
        self._ask()

    def finish(self) -> None:
        """Do all that waits now."""
        while self.is_busy:
            self._turn()

    # -- inside -----------------------------------------------------------------------------

    def _ask(self) -> None:
        if self.is_busy and not self._is_due:
            self._is_due = True
            QTimer.singleShot(0, self, self._on_due)

    def _on_due(self) -> None:
        self._is_due = False
        self._turn()
        self._ask()

    def _turn(self) -> None:
        if self._views:
            view = self._views.popleft()
            if isValid(view):
                view.setUpdatesEnabled(True)
            return
        until = time.perf_counter() + _SLICE
        while self._work and time.perf_counter() < until:
            self._work.popleft()()


def pacer() -> Pacer:
    """The one of the application, which there is."""
    application = QApplication.instance()
    if application is None:
        raise RuntimeError("there is no application to pace")
    return application.findChild(Pacer) or Pacer(application)
