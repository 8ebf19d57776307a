"""How an album explains pictures behind the one in front, one after another. Only QtCore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .album_windows import AlbumWindows
from .panels import Status
from .pictures import MOST_DECODED, Picture, Progress


class AlbumQueue(AlbumWindows):
    """A part of `Album`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        _queue: list[Picture]
        _shown: list[Picture]

        def _picture(self, number: int) -> Picture: ...
        def _follow_panels(self, picture: Picture) -> None: ...
        def _forget_pixels(self) -> None: ...
        def _read_file(self, picture: Picture) -> None: ...
        def _run_missing(self, picture: Picture) -> None: ...

    def run_pictures(self) -> None:
        """Explain every picture that is not explained yet, one after another."""
        waiting = (Progress.EMPTY, Progress.PARTIAL, Progress.FAILED)
        self._queue = [picture for picture in self.pictures if picture.progress in waiting]
        self._next_of_queue()

    def retry(self, number: int) -> None:
        """Explain a picture again where it failed or was stopped, behind the one in front."""
        self._queue.insert(0, self._picture(number))
        self._next_of_queue()

    def cancel_queue(self) -> None:
        """Explain no further pictures, and stop what runs behind the picture in front."""
        self._queue.clear()
        for picture in self._behind:
            for panel in picture.active:
                self._runs.stop(panel)

    def go_on(self) -> None:
        """Let runs behind and the queue go on where the picture in front has no work."""
        self._runs.give_way(self.picture, self._behind)
        self._forget_pixels()
        self._next_of_queue()

    @property
    def queued(self) -> int:
        """Pictures that are still to be explained."""
        return len(self._queue)

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

    def _next_of_queue(self) -> None:
        """Explain the next picture that waits, once no other is being explained behind."""
        if any(picture.progress is Progress.BUSY for picture in self._behind):
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
