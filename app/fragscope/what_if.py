"""What if parts of the picture were erased: the edit, the model's answer, the smallest sets.

It follows a session, lives on the GUI thread and never asks the model itself: queries and searches
are jobs of the session's worker. Only QtCore is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.images import UInt8Array
from fragscope_explainers.smallest_sets import Goal, Step, erased_by, smallest_set
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Classifier, FloatArray, Request
from fragscope_explainers.what_if import Eraser, EraserFill, probabilities_of

from .edits import Edit, KeptEdit, frozen
from .jobs import Failed, Outcome
from .panels import Panel
from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot

    from .runs import RunState

_ENOUGH_MASKS = 100
"""After so many an MFPP run knows the order of the fragments better than a guess would."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A search for a smallest set, as far as it has come.

    Attributes
    ----------
    labels : [h, w] of the level whose fragments it takes.
    steps : oldest first; those that only ask for effects are left out.
    """

    goal: Goal
    target: int
    labels: NDArray[np.int32]
    fill: EraserFill
    steps: tuple[Step, ...] = ()

    @property
    def count(self) -> int:
        """Number of fragments of the level."""
        return int(self.labels.max()) + 1

    @property
    def is_complete(self) -> bool:
        """Whether the last step is the result."""
        return bool(self.steps) and self.steps[-1].phase in ("found", "unreachable")

    def edit(self, index: int) -> Edit:
        """The edit of a step."""
        step = self.steps[index]
        marked = erased_by("flip", self.labels, step.fragments)
        if self.goal == "keep" and not step.fragments:  # nothing is kept: all is erased
            return Edit(frozen(~marked), False, self.fill)
        return Edit(frozen(marked), self.goal == "keep", self.fill)


class WhatIf(QObject):
    """The edit of one window. All signals fire on the GUI thread.

    Signals
    -------
    restarted() : another picture or model is there, and the edit that was made of it before.
    changed() : the edit is another one.
    answered() : the model's answer, or whether it is on its way, has changed.
    searched() : the search has new steps, has ended, or was dropped.

    Attributes
    ----------
    edit : None before there is an input.
    probabilities : float32 [C] of the altered input; of the input where nothing is erased.
    failure, search_failure : a sentence where the model could not be asked, else nothing.
    search : the newest search, also once it has ended; None after another class was chosen.
    """

    restarted = Signal()
    changed = Signal()
    answered = Signal()
    searched = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.edit: Edit | None = None
        self.probabilities: FloatArray | None = None
        self.failure = self.search_failure = ""
        self.search: Search | None = None
        self._fill: EraserFill = "mean"
        self._erasers: dict[EraserFill, Eraser] = {}
        self._altered: UInt8Array | None = None
        self._query: int | None = None
        self._asked: Edit | None = None
        self._is_stale = False
        self._search_job: int | None = None
        session.jobs.updated.connect(self._on_update)
        session.jobs.ended.connect(self._on_end)
        session.image_changed.connect(self._restart)
        session.predicted.connect(self._restart)
        session.target_changed.connect(self._on_target)

    # -- the edit ---------------------------------------------------------------------------

    @property
    def altered(self) -> UInt8Array | None:
        """The altered input, uint8 [h, w, 3], or None where nothing is erased.

        Until the worker has inpainted a part it shows as the mean colour.
        """
        edit = self.edit
        if edit is None or edit.is_empty:
            return None
        if self._altered is None:
            quick: EraserFill = "mean" if edit.fill == "inpaint" else edit.fill
            eraser = self._eraser(quick)
            self._altered = eraser.model_input.to_rgb(eraser.values(edit.erased))
        return self._altered

    def set_edit(self, edit: Edit, known: FloatArray | None = None) -> None:
        """Alter the input and ask the model, unless its probabilities [C] are known."""
        if self.edit is None or edit is self.edit:
            return
        self.edit, self._altered, self.failure = edit, None, ""
        self._session.picture.edit = KeptEdit.of(edit)
        if known is not None or edit.is_empty:
            self.probabilities = self.original if known is None else known
        needs_worker = edit.fill == "inpaint" or known is None
        self._is_stale = needs_worker and not edit.is_empty
        self.changed.emit()
        self._ask()
        self.answered.emit()

    def restore(
        self, edit: Edit, probabilities: FloatArray | None, altered: UInt8Array | None
    ) -> None:
        """Show an edit with what is known of it, and ask nothing.

        Parameters
        ----------
        probabilities : [C] of the altered input.
        altered : uint8 [h, w, 3], the altered input.
        """
        if self.edit is None or edit.marked.shape != self.edit.marked.shape:
            return
        self.edit, self._altered, self.probabilities = edit, altered, probabilities
        self._is_stale, self.failure = False, ""
        self.changed.emit()
        self.answered.emit()

    @property
    def is_asking(self) -> bool:
        """Whether the answer to the edit is still on its way."""
        return self._is_stale or (self._query is not None and self._asked is self.edit)

    @property
    def original(self) -> FloatArray | None:
        """Probabilities [C] of the untouched input."""
        prediction = self._session.prediction
        return prediction.probabilities if prediction is not None else None

    # -- smallest sets ----------------------------------------------------------------------

    @property
    def is_searching(self) -> bool:
        """Whether a search runs."""
        return self._search_job is not None

    def find(self, goal: Goal, labels: NDArray[np.int32]) -> None:
        """Look for the smallest set among fragments, given by their labels [h, w]."""
        session, edit = self._session, self.edit
        prediction, target = session.prediction, session.target
        if prediction is None or target is None or edit is None:
            return
        self.drop_search()
        search = self.search = Search(goal, target, labels, edit.fill)
        effects = self._effects(labels, target)
        request = Request(prediction.model_input, target, seed=session.seed)

        def begin() -> Iterator[Search]:
            known = None if effects is None else effects()
            steps = smallest_set(
                goal, prediction.classifier, request, search.labels, search.fill, known
            )
            return _gathered(search, steps)

        self._search_job = session.jobs.submit(begin)
        self.searched.emit()

    def stop_search(self) -> None:
        """End the search; the steps that it has taken stay."""
        if self._search_job is not None:
            self._session.jobs.cancel(self._search_job)
            self._search_job = None
            self.searched.emit()

    def drop_search(self) -> None:
        """End the search and forget its steps."""
        self.stop_search()
        self.search, self.search_failure = None, ""
        self.searched.emit()

    # -- inside -----------------------------------------------------------------------------

    def _on_target(self) -> None:
        """A search is about its class; subtracting another one changes nothing."""
        if self.search is not None and self.search.target != self._session.target:
            self.drop_search()

    def _effects(
        self, labels: NDArray[np.int32], target: int
    ) -> Callable[[], NDArray[np.float64]] | None:
        """Computes the effects of fragments, to be called on the worker.

        None where no panel has a run on these fragments that has come far enough.
        """
        for panel in self._session.panels:
            used, state = panel.pyramid, panel.state
            if used is None or state is None or not self._counts_for(panel, state, target):
                continue
            alike = (n for n in range(used.levels) if np.array_equal(used.labels[n], labels))
            level = next(alike, None)
            if level is not None and (
                state.snapshot.is_final or state.snapshot.done >= _ENOUGH_MASKS
            ):
                snapshot = cast("PyramidSnapshot", state.snapshot)
                here = slice(*used.offsets[level : level + 2])
                return lambda: snapshot.effects(target)[here]
        return None

    def _counts_for(self, panel: Panel, state: RunState, target: int) -> bool:
        """Whether a panel's effects are of the window's model, its picture now, and the class."""
        is_old = self._session.picture.is_outdated(panel)
        return panel.model is None and not is_old and target in state.snapshot.targets

    def _restart(self) -> None:
        """Go on with what was done to the picture that is there now, or with nothing erased."""
        if self._query is not None:
            self._session.jobs.cancel(self._query)
        self._query, self._is_stale, self._altered, self.failure = None, False, None, ""
        self._erasers.clear()
        fill: EraserFill = self.edit.fill if self.edit is not None else self._fill
        self._fill, self.edit = fill, self._edit_of_picture(fill)
        self.probabilities = self.original
        self._is_stale = self.edit is not None and not self.edit.is_empty
        self.drop_search()
        self.restarted.emit()
        self.changed.emit()
        self._ask()
        self.answered.emit()

    def _edit_of_picture(self, fill: EraserFill) -> Edit | None:
        """The edit of the picture in front, a new one with this fill, or None without an input."""
        picture, prediction = self._session.picture, self._session.prediction
        if prediction is None:
            return None
        size = prediction.model_input.geometry.input_size
        if picture.edit is None or picture.edit.shape != size:
            picture.edit = KeptEdit.of(Edit(np.zeros(size, dtype=bool), fill=fill))
        return picture.edit.edit()

    def _eraser(self, fill: EraserFill) -> Eraser:
        prediction = self._session.prediction
        if prediction is None:
            raise ParameterError(tr("there is no picture to erase parts of; open one"))
        if fill not in self._erasers:
            self._erasers[fill] = Eraser(prediction.model_input, fill)
        return self._erasers[fill]

    def _ask(self) -> None:
        """Send the edit to the worker; while a query runs, only the latest edit waits."""
        prediction, edit = self._session.prediction, self.edit
        if self._query is not None or not self._is_stale or prediction is None or edit is None:
            return
        self._is_stale, self._asked = False, edit
        classifier, eraser = prediction.classifier, self._eraser(edit.fill)
        self._query = self._session.jobs.submit(lambda: _answer(classifier, eraser, edit))

    def _on_update(self, job: int, value: Any) -> None:
        if job == self._query:
            self._take_answer(value)
        elif job == self._search_job:
            self.search = value
            self.searched.emit()

    def _take_answer(self, answer: _Answer) -> None:
        """Show an answer; one to an earlier edit only amid a stroke, with the next on its way."""
        if answer.edit is self.edit:
            self._altered = answer.rgb
            self.changed.emit()
        elif not self._is_stale:
            return
        self.probabilities = answer.probabilities
        self.answered.emit()

    def _on_end(self, job: int, outcome: Outcome) -> None:
        sentence = outcome.sentence if isinstance(outcome, Failed) else ""
        if job == self._query:
            self._query = None
            self.failure = "" if self._is_stale else sentence
            self._ask()
            self.answered.emit()
        elif job == self._search_job:
            self._search_job, self.search_failure = None, sentence
            self.searched.emit()


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    edit: Edit
    probabilities: FloatArray
    rgb: UInt8Array


def _answer(classifier: Classifier, eraser: Eraser, edit: Edit) -> Iterator[_Answer]:
    """Compose the altered input and ask the model. Runs on the worker."""
    values = eraser.values(edit.erased)
    rgb = eraser.model_input.to_rgb(values)
    yield _Answer(edit, probabilities_of(classifier, [values])[0], rgb)


def _gathered(search: Search, steps: Iterator[Step]) -> Iterator[Search]:
    """All steps so far, again and again: the mailbox keeps the latest value only."""
    for step in steps:
        before = search.steps
        if step.phase != "ordering":
            if before and before[-1].fragments == step.fragments:
                before = before[:-1]  # the same set in another phase
            search = replace(search, steps=(*before, step))
        yield search
