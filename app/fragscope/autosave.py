"""Keeps unsaved work in the user's state folder while a window is open. Only QtCore is used here.

Every window writes a file of its own and holds a lock beside it. A file whose lock is held by
nobody is what a window left that did not come to its end. `last.fragscope` is what was open, with
changes, when a window was closed or another session was opened; the latter can be brought back at
once, also where nothing is to be kept for later.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from platformdirs import user_state_path
from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from fragscope_explainers.translation import tr

from .session_file import SUFFIX
from .session_keeper import SessionKeeper
from .stored_session import StoredSession

SWITCH = "FRAGSCOPE_AUTOSAVE"
"""Name of the environment variable that turns it off by 0, off, no or false."""
SECONDS = 20.0
"""Least time between two files."""
_SHARE = 0.05
"""Most time that writing may take, as a share of all."""
_MOST_KEPT = 5
_LAST = f"last{SUFFIX}"
_SCRATCH_SECONDS = 86_400


def autosave_folder() -> Path:
    """Where unsaved work is kept."""
    return user_state_path("fragscope", appauthor=False) / "autosave"


def is_wanted() -> bool:
    """Whether the environment lets unsaved work be kept."""
    return os.environ.get(SWITCH, "").strip().lower() not in ("0", "off", "no", "false")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A session that an earlier window left.

    Attributes
    ----------
    crashed : whether that window did not come to its end.
    """

    path: Path
    written: datetime
    crashed: bool


