"""The window of the picture in front: tried live, then set. Only QtCore is used here.

A window that is tried makes fewer pixels, off the GUI thread, and changes nothing else. Once it is
settled the picture is seen through it, and the model is asked again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.counts import Counts, Window
from fragscope_explainers.images import UInt8Array
from fragscope_explainers.translation import tr
from fragscope_explainers.window_presets import Preset, window_presets

from .changes import Change
from .session import Session

MOST_TRIED = 1024
"""Longest side in pixels of a picture while its window is being tried."""
_DOUBLES = 128
"""Pixels of the screen to drag for twice the width."""
_WHOLE = 256
"""Pixels of the screen to drag for a centre that is one width away."""
_LEAST_RANGE = 1e-6
_DIGITS = 3
"""Of a window that is dragged, digits of a thousandth of the range of the counts at most."""


class Windowing(QObject):
    """The window through which the counts of the picture in front are seen.

    Lives on the GUI thread, as do its signals.

    Signals
    -------
    changed() : another window, other presets or another picture.
    tried(object) : pixels uint8 [h, w, 3] of the picture in front, fewer than it has, through the
        window that is tried.
    dropped() : what was tried is not to be seen any longer.
    changing(object) : people are about to make this `Change`.
    """

    changed = Signal()
    tried = Signal(object)
    dropped = Signal()
    changing = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._tried: Window | None = None
        self._start: Window | None = None
        self._found = _Found()
        session.image_changed.connect(self._restart)
        session.album.pixels_changed.connect(self._on_pixels)

    @property
    def counts(self) -> Counts | None:
        """Counts of the picture in front, or None where it has 8 bits."""
        image = self._session.image
        return image.counts if image is not None else None

    @property
    def window(self) -> Window | None:
        """The window that is seen now, tried or set; None where there are no counts."""
        counts = self.counts
        return None if counts is None else self._tried or counts.window

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Windows to choose from, the first is the one as read; none before they are found."""
        return self._found.presets

    @property
    def range(self) -> tuple[float, float] | None:
        """Least and greatest count, or None before they are found."""
        return self._found.range

    @property
    def step(self) -> float:
        """The least difference between windows that matters, a power of ten; in counts."""
        counts = self.counts
        if counts is None:
            return 1.0
        low, high = self.range or (0.0, counts.as_read.width)
        finest = 10.0 ** (math.floor(math.log10(max(high - low, _LEAST_RANGE))) - _DIGITS)
        return max(finest, 1.0) if counts.values.dtype.kind in "ui" else finest

    @property
    def unit(self) -> str:
        """What the counts are in."""
        counts = self.counts
        return (counts.unit if counts is not None else "") or tr("counts")

    @property
    def text(self) -> str:
        """Width and centre in words."""
        window = self.window
        if window is None:
            return ""
        width, centre = f"{window.width:,.6g}", f"{window.centre:,.6g}"
        return tr(
            "Window: width {width}, centre {centre} {unit}",
            width=width,
            centre=centre,
            unit=self.unit,
        )

    @property
    def alike(self) -> int:
        """How many other pictures have counts of the same kind."""
        return len(self._session.album.alike(self._session.picture))

    @property
    def differing(self) -> int:
        """How many of them are seen through another window than this picture."""
        others = self._session.album.alike(self._session.picture)
        return sum((other.window or other.as_read) != self.window for other in others)

    # -- trying -----------------------------------------------------------------------------

    def drag(self, right: float, up: float) -> None:
        """Try the window that a drag makes of the one in which it began.

        Parameters
        ----------
        right, up : from where the drag began, in pixels of the screen. To the right the window
            gets wider; upwards its centre rises.
        """
        self._start = start = self._start or self.window
        if start is None:
            return
        step = self.step
        width = max(step, _rounded(start.width * 2 ** (right / _DOUBLES), step))
        centre = start.centre + _rounded(start.width * up / _WHOLE, step)
        self.try_window(replace(start, centre=centre, width=width))

    def try_window(self, window: Window) -> None:
        """Show the picture through a window, until it is settled or dropped."""
        counts, picture = self.counts, self._session.picture
        if counts is None or window == self.window:
            return
        self._tried = window
        self.changed.emit()

        def take(pixels: UInt8Array) -> None:
            if self._tried is not None and picture is self._session.picture:
                self.tried.emit(pixels)

        self._session.screen_work.ask(
            self, lambda: counts.through(window).reduced(MOST_TRIED).pixels(), take
        )

    def drop(self) -> None:
        """Go back to the window that is set."""
        self._start = None
        if self._tried is not None:
            self._tried = None
            self.dropped.emit()
            self.changed.emit()

    # -- setting ----------------------------------------------------------------------------

    def settle(self) -> None:
        """Set the window that is tried: the model is asked again."""
        self._start = None
        if self._tried is not None:
            self.use(self._tried)

    def use(self, window: Window) -> None:
        """See the picture through a window; the one as read is none of the user's."""
        picture, counts = self._session.picture, self.counts
        if counts is None:
            return
        wanted = None if window == counts.as_read else window
        if wanted == picture.window:
            if counts.chosen == wanted:  # else the pixels are on their way
                self.drop()
            return
        self.changing.emit(Change("window", tr("set the window")))
        self._tried = window  # until the pixels are there
        self._session.album.use_windows({picture.number: wanted})
        self.changed.emit()

    def use_for_alike(self) -> None:
        """See all pictures with counts of the same kind through this one's window."""
        self.settle()
        picture, counts = self._session.picture, self.counts
        if counts is None or self.window is None:
            return
        window = self.window
        others = self._session.album.alike(picture)
        self.changing.emit(Change("window", tr("set the window of all pictures of this kind")))
        self._session.album.use_windows({other.number: window for other in others})
        self.changed.emit()

    # -- inside -----------------------------------------------------------------------------

    def _on_pixels(self) -> None:
        self._tried = None
        self.dropped.emit()
        self.changed.emit()

    def _restart(self) -> None:
        """Look at another picture; its counts may be many, so they are looked through elsewhere."""
        self._tried = self._start = None
        self._found, counts = _Found(), self.counts
        self.changed.emit()
        if counts is None:
            return
        picture = self._session.picture

        def take(found: _Found) -> None:
            if picture is self._session.picture:
                self._found = found
                self.changed.emit()

        self._session.screen_work.ask((self, "presets"), lambda: _Found.of(counts), take)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the counts of a picture are looked through for."""

    range: tuple[float, float] | None = None
    presets: tuple[Preset, ...] = ()

    @classmethod
    def of(cls, counts: Counts) -> _Found:
        return cls(counts.range, window_presets(counts))


def _rounded(count: float, step: float) -> float:
    return round(count / step) * step
