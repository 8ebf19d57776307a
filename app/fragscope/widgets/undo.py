"""What can be undone in a window: its parts, who tells of changes, and the two actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from fragscope_explainers.counts import Window
from fragscope_explainers.translation import tr

from ..album import Album
from ..arrangement import Arrangement
from ..changes import Change, PartName
from ..edits import KeptEdit
from ..model_memory import ModelMemory
from ..panel_memory import Memories, forget_common
from ..panels import Panel
from ..pictures import Picture
from ..session import Session
from ..session_model import SETTINGS
from .actions import Actions
from .history import History, Part
from .panel_grid import PanelGrid
from .side_bar import SideBar
from .what_if_editor import WhatIfEditor

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier

MOST_PASTED = 2
"""Closed pictures without a file whose pixels are kept."""


class Undo(QObject):
    """Joins the history of a window with all that can be undone there.

    Signals (GUI thread)
    -------
    said(str) : what was undone or redone.
    """

    said = Signal(str)

    def __init__(
        self,
        session: Session,
        grid: PanelGrid,
        side: SideBar,
        editor: WhatIfEditor,
        actions: Actions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._actions = session, actions
        self.history = History(self)
        self.history.said.connect(self.said)
        self.history.changed.connect(self._name_actions)
        self._parts: dict[PartName, Part] = {
            "model": _Model(session),
            "panels": _Panels(session, grid),
            "classes": _Classes(session),
            "painting": _Whole(lambda: session.painting, side.pyramid.weights.show_painting),
            "display": _Whole(lambda: side.display.told, side.display.show_display),
            "pins": _Whole(lambda: side.classes.pinned, side.classes.set_pins),
            "edit": _Edits(session, editor),
            "window": _Windows(session.album),
            "arrangement": _Whole(lambda: grid.arrangement, grid.arrange),
        }
        windowing = side.window_control.windowing
        controls = (side.pyramid.weights, side.display, side.classes, editor, windowing)
        for tells in (session, grid, *controls):
            tells.changing.connect(self._record)
        session.album.closing.connect(self._on_closing)
        session.album.pictures_changed.connect(self._forget_pixels)
        session.held_models = lambda: self.history.models
        self.history.changed.connect(session.close_unused_models)
        session.memory.held = self.history.kept
        self.history.can_spill = lambda: session.memory.can_write
        session.restored.connect(self.history.clear)
        actions.connect("undo", self.history.undo)
        actions.connect("redo", self.history.redo)
        self._name_actions()

    def _record(self, change: Change) -> None:
        session = self._session
        if change.part == "model" and change.key != SETTINGS:
            self._make_room()
        self.history.record(change, self._parts[change.part], session.picture)
        shows = any(panel.state is not None for panel in session.panels)
        if change.part == "model" and session.classifier is not None and shows:
            name, keys = session.classifier.name, self._actions["undo"].shortcut().toString()
            self.said.emit(tr("{keys} brings {name} and its maps back", keys=keys, name=name))

    def _on_closing(self, picture: Picture) -> None:
        self.history.push(_Closing(self._session.album, picture))

    def _make_room(self) -> None:
        """Forget all steps where they keep another model open than the one to be left."""
        current, held = self._session.classifier, self.history.models_before
        if current is not None and not all(current.shares(model) for model in held):
            self.history.clear()

    def _name_actions(self) -> None:
        """Say in the actions what they would do."""
        stack = self.history.stack
        for name, word, text, can in (
            ("undo", tr("Undo"), stack.undoText(), stack.canUndo()),
            ("redo", tr("Redo"), stack.redoText(), stack.canRedo()),
        ):
            self._actions.rename(name, f"{word}: {text}" if text else word)
            self._actions[name].setEnabled(can)

    def _forget_pixels(self) -> None:
        """Keep no decoded pictures in steps but a few that cannot be read again."""
        pasted, stack = 0, self.history.stack
        for index in range(stack.count() - 1, -1, -1):
            step = stack.command(index)
            if isinstance(step, _Closing) and step.is_closed:
                pasted += step.picture.path is None
                step.forget_pixels(even_pasted=pasted > MOST_PASTED)


@dataclass(frozen=True)
class _Whole(Part):
    """What is the same for all pictures, by how it is read and written."""

    get: Callable[[], Any]
    put: Callable[[Any], object]

    def read(self, picture: Picture) -> Any:
        return self.get()

    def write(self, picture: Picture, value: Any) -> None:
        self.put(value)


_Shown = tuple[Memories, Arrangement]


@dataclass(frozen=True)
class _Panels(Part):
    """The panels of the window, with the results on the picture that was in front.

    Their differences, windows and sizes go and come with them.
    """

    settles: ClassVar[bool] = True
    session: Session
    grid: PanelGrid

    def read(self, picture: Picture) -> _Shown:
        self.session.album.catch_up(picture)
        return picture.panels.remember(), self.grid.arrangement

    def write(self, picture: Picture, value: _Shown) -> None:
        memories, arrangement = value
        self.session.album.put_panels(picture, memories)
        self.session.tidy_models()
        self.session.panels_changed.emit()
        self.grid.arrange(arrangement)
        self.session.album.run_missing()

    def settle(self, value: _Shown, now: _Shown) -> None:
        forget_common(value[0], now[0])

    def kept(self, value: _Shown) -> Iterable[Panel]:
        return (memory.kept for memory in value[0])


@dataclass(frozen=True)
class _Model(Part):
    """The window's model with the results of all pictures; it stays open meanwhile."""

    session: Session

    def read(self, picture: Picture) -> ModelMemory | None:
        return self.session.remember_model()

    def write(self, picture: Picture, value: ModelMemory) -> None:
        self.session.recall_model(value)

    def kept(self, value: ModelMemory) -> Iterable[Panel]:
        return value.panels

    def models(self, value: ModelMemory) -> Iterable[LoadedClassifier]:
        return (value.classifier,)


