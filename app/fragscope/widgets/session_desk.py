"""The session of a window as a thing: saved, opened, kept, named in the title, listed as recent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from fragscope_explainers.translation import tr

from ..autosave import Autosave, Leftover, is_wanted
from ..session import Session
from ..session_file import SUFFIX, is_session
from ..session_keeper import SessionKeeper
from ..settings import Settings
from ..stored_session import View
from .actions import Actions
from .offer_bar import OfferBar
from .recent_menu import RecentMenu
from .window_state import WindowState

_REPLACED = tr("What was open before had changes that no file has.")
_KINDS = tr("Sessions (*{suffix})", suffix=SUFFIX)


class SessionDesk(QObject):
    """Joins keeper, autosave, list of recent files and their actions with a window.

    Signals (GUI thread)
    -------
    said(str) : a sentence to show until it is dismissed; an empty one takes it away.
    told(str) : a sentence to show for a moment.
    named() : the window's title is another one.
    chosen(object) : a picture or a folder of them is to be opened.
    """

    said = Signal(str)
    told = Signal(str)
    named = Signal()
    chosen = Signal(object)

    def __init__(
        self,
        session: Session,
        state: WindowState,
        actions: Actions,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._state = session, state
        self._actions, self._window = actions, window
        self._folder = settings.picture_folder
        self.keeper = SessionKeeper(session, self._view, self)
        self.autosave = Autosave(self.keeper, parent=self)
        self.recent = RecentMenu(settings.recent, window)
        self.offer = OfferBar(window)
        self.replaced = OfferBar(
            window,
            (tr("Bring back"), tr("Open it again in place of what is open now")),
            (tr("Dismiss"), tr("Take this line away")),
        )
        self.menu = QMenu(window)
        self._build(settings)
        self._wire()
        self._allow()

    @property
    def keeps_work(self) -> bool:
        """Whether the user wants unsaved work to be kept."""
        return self.autosave_action.isChecked()

    @property
    def title(self) -> str:
        """What the window is called; "[*]" stands where Qt marks changes."""
        image, path = self._session.image, self.keeper.path
        names = [image.name] if image is not None else []
        names += [f"{path.stem}[*]"] if path is not None else []
        return " - ".join([*names, "FragScope"])

    def start_keeping(self) -> None:
        """Keep unsaved work, where the user wants that, and offer what was left."""
        if self.keeps_work:
            self.autosave.start()

    def open_among(self, paths: Iterable[Path]) -> bool:
        """Open the first session among some files; whether there is one."""
        found = next((path for path in paths if is_session(path)), None)
        if found is not None:
            self.open(found)
        return found is not None

    def open(self, path: Path) -> None:
        """Open a session file."""
        self.told.emit(tr("Opening {name} ...", name=path.name))
        self.keeper.open(path, done=lambda: self.recent.remember(path))

    def save(self) -> None:
        """Save the session in its file; ask for one where it has none."""
        if self.keeper.path is None:
            self.ask_save()
        elif self._session.album.pictures:
            self.keeper.save(self.keeper.path)

    def ask_save(self) -> None:
        """Ask where to save the session."""
        if not self._session.album.pictures:
            return
        name = self._session.picture.name or tr("session")
        start = self.keeper.path or Path(self._folder) / f"{name}{SUFFIX}"
        found, _ = QFileDialog.getSaveFileName(self._window, tr("Save session"), str(start), _KINDS)
        if found:
            path = Path(found)
            self.keeper.save(path if is_session(path) else path.with_name(path.name + SUFFIX))

    def ask_open(self) -> None:
        """Ask for a session."""
        folder = str(self.keeper.path.parent) if self.keeper.path is not None else self._folder
        found, _ = QFileDialog.getOpenFileName(self._window, tr("Open session"), folder, _KINDS)
        if found:
            self.open(Path(found))

    def close(self) -> None:
        """Write what is to be written, and wait for it."""
        self.autosave.close()

    # -- inside -----------------------------------------------------------------------------

    def _view(self) -> View:
        return self._state.capture()

    def _choose(self, path: Path) -> None:
        if is_session(path):
            self.open(path)
        else:
            self.chosen.emit(path)

    def _take(self, view: View) -> None:
        self._state.restore(view)
        self.said.emit("")
        self.told.emit("")

    def _on_saved(self, path: Path) -> None:
        self.recent.remember(path)
        self.told.emit(tr("The session is saved in {path}.", path=path))

    def _allow(self) -> None:
        """Offer what can be done now."""
        some = bool(self._session.album.pictures)
        for name in ("save", "save as"):
            self._actions[name].setEnabled(some)

    def _show_offer(self) -> None:
        found = self.autosave.leftover
        self.offer.offer("" if found is None else _offer(found))

    def _keep(self, keeps: bool) -> None:
        self.autosave.start() if keeps else self.autosave.stop()

    # -- building ---------------------------------------------------------------------------

    def _build(self, settings: Settings) -> None:
        menu, actions = self.menu, self._actions
        menu.setToolTipsVisible(True)
        menu.addActions([actions["open"], actions["paste"], actions["open session"]])
        menu.addMenu(self.recent)
        self.last_action = menu.addAction(tr("Last session"), self.autosave.restore_last)
        self.last_action.setToolTip(tr("Open what was open before, with changes that no file has"))
        menu.addSeparator()
        menu.addActions([actions["save"], actions["save as"]])
        menu.addSeparator()
        self.autosave_action = menu.addAction(tr("Keep unsaved work"))
        self.autosave_action.setToolTip(tr("Every 20 seconds, so that a crash loses little"))
        self.autosave_action.setCheckable(True)
        self.autosave_action.setChecked(settings.autosave)
        self.autosave_action.setEnabled(is_wanted())
        self.autosave_action.toggled.connect(self._keep)
        menu.aboutToShow.connect(self._look_for_last)
        self._look_for_last()

    def _look_for_last(self) -> None:
        self.last_action.setEnabled(self.autosave.last is not None)

    def _wire(self) -> None:
        keeper, autosave = self.keeper, self.autosave
        does: tuple[tuple[str, Callable[[], None]], ...] = (
            ("save", self.save),
            ("save as", self.ask_save),
            ("open session", self.ask_open),
        )
        for name, slot in does:
            self._actions.connect(name, slot)
        keeper.changed.connect(self.named)
        keeper.opened.connect(self._take)
        keeper.saved.connect(self._on_saved)
        keeper.failed.connect(self.said)
        keeper.failed.connect(lambda _: self.told.emit(""))
        autosave.failed.connect(self.said)
        autosave.offered.connect(self._show_offer)
        autosave.kept.connect(lambda: self.replaced.offer(_REPLACED))
        self.offer.accepted.connect(autosave.restore)
        self.offer.declined.connect(autosave.discard)
        self.replaced.accepted.connect(lambda: self.replaced.offer(""))
        self.replaced.accepted.connect(autosave.bring_back)
        self.replaced.declined.connect(lambda: self.replaced.offer(""))
        self.replaced.declined.connect(autosave.forget)
        self.recent.chosen.connect(self._choose)
        self._session.album.pictures_changed.connect(self._allow)


def _offer(found: Leftover) -> str:
    today = found.written.date() == datetime.now().date()  # as clocks here show it
    when = f"{found.written:%H:%M}" if today else f"{found.written:%d %B, %H:%M}"
    if found.crashed:
        return tr(
            "FragScope did not end properly. What was open at {when} can be restored.", when=when
        )
    return tr("A session was closed at {when} with changes that were not saved.", when=when)
