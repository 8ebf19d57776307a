"""Keeps the results of many pictures from filling the memory. Only QtCore is used here.

Results of pictures that were not shown lately go to files, longest ago first, once all together
take more than a budget. Every window has a folder of its own and holds a lock beside it; a folder
whose lock is held by nobody was left by a program that did not come to its end.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path
from PySide6.QtCore import QLockFile, QObject, Signal

from fragscope_explainers.translation import tr

from .album import Album
from .background_writer import BackgroundWriter
from .panels import Panel
from .spilling import Spilled, spill
from .throttle import Throttle

if TYPE_CHECKING:
    from .runs import RunState

_LOOKS_A_SECOND = 1


def results_folder() -> Path:
    """Where results go that do not stay in memory."""
    return user_cache_path("fragscope", appauthor=False) / "results"


class ResultMemory(QObject):
    """Sends results to the disk. Lives on the GUI thread, as do its signals.

    Nothing is done before `start`.

    Signals
    -------
    noticed(str) : a sentence to show.
    went() : results have gone to the disk.
    """

    noticed = Signal(str)
    went = Signal()

    def __init__(self, album: Album, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._album = album
        self._budget = 0
        self._folder = Path()
        self._lock: QLockFile | None = None
        self._writer: BackgroundWriter | None = None
        self._gone: list[tuple[RunState, Spilled]] = []
        self._is_full = False
        self.held: Callable[[], Iterable[Panel]] = tuple
        """Panels that are not shown, but whose results can be brought back, the newest first."""
        self._looks = Throttle(_LOOKS_A_SECOND, self)
        self._looks.due.connect(lambda _: self._look())
        album.front_changed.connect(self._mark)
        album.picture_changed.connect(self._mark)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being written."""
        return self._writer is None or not self._writer.is_busy

    @property
    def can_write(self) -> bool:
        """Whether what is too much for the memory goes to the disk."""
        return self._writer is not None and not self._is_full

    def start(self, budget: int, folder: Path | None = None) -> None:
        """Keep results within a budget from now on.

        Parameters
        ----------
        budget : bytes that results may take, those of pictures that were shown lately included.
        folder : where folders of results lie; by default in the user's cache folder.
        """
        above = folder or results_folder()
        self._budget = budget
        self._folder = above / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._writer = BackgroundWriter(self)
        self._writer.submit(lambda: remove_leftovers(above), lambda _: None)

    def close(self) -> None:
        """Write nothing more, and remove what was written: results on the disk are gone then."""
        self._looks.stop()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._gone.clear()
        if self._lock is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._lock.unlock()
            self._lock = None

    # -- inside -----------------------------------------------------------------------------

    def _mark(self, *_: object) -> None:
        if self.can_write:
            self._looks.mark(0)

    def _look(self) -> None:
        """Let go what lies on the disk already, and write further results where that is needed."""
        if self._writer is None:
            return
        if self._writer.is_busy:
            self._mark()
            return
        resting = [panel.state for panel in self._resting() if panel.state is not None]
        for state in resting:
            state.let_go()
        going = {id(state): state for state in resting if not state.is_on_disk}
        every = (panel.state for picture in self._album.pictures for panel in picture.panels)
        others = [s for s in every if s is not None and not s.is_on_disk and id(s) not in going]
        if going:
            states = tuple(going.values())
            self._writer.submit(lambda: self._write(states, others), self._take)

    def _resting(self) -> Iterator[Panel]:
        """What steps hold, then panels of pictures out of sight, without work, longest ago first.

        A result that is in sight stays, though a step may hold it, too.
        """
        resting = self._album.resting
        busy = (picture for picture in self._album.pictures if picture not in resting)
        in_sight = {id(panel.state) for picture in busy for panel in picture.panels}
        yield from reversed([panel for panel in self.held() if id(panel.state) not in in_sight])
        for picture in resting:
            yield from picture.panels

    def _write(self, states: tuple[RunState, ...], others: list[RunState]) -> None:
        """Runs on the writer's thread."""
        try:
            self._make_folder()
            for gone in spill(states, others, self._budget, self._folder):
                self._gone.append(gone)
        except OSError:
            self._is_full = True

    def _make_folder(self) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            lock = _lock_of(self._folder)
            if not lock.tryLock(0):
                raise OSError(f"{self._folder} is locked")
            self._lock = lock
        self._folder.mkdir(mode=0o700, exist_ok=True)  # somebody may have emptied the cache

    def _take(self, _: str) -> None:
        """Let go what was written, unless it is needed again by now."""
        gone, self._gone = self._gone, []
        written = {id(state): spilled for state, spilled in gone}
        for panel in self._resting():
            if panel.state is not None and id(panel.state) in written:
                panel.state.let_go(written[id(panel.state)])
                panel.known_map = None  # it would keep its snapshot in memory
        if gone:
            self.went.emit()
        if self._is_full:
            self.noticed.emit(
                tr(
                    "Results stay in memory: nothing more can be written to {folder}. "
                    "Make room there, or close pictures you no longer need.",
                    folder=self._folder.parent,
                )
            )


def remove_leftovers(above: Path) -> None:
    """Remove the folders of windows that did not come to their end."""
    for folder in [path for path in above.glob("*-*") if path.is_dir()]:
        lock = _lock_of(folder)
        if lock.tryLock(0):
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlock()


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(f"{folder}.lock")
    lock.setStaleLockTime(0)  # however long a window is open, its lock is its own
    return lock
