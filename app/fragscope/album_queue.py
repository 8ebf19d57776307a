"""How an album explains pictures behind the one in front, one after another. Only QtCore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .album_windows import AlbumWindows
from .panels import Status
from .pictures import MOST_DECODED, Picture, Progress

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance


@dataclass(frozen=True, slots=True)
class QueueState:
    """How far the pictures are that people wanted to have explained.

    Attributes
    ----------
    done, total : of these pictures; those that failed count as done.
    is_held : whether people hold them.
    """

    done: int
    total: int
    is_held: bool


class AlbumQueue(AlbumWindows):
    """A part of `Album`, which tells what it uses of the rest."""

    _is_held = False
    _told: QueueState | None = None

    if TYPE_CHECKING:
        _queue: list[Picture]
        _batch: list[Picture]
        _shown: list[Picture]
        _wanted: Picture
        queue_changed: SignalInstance

        def _picture(self, number: int) -> Picture: ...
        def _follow_panels(self, picture: Picture) -> None: ...
        def _forget_pixels(self) -> None: ...
        def _read_file(self, picture: Picture) -> None: ...
        def _run_missing(self, picture: Picture) -> None: ...

    def run_pictures(self) -> None:
        """Explain every picture that is not explained yet, one after another."""
        before = self._batch if self.queue_state is not None else []
        left = [picture for picture in self.pictures if picture.progress is not Progress.DONE]
        self._queue = [picture for picture in left if picture.progress is not Progress.BUSY]
        self._batch = [*before, *(picture for picture in left if picture not in before)]
        self.hold_queue(False)

    def retry(self, number: int) -> None:
        """Explain a picture again where it failed or was stopped, behind the one in front."""
        picture = self._picture(number)
        before = self._batch if self.queue_state is not None else []
        self._batch = [*(known for known in before if known is not picture), picture]
        self._queue = [picture, *(waiting for waiting in self._queue if waiting is not picture)]
        self._next_of_queue()
        self.tell_queue()

    def hold_queue(self, held: bool) -> None:
        """Hold the queue and what runs behind the picture in front, or let them go on."""
        self._is_held = held
        self.go_on()
        self.tell_queue()

    def cancel_queue(self) -> None:
        """Explain no further pictures, and stop what runs behind the picture in front.

        What is there stays. No curves are drawn of it: nobody looks at them now.
        """
        self._queue.clear()
        self._batch.clear()
        for picture in self._behind:
            for panel in picture.active:
                self._runs.stop(panel, scores=False)
            if picture is not self._wanted:
                self._leave(picture)
        self.hold_queue(False)

    def go_on(self) -> None:
        """Let runs behind and the queue go on where the picture in front has no work."""
        self._share_worker()
        self._forget_pixels()
        self._next_of_queue()

    def tell_queue(self) -> None:
        """Tell how far the queue is, if that has changed."""
        state = self.queue_state
        if state is None:
            self._batch.clear()  # all are explained
        if state is None and self._is_held:
            self.hold_queue(False)  # else what comes later would be held, and nobody knew why
        elif state != self._told:
            self._told = state
            self.queue_changed.emit()

    @property
    def queue_state(self) -> QueueState | None:
        """How far the pictures are that were to be explained, or None once all are."""
        waiting = {picture.number for picture in self._queue}
        left = sum(p.number in waiting or p.progress is Progress.BUSY for p in self._batch)
        total = len(self._batch)
        return QueueState(total - left, total, self._is_held) if left else None

    @property
    def resting(self) -> list[Picture]:
        """Pictures that were not shown lately and have no work, longest ago first."""
        places = {picture.number: place for place, picture in enumerate(self._shown)}
        never = len(self._shown)
        idle = [
            picture
            for picture in self.pictures
            if places.get(picture.number, MOST_DECODED) >= MOST_DECODED
            and picture.job is None
            and not picture.active
        ]
        return sorted(idle, key=lambda picture: places.get(picture.number, never), reverse=True)

    @property
    def _behind(self) -> list[Picture]:
        return [picture for picture in self.pictures if picture is not self.picture]

    def _leave(self, picture: Picture) -> None:
        """End what reads a picture or asks the model about it; its runs would begin after that."""
        if picture.job is not None:
            self._loader.forget(picture.job)
            picture.job = None
            self.picture_changed.emit(picture.number)
            self._next_thumbnail()

    def _queue_again(self) -> None:
        """Let all pictures wait again that people wanted to have explained and are not."""
        waiting = (Progress.EMPTY, Progress.PARTIAL, Progress.FAILED)
        self._queue = [picture for picture in self._batch if picture.progress in waiting]

    def _share_worker(self) -> None:
        """Hold what runs behind while the picture in front has work, or people hold it."""
        self._runs.give_way(self.picture, self._behind, held=self._is_held)

    def _next_of_queue(self) -> None:
        """Explain the next picture that waits, once no other is being explained behind."""
        if self._is_held or any(picture.progress is Progress.BUSY for picture in self._behind):
            return
        while self._queue:
            picture = self._queue.pop(0)
            if picture in self.pictures and picture.progress is not Progress.DONE:
                self._explain_behind(picture)
                return

    def _explain_behind(self, picture: Picture) -> None:
        self._follow_panels(picture)
        for panel in picture.panels:
            if panel.status in (Status.CANCELLED, Status.FAILED) or picture.is_outdated(panel):
                panel.status = Status.EMPTY
        if picture.prediction is not None and picture.is_current(picture.prediction):
            self._run_missing(picture)
        elif picture.image is not None:
            self._predict(picture)
        else:
            self._read_file(picture)
        self.picture_changed.emit(picture.number)
