"""The session of a window and its file: saved, opened, changed since. Only QtCore is used here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from .background_writer import BackgroundWriter, Done
from .jobs import Failed
from .restoring import Restored, restored
from .session import Session
from .session_file import with_photos, write_session
from .session_reading import read_session
from .stored_session import StoredSession, View, stored_session
from .throttle import Throttle

_LOOKS_A_SECOND = 2
_Opened = tuple[StoredSession, Restored]


class SessionKeeper(QObject):
    """Saves a session and opens others in its place. Lives on the GUI thread, as do its signals.

    Parameters
    ----------
    view : gives how the window shows the session now.

    Signals
    -------
    changed() : another file is kept, or `is_changed` has changed.
    replacing(object) : another session takes the place of this `StoredSession`, which has changes
        that no file has.
    opened(object) : a `View` to take up; the results are there.
    saved(object) : the file at this path holds the session.
    failed(str) : a sentence about what could not be opened or saved.

    Attributes
    ----------
    path : file of the session, or None.
    is_changed : whether the session has a file and changes that it does not have.
    """

    changed = Signal()
    replacing = Signal(object)
    opened = Signal(object)
    saved = Signal(object)
    failed = Signal(str)

    def __init__(
        self, session: Session, view: Callable[[], View], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self.path: Path | None = None
        self.is_changed = False
        self._saved: StoredSession | None = None
        self._wanted: object = None
        self._waits: Callable[[], None] | None = None
        self._model_is_told = False
        self.writer = BackgroundWriter(self)
        self._looks = Throttle(_LOOKS_A_SECOND, self)
        self._looks.due.connect(lambda _: self._look())
        session.model_changed.connect(self._on_model)
        for signal in (
            *(session.image_changed, session.panels_changed, session.panel_changed),
            *(session.target_changed, session.painting_changed, session.album.pictures_changed),
            session.album.windows_changed,
        ):
            signal.connect(self.look)

    def look(self, *_: object) -> None:
        """See soon whether something has changed."""
        if self.path is not None:
            self._looks.mark(0)

    def capture(self) -> StoredSession:
        """The session as it is now."""
        return stored_session(self._session, self._view())

    def is_saved(self, stored: StoredSession) -> bool:
        """Whether the file has all of this."""
        return self.path is not None and stored == self._saved

    def save(self, path: Path) -> None:
        """Write the session to a file, which becomes its own."""
        stored = self.capture()

        def done(sentence: str) -> None:
            if sentence:
                self.failed.emit(sentence)
                return
            self.path, self._saved = path, stored
            self.saved.emit(path)
            self._look(tells=True)

        self.write(stored, path, done)

    def write(self, stored: StoredSession, path: Path, done: Done, *, embeds: bool = True) -> None:
        """Write any session to any file, in the background, as `write_session` does."""
        self.writer.submit(lambda: write_session(stored, path, embeds=embeds), done)

    def open(
        self,
        path: Path,
        *,
        is_own: bool = True,
        done: Callable[[], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Put a session file in the place of all that is open, once it is read.

        Of several wishes the latest wins. What is open stays where the file cannot be read.

        Parameters
        ----------
        is_own : whether to save there; else it is a copy of what has another file, or none.
        done, failed : called at the end.
        """
        self._show(lambda: read_session(path), path if is_own else None, done, failed)

    def put_back(
        self,
        stored: StoredSession,
        done: Callable[[], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Put a session that was open before in the place of all that is open now.

        Parameters
        ----------
        done, failed : called at the end.
        """
        self._show(lambda: with_photos(stored), None, done, failed)

    def close(self) -> None:
        """Wait until everything is written."""
        self._looks.stop()
        self.writer.close()

    # -- inside -----------------------------------------------------------------------------

    def _show(
        self,
        find: Callable[[], StoredSession],
        own: Path | None = None,
        done: Callable[[], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Open what is found on the worker, as soon as there is a model; `own` is its own file."""
        self._wanted = wish = object()

        def take(found: _Opened) -> None:
            if wish is self._wanted:
                self._take(*found, own or found[0].origin, own is not None)
                if done is not None:
                    done()

        def fail(failure: Failed) -> None:
            self.failed.emit(failure.sentence)
            if failed is not None:
                failed()

        def begin() -> None:
            classifier, spec = self._session.classifier, self._session.model_spec

            def read() -> _Opened:
                stored = find()
                return stored, restored(stored, classifier, spec)

            self._session.in_background(read, take, fail)

        self._waits = begin
        if self._model_is_told:
            self._begin()

    def _on_model(self) -> None:
        self._model_is_told = True
        self._begin()

    def _begin(self) -> None:
        """Open what waited for the model."""
        begin, self._waits = self._waits, None
        if begin is not None:
            begin()

    def _take(
        self, stored: StoredSession, found: Restored, path: Path | None, is_saved: bool
    ) -> None:
        before = self.capture()
        if before.pictures and not self.is_saved(before):
            self.replacing.emit(before)
        self._session.restore(found)
        self.path = path
        self.opened.emit(stored.view)
        self._saved = self.capture() if is_saved else None
        self._look(tells=True)
        if found.note:
            self._session.noticed.emit(found.note)

    def _look(self, *, tells: bool = False) -> None:
        before, self.is_changed = self.is_changed, self._has_changes()
        if tells or before != self.is_changed:
            self.changed.emit()

    def _has_changes(self) -> bool:
        return self.path is not None and not self.is_saved(self.capture())
