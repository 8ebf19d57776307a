"""What people did in a window, step by step, to undo and redo it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from fragscope_explainers.translation import tr

from ..changes import Change
from ..panel_memory import forget
from ..panels import Panel
from ..pictures import Picture

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier

MOST_STEPS = 100
MOST_RESULTS = 48
"""Results that steps keep where none can go to the disk; older ones run again."""
SOON_SECONDS = 1.0
"""Changes with one key that follow each other so soon are one step."""


class Part(ABC):
    """A part of a window that is brought back as a whole.

    Attributes
    ----------
    settles : whether values let go what later ones hold as well.
    """

    settles: ClassVar[bool] = False

    @abstractmethod
    def read(self, picture: Picture) -> Any:
        """What it is now; of a picture, where each one has its own."""

    @abstractmethod
    def write(self, picture: Picture, value: Any) -> None:
        """Make it what it was."""

    def can_write(self, picture: Picture) -> bool:
        """Whether it still can be brought back."""
        return True

    def settle(self, value: Any, now: Any) -> None:  # noqa: B027  # most parts have nothing to do
        """Let go of what nobody will need of a value beside a later one."""

    def kept(self, value: Any) -> Iterable[Panel]:
        """The panels whose results a value keeps."""
        return ()

    def models(self, value: Any) -> Iterable[LoadedClassifier]:
        """The models that a value keeps open."""
        return ()


class Step(QUndoCommand):
    """From one state of a part to another; what it leads to is read when it is left."""

    def __init__(self, change: Change, part: Part, picture: Picture) -> None:
        super().__init__(change.text)
        self._change, self._part, self.picture = change, part, picture
        self._before, self._after = part.read(picture), None
        self._left: Any = None
        """What gives way at this moment, so that nothing of it is closed."""
        self._is_new = True
        self._last = time.monotonic()

    def takes(self, change: Change, picture: Picture) -> bool:
        """Whether a further change belongs to this step, which it then does."""
        own, now = self._change, time.monotonic()
        same = bool(change.key) and (own.part, own.key) == (change.part, change.key)
        soon = change.lasts or now - self._last < SOON_SECONDS
        if same and soon and picture is self.picture:
            self._last = now
            return True
        return False

    def settle(self) -> None:
        """Keep only what the step has changed, now that it is made."""
        if self._part.settles:
            self._part.settle(self._before, self._part.read(self.picture))

    def undo(self) -> None:
        self._after, self._before = self._go(self._before), None

    def redo(self) -> None:
        if self._is_new:  # what it tells of is done by others
            self._is_new = False
        else:
            self._before, self._after = self._go(self._after), None

    def kept(self) -> Iterator[Panel]:
        """The panels whose results it keeps."""
        for value in self._values():
            yield from self._part.kept(value)

    def models(self) -> Iterator[LoadedClassifier]:
        """The models that it can bring back."""
        for value in self._values():
            yield from self._part.models(value)

    def _values(self) -> Iterator[Any]:
        values = (self._before, self._after, self._left)
        return (value for value in values if value is not None)

    def _go(self, value: Any) -> Any:
        """Bring a value back, or drop the step where that changes nothing; gives what was."""
        if not self._part.can_write(self.picture):
            self.setObsolete(True)
            return None
        now = self._part.read(self.picture)
        if now == value:
            self.setObsolete(True)
            return now
        self._left = now
        try:
            self._part.write(self.picture, value)
        finally:
            self._left = None
        self._part.settle(now, value)
        return now


class History(QObject):
    """The steps of one window, at most MOST_STEPS. Lives on the GUI thread, as do its signals.

    Signals
    -------
    changed() : other steps can be undone or redone.
    said(str) : what was undone or redone.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST_STEPS)
        stack = self.stack
        for signal in (stack.undoTextChanged, stack.redoTextChanged, stack.indexChanged):
            signal.connect(self.changed)  # not by a function: the stack tells of its own end
        self._moves = False
        self.can_spill: Callable[[], bool] = lambda: False
        """Whether results that steps keep go to the disk where they are too many for memory."""

    def record(self, change: Change, part: Part, picture: Picture) -> None:
        """Note a change that is about to be made, unless it belongs to the step before."""
        if self._moves:
            return
        last = self._last()
        if not (isinstance(last, Step) and last.takes(change, picture)):
            self.push(Step(change, part, picture))

    def push(self, step: QUndoCommand) -> None:
        """Put a step on top, which is about to be made."""
        if self._moves:
            return
        last = self._last()
        if isinstance(last, Step):
            last.settle()
        self.stack.push(step)
        self._trim()

    def undo(self) -> None:
        """Take back what was changed last."""
        self._move(tr("Undone"), self.stack.undoText, self.stack.canUndo, self.stack.undo)

    def redo(self) -> None:
        """Change again what was undone last."""
        self._move(tr("Done again"), self.stack.redoText, self.stack.canRedo, self.stack.redo)

    def clear(self) -> None:
        """Forget all steps."""
        self.stack.clear()

    def kept(self) -> Iterator[Panel]:
        """The panels whose results steps keep, those of the newest step first."""
        for index in range(self.stack.count() - 1, -1, -1):
            step: Any = self.stack.command(index)
            yield from step.kept()

    @property
    def models(self) -> list[LoadedClassifier]:
        """The models that steps can bring back."""
        return self._models_of(self.stack.count())

    @property
    def models_before(self) -> list[LoadedClassifier]:
        """Those of steps that are not undone: a new step ends the others."""
        return self._models_of(self.stack.index())

    # -- inside -----------------------------------------------------------------------------

    def _move(
        self,
        word: str,
        text: Callable[[], str],
        can: Callable[[], bool],
        go: Callable[[], None],
    ) -> None:
        """Go one step; those that would change nothing any more are dropped on the way."""
        self._moves = True
        try:
            while can():
                name, count = text(), self.stack.count()
                go()
                if self.stack.count() == count:
                    self.said.emit(f"{word}: {name}")
                    break
        finally:
            self._moves = False
        self._trim()

    def _models_of(self, steps: int) -> list[LoadedClassifier]:
        made = (self.stack.command(index) for index in range(steps))
        return [model for step in made if isinstance(step, Step) for model in step.models()]

    def _last(self) -> QUndoCommand | None:
        """The step on top, or None where there is none or some are undone."""
        stack = self.stack
        at_end = stack.index() == stack.count() > 0
        return stack.command(stack.count() - 1) if at_end else None

    def _trim(self) -> None:
        """Let the results of old steps go, where they cannot go to the disk."""
        results = () if self.can_spill() else (p for p in self.kept() if p.state is not None)
        for count, panel in enumerate(results, start=1):
            if count > MOST_RESULTS:
                forget(panel)