@dataclass(frozen=True)
class _Classes(Part):
    """The explained class of a picture, and the one that is subtracted from it."""

    session: Session

    def read(self, picture: Picture) -> tuple[int | None, int | None]:
        return picture.target, picture.against

    def write(self, picture: Picture, value: tuple[int, int | None]) -> None:
        if picture is self.session.picture:
            self.session.set_classes(*value)
        else:
            picture.target, picture.against = value
            self.session.album.show(picture.number)

    def can_write(self, picture: Picture) -> bool:
        return picture in self.session.album.pictures


@dataclass(frozen=True)
class _Edits(Part):
    """What is erased of a picture's input."""

    session: Session
    editor: WhatIfEditor

    def read(self, picture: Picture) -> KeptEdit | None:
        return picture.edit

    def write(self, picture: Picture, value: KeptEdit) -> None:
        self.editor.bring_to_front()
        self.editor.take_over()
        picture.edit = value
        if picture is not self.session.picture:
            self.session.album.show(picture.number)
        elif self.editor.what_if.edit is not None:
            self.editor.what_if.set_edit(value.edit())

    def can_write(self, picture: Picture) -> bool:
        return picture in self.session.album.pictures


@dataclass(frozen=True)
class _Windows(Part):
    """Through which windows the pictures of an album are seen."""

    album: Album

    def read(self, picture: Picture) -> dict[int, Window | None]:
        return self.album.windows

    def write(self, picture: Picture, value: dict[int, Window | None]) -> None:
        self.album.use_windows(value)
        if picture is not self.album.picture:
            self.album.show(picture.number)

    def can_write(self, picture: Picture) -> bool:
        return picture in self.album.pictures


class _Closing(QUndoCommand):
    """Takes a picture out of the album; it comes back with its results."""

    def __init__(self, album: Album, picture: Picture) -> None:
        super().__init__(tr("close {name}", name=picture.name))
        self._album, self.picture = album, picture
        self._place = album.pictures.index(picture)
        self._was_front = picture is album.picture
        self._is_new = True

    @property
    def is_closed(self) -> bool:
        """Whether the picture is out of the album."""
        return self.picture not in self._album.pictures

    def undo(self) -> None:
        picture = self.picture
        lost = picture.path is None and picture.image is None
        if lost or self._album.is_open(picture.path):
            self.setObsolete(True)
        else:
            self._album.bring_back(picture, self._place, shows=self._was_front)

    def redo(self) -> None:
        if self._is_new:  # the album does it
            self._is_new = False
        elif self.is_closed:
            self.setObsolete(True)
        else:
            self._album.remove_picture(self.picture.number)

    def kept(self) -> Iterator[Panel]:
        """The panels whose results it keeps."""
        return iter(self.picture.panels if self.is_closed else ())

    def forget_pixels(self, *, even_pasted: bool) -> None:
        """Let the decoded picture go."""
        self.picture.forget_pixels()
        if even_pasted and self.picture.path is None:
            self.picture.image = self.picture.preview = self.picture.prediction = None