class Autosave(QObject):
    """The unsaved work of one window. Lives on the GUI thread, as do its signals.

    Nothing is written before `start`.

    Signals
    -------
    offered() : `leftover` is another one.
    kept() : `bring_back` can open what another session took the place of.
    failed(str) : a sentence, where nothing can be kept.
    """

    offered = Signal()
    kept = Signal()
    failed = Signal(str)

    def __init__(
        self,
        keeper: SessionKeeper,
        folder: Path | None = None,
        seconds: float = SECONDS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._keeper, self._folder = keeper, folder or autosave_folder()
        self.leftover: Leftover | None = None
        self._lock: QLockFile | None = None
        self._leftover_lock: QLockFile | None = None
        self._replaced: StoredSession | None = None
        """What another session took the place of, for this window alone."""
        self._stamp = 0.0
        """When this window wrote the last session."""
        self._slot = self._folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}{SUFFIX}"
        self._written: StoredSession | None = None
        self._not_before = 0.0
        self._is_restored = False
        self._after_write: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(round(1000 * seconds))
        self._timer.timeout.connect(self.save_now)
        keeper.replacing.connect(self._on_replacing)
        keeper.saved.connect(lambda _: self.save_now())

    @property
    def is_on(self) -> bool:
        """Whether unsaved work is kept."""
        return self._timer.isActive()

    @property
    def last(self) -> Path | None:
        """What was open before, where that has changes that no file has."""
        path = self._folder / _LAST
        return path if path.is_file() else None

    def start(self) -> None:
        """Keep unsaved work from now on, and offer what an earlier window left."""
        if self.is_on or not is_wanted():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return  # there is no place for it; the window works without
        lock = _lock_of(self._slot)
        if not lock.tryLock(0):
            return
        self._lock = lock
        self._timer.start()
        if self.leftover is None:
            self._find()

    def stop(self) -> None:
        """Keep nothing any more, and remove what was kept of this window."""
        self._timer.stop()
        self._written = None
        _remove(self._slot)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def save_now(self) -> None:
        """Write the session, if it has changed and the last file is long enough ago."""
        if not self.is_on or self._keeper.writer.is_busy:
            return
        stored = self._keeper.capture()
        if self._keeper.is_saved(stored):
            self._written = stored
            _remove(self._slot)
        early = time.monotonic() < self._not_before
        if early or not stored.pictures or stored == self._written:
            return
        started = time.monotonic()

        def done(sentence: str) -> None:
            took = time.monotonic() - started
            self._not_before = time.monotonic() + took / _SHARE
            self._take_written(stored, sentence)

        kept = replace(stored, origin=self._keeper.path)
        self._keeper.write(kept, self._slot, done, embeds=False)

    def keep(self, stored: StoredSession) -> None:
        """Write a session that this window leaves, to be opened as the last one."""
        path = self._folder / _LAST
        kept = replace(stored, origin=self._keeper.path)

        def done(sentence: str) -> None:
            self._tell(sentence)
            if sentence:
                _move(self._slot, path)  # what was written of it before is better than nothing
                self._written = None
            else:
                self._stamp = _time_of(path)
            if self._after_write is not None:  # the session that came waited for this one
                self.save_now()

        self._keeper.write(kept, path, done)

    def bring_back(self) -> None:
        """Open what another session took the place of; it can be tried again where that fails."""
        back = self._replaced

        def done() -> None:
            if self._replaced is back:  # else it is what gave way now
                self._replaced = None
            self._take_over(self._folder / _LAST, self._stamp)

        if back is not None:
            self._keeper.put_back(back, done, self.kept.emit)

    def forget(self) -> None:
        """Let go what another session took the place of; its file stays."""
        self._replaced = None

    def restore(self) -> None:
        """Open what was left; its file goes once this window has written its own."""
        if self.leftover is not None:
            self._open(self.leftover.path)

    def discard(self) -> None:
        """Remove what was left."""
        if self.leftover is not None:
            _remove(self.leftover.path)
        self._forget_leftover()

    def restore_last(self) -> None:
        """Open what was open before."""
        if self.last is not None:
            self._open(self.last)

    def close(self) -> None:
        """End with the window.

        Changes to a session that has a file, or that was restored, are kept as the last session.
        """
        since, is_safe = time.time(), False
        if self.is_on:
            stored = self._keeper.capture()
            is_safe = self._keeper.is_saved(stored)
            matters = self._keeper.path is not None or self._is_restored
            if stored.pictures and matters and not self._keeper.is_saved(stored):
                self.keep(stored)
        self._keeper.close()
        is_safe = is_safe or _time_of(self._folder / _LAST) >= since - 1
        if self._after_write is not None and is_safe:
            self._after_write()
        self.stop()
        self._unlock_leftover()  # it is offered again

    # -- inside -----------------------------------------------------------------------------

    def _on_replacing(self, stored: StoredSession) -> None:
        self._replaced = replace(stored, origin=self._keeper.path)
        if self.is_on:
            self.keep(stored)
        self.kept.emit()

    def _find(self) -> None:
        """Look for what earlier windows left, newest first."""
        self._sweep()
        found = [path for path in self._folder.glob(f"*{SUFFIX}") if path.name != _LAST]
        kept = 0
        for path in sorted(found, key=_time_of, reverse=True):
            lock = _lock_of(path)
            if path == self._slot or not lock.tryLock(0):
                continue  # a window that is open now
            kept += 1
            if kept > _MOST_KEPT:
                _remove(path)
            if self.leftover is None:
                self._offer(path, crashed=True)
                self._leftover_lock = lock
            else:
                lock.unlock()
        if self.leftover is None and self.last is not None:
            self._offer(self.last, crashed=False)

    def _offer(self, path: Path, *, crashed: bool) -> None:
        self.leftover = Leftover(path, datetime.fromtimestamp(_time_of(path)), crashed)
        self.offered.emit()

    def _sweep(self) -> None:
        """Remove what a write left that was killed long ago."""
        for path in self._folder.glob(".fragscope-*"):
            if time.time() - _time_of(path) > _SCRATCH_SECONDS:
                shutil.rmtree(path, ignore_errors=True)

    def _open(self, path: Path) -> None:
        stamp = _time_of(path)
        self._keeper.open(path, is_own=False, done=lambda: self._take_over(path, stamp))

    def _take_over(self, path: Path, stamp: float) -> None:
        """Write the session that was opened, and only then remove what it came from."""

        def remove() -> None:
            if _time_of(path) == stamp:  # else it is another session by now
                _remove(path)
            self._unlock_leftover()

        self._is_restored, self._after_write = True, remove
        if self.leftover is not None and self.leftover.path == path:
            self.leftover = None
            self.offered.emit()
        self._not_before = 0.0
        self.save_now()

    def _forget_leftover(self) -> None:
        self._unlock_leftover()
        self.leftover = None
        self.offered.emit()

    def _unlock_leftover(self) -> None:
        if self._leftover_lock is not None:
            self._leftover_lock.unlock()
        self._leftover_lock = None

    def _take_written(self, stored: StoredSession, sentence: str) -> None:
        if sentence:
            self._tell(sentence)
            return
        self._written = stored
        after, self._after_write = self._after_write, None
        if after is not None:
            after()

    def _tell(self, sentence: str) -> None:
        if sentence:
            self.failed.emit(tr("Unsaved work is not kept: {sentence}", sentence=sentence))


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # however long a window is open, its lock is its own
    return lock


def _time_of(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _move(path: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        path.replace(target)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
