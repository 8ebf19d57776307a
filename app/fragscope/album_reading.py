"""How an album reads the files of its pictures, and thumbnails before. Only QtCore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fragscope_explainers.images import UInt8Array

from . import preparation
from .album_queue import AlbumQueue
from .pictures import Picture
from .preparation import OpenedImage


class AlbumReading(AlbumQueue):
    """A part of `Album`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        _wanted: Picture
        _thumbnail_job: int | None

        def _take_image(self, picture: Picture, opened: OpenedImage) -> None: ...

    def _read(self, picture: Picture, steps: Callable[[], Iterator[OpenedImage]]) -> None:
        """Read a picture on the worker, then ask the model about it."""
        self._loader.forget(picture.job)
        picture.failure = ""
        picture.job = self._loader.load(
            steps,
            lambda opened: self._take_image(picture, opened),
            lambda failed: self._fail(picture, failed),
        )
        self.picture_changed.emit(picture.number)

    def _read_file(self, picture: Picture) -> None:
        steps = _reading(picture)
        if steps is not None:
            states = tuple(panel.state for panel in picture.panels if panel.state is not None)
            self._read(picture, lambda: preparation.with_results(steps(), states))

    def _next_thumbnail(self) -> None:
        """Read the next picture that has no thumbnail yet, to show it in the strip."""
        if self._thumbnail_job is not None:
            return
        bare = (p for p in self.pictures if p.thumbnail is None and p.can_be_read and not p.failure)
        picture = next((picture for picture in bare if picture.job is None), None)
        steps = _reading(picture) if picture is not None else None
        if picture is None or steps is None:
            return
        self._thumbnail_job = self._loader.load(
            steps,
            lambda opened: self._take_read_thumbnail(picture, opened),
            lambda failed: self._take_thumbnail(picture, None, failed.sentence),
        )

    def _take_thumbnail(
        self, picture: Picture, thumbnail: UInt8Array | None, failure: str = ""
    ) -> None:
        self._thumbnail_job = None
        picture.thumbnail = thumbnail
        picture.failure = failure or picture.failure
        self.picture_changed.emit(picture.number)
        self._next_thumbnail()


def _reading(picture: Picture) -> Callable[[], Iterator[OpenedImage]] | None:
    """How a picture is read, or None where its pixels are only in memory."""
    photo, path, window = picture.photo, picture.path, picture.window
    if photo is not None:
        return lambda: preparation.open_photo(photo, window)
    return None if path is None else lambda: preparation.open_file(path, window)
