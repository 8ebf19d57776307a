"""Files are written beside everything else, one after another. Only QtCore is used here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, Signal

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.translation import tr

Done = Callable[[str], None]


class BackgroundWriter(QObject):
    """One thread that writes. Lives on the thread that made it, where it tells of the end.

    The session's worker would leave what waits when it is closed; what waits here is written.
    """

    _ended = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, "writer")
        self._waiting = 0
        self.is_closed = False
        self._ended.connect(self._on_end, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether something is being written, or waits for that."""
        return self._waiting > 0

    def submit(self, write: Callable[[], object], done: Done) -> None:
        """Call `write` on the thread, then `done` with a sentence about what failed, or nothing."""
        self._waiting += 1
        self._pool.submit(lambda: self._ended.emit(done, _sentence_of(write)))

    def close(self) -> None:
        """Wait until everything is written. Nothing is told any more."""
        if not self.is_closed:
            self.is_closed = True
            self._ended.disconnect(self._on_end)
            self._pool.shutdown()

    def _on_end(self, done: Done, sentence: str) -> None:
        self._waiting -= 1
        done(sentence)


def _sentence_of(write: Callable[[], object]) -> str:
    try:
        write()
    except FragScopeError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # the thread must live, and the user must know
        return tr("this was not saved: {kind}: {error}", kind=type(error).__name__, error=error)
    return ""
