"""What an album does where people set the window of pictures of more than 8 bits. Only QtCore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from fragscope_explainers.counts import Window
from fragscope_explainers.images import Image, UInt8Array

from . import preparation
from .jobs import Failed
from .loading import Loader
from .panel_runs import PanelRuns
from .panels import Status
from .pictures import Picture
from .preparation import OpenedImage


class AlbumWindows(QObject):
    """A part of `Album`, which tells what it uses of the rest.

    Signals (GUI thread)
    -------
    pixels_changed() : the picture in front is seen through another window; its size, its results
        and how it is looked at stay, and another prediction follows.
    windows_changed() : people have set the windows of pictures.
    """

    pixels_changed = Signal()
    windows_changed = Signal()

    if TYPE_CHECKING:
        picture: Picture
        pictures: list[Picture]
        picture_changed: SignalInstance
        panel_changed: SignalInstance
        _loader: Loader
        _runs: PanelRuns

        def _predict(self, picture: Picture) -> None: ...
        def _fail(self, picture: Picture, failed: Failed) -> None: ...
        def _next_thumbnail(self) -> None: ...
        def _take_thumbnail(
            self, picture: Picture, thumbnail: UInt8Array | None, failure: str = ""
        ) -> None: ...

    @property
    def windows(self) -> dict[int, Window | None]:
        """The windows that people set, by the numbers of all pictures; None where they did not."""
        return {picture.number: picture.window for picture in self.pictures}

    def use_windows(self, windows: Mapping[int, Window | None]) -> None:
        """See pictures through other windows; None is the window as it was read.

        Their results stay and are outdated from now on. What was under way is run again once the
        model was asked about the new pixels.

        Parameters
        ----------
        windows : by the number of the picture; others keep theirs.
        """
        for picture in self.pictures:
            window = windows.get(picture.number, picture.window)
            counts = picture.image.counts if picture.image is not None else None
            if counts is not None and counts.as_read == window:
                window = None  # it is that of the file, and its results stay
            if window != picture.window:
                self._use_window(picture, window)
        self.windows_changed.emit()

    def alike(self, picture: Picture) -> list[Picture]:
        """The other pictures that have counts of the same kind, as far as they were read."""
        others = (other for other in self.pictures if other is not picture)
        return [other for other in others if other.kind is not None and other.kind == picture.kind]

    # -- inside -----------------------------------------------------------------------------

    def _use_window(self, picture: Picture, window: Window | None) -> None:
        picture.window, picture.failure = window, ""
        picture.others.clear()
        for panel in picture.active:
            waits = panel.status is not Status.PAUSED or panel.state is None
            self._runs.drop(panel)
            panel.status = Status.EMPTY if waits else Status.CANCELLED
            panel.clock.stop()
        if picture.image is not None:
            self._look_through_window(picture, picture.image)
        else:
            picture.thumbnail, picture.prediction, picture.pyramid = None, None, None
            self._next_thumbnail()
        self.picture_changed.emit(picture.number)
        for panel in picture.panels if picture is self.picture else ():
            self.panel_changed.emit(panel.number)

    def _look_through_window(self, picture: Picture, image: Image) -> None:
        """Make the pixels of a picture anew on the worker, then ask the model."""
        window = picture.window
        self._loader.forget(picture.job)
        picture.job = self._loader.load(
            lambda: preparation.open_image(image.through(window)),
            lambda opened: self._take_pixels(picture, opened),
            lambda failed: self._fail(picture, failed),
        )

    def _take_pixels(self, picture: Picture, opened: OpenedImage) -> None:
        picture.take(opened)
        picture.job, picture.pyramid = None, None
        self.picture_changed.emit(picture.number)
        if picture is self.picture:
            self.pixels_changed.emit()
        self._predict(picture)

    def _take_read_thumbnail(self, picture: Picture, opened: OpenedImage) -> None:
        """Show a picture in the strip; one whose window was set meanwhile is read once more."""
        picture.note_kind(opened.image)
        seen = picture.is_seen_in(opened.image)
        self._take_thumbnail(picture, opened.thumbnail if seen else None)
