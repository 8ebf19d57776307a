"""The models that panels hold beside the window's own: loaded once, let go when unused. QtCore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.translation import tr
from fragscope_explainers.types import Precision

from .jobs import Failed
from .model_choice import ModelChoice
from .model_loading import ModelLoading
from .stored_session import StoredModel, facts_of

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


@dataclass(slots=True, eq=False)
class ShelvedModel:
    """One model that panels can hold.

    Attributes
    ----------
    number : stays its own, so that a panel can come back to a model that was let go.
    classifier : the loaded model, or None while it is not in memory.
    failure : why it could not be loaded, else "".
    facts : which model it was when it was loaded last, here or where a session file was written.
    stands_in : shows results of a session file in its place while it is not open.
    rests : whether it is opened only on request: it came with a session file, or failed.
    is_other : whether what was loaded is another model than `facts` had told.
    """

    number: int
    choice: ModelChoice
    classifier: LoadedClassifier | None = None
    failure: str = ""
    facts: StoredModel | None = None
    stands_in: LoadedClassifier | None = None
    rests: bool = False
    is_other: bool = False

    @property
    def name(self) -> str:
        """What the window calls it."""
        known = self.classifier or self.stands_in
        return known.name if known is not None else self.choice.text

    @property
    def file_name(self) -> str:
        """The last part of its specification, which tells apart what has one name."""
        return PurePath(self.choice.text).name or self.name

    def serves_as(self, choice: ModelChoice, facts: StoredModel | None) -> bool:
        """Whether it is the one that a session file describes.

        It is in memory, or rests untrusted, as that of a session file should.
        """
        waits = self.rests and not self.choice.trusted
        is_same = _is_same(self.choice.without_trust, choice)
        if not is_same or facts is None or not (waits or self.classifier is not None):
            return False
        return self.facts is not None and replace(facts, spec="") == replace(self.facts, spec="")

    def take(self, classifier: LoadedClassifier) -> None:
        """Note the loaded model."""
        facts, known = facts_of(classifier, ""), self.facts
        self.is_other = known is not None and replace(known, spec="") != facts
        self.classifier, self.facts = classifier, facts
        self.stands_in, self.rests = None, False


class ModelShelf(QObject):
    """Models by number. Lives on the GUI thread, as do its signals.

    Signals
    -------
    changed(int) : the model of this number is there, or could not be loaded.
    noted(str) : a sentence to show.
    """

    changed = Signal(int)
    noted = Signal(str)

    def __init__(self, precision: Precision = "f32", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._precision: Precision = precision
        self._models: list[ShelvedModel] = []
        self._waiting: list[ShelvedModel] = []
        self.loading = ModelLoading(self)
        self.loading.loaded.connect(self._take)
        self.loading.failed.connect(self._fail)
        self.loading.cancelled.connect(self._cancel)
        self.loading.noted.connect(self.noted)

    def __iter__(self) -> Iterator[ShelvedModel]:
        return iter(self._models)

    def __getitem__(self, number: int) -> ShelvedModel:
        return self._models[number]

    def put(self, choice: ModelChoice) -> int:
        """Note a model, and load it unless it is there; one asked for twice is loaded once.

        Returns
        -------
        Its number.
        """
        same = [model for model in self._models if _is_same(model.choice, choice)]
        if not same:
            same.append(ShelvedModel(len(self._models), choice))
            self._models.extend(same)
        known = max(same, key=lambda model: (model.classifier is not None, model.rests))
        known.choice = choice  # it may be trusted by now
        self.wake(known.number)
        self.want(known.number)
        return known.number

    def adopt(
        self, choice: ModelChoice, facts: StoredModel | None, stands_in: LoadedClassifier | None
    ) -> int:
        """Note a model of a session file. It is not loaded: the file may come from anybody.

        Returns
        -------
        Its number; that of the very model where it is known already.
        """
        known = (model for model in self._models if model.serves_as(choice, facts))
        found = next(known, None)
        if found is None:
            found = ShelvedModel(len(self._models), choice, None, "", facts, rests=True)
            self._models.append(found)
        if found.rests:
            found.stands_in = stands_in
        return found.number

    def wake(self, number: int) -> None:
        """Let a model of a session file be loaded once it is wanted: people ask for it."""
        self._models[number].rests = False

    def want(self, number: int) -> None:
        """Load a model where it is not in memory, not on its way, and may be."""
        model = self._models[number]
        if model.classifier is None and model not in self._waiting and not model.rests:
            model.failure = ""
            self._waiting.append(model)
            self._next()

    def classifier(self, number: int) -> LoadedClassifier | None:
        """A loaded model, or None while it is not in memory."""
        return self._models[number].classifier

    def release(
        self, used: Iterable[int], close: Callable[[LoadedClassifier], object]
    ) -> list[int]:
        """Let models go that nobody uses; they are handed to `close`. Returns their numbers."""
        kept, gone = set(used), []
        for model in self._models:
            if model.number not in kept and model.classifier is not None:
                close(model.classifier)
                model.classifier = None
                gone.append(model.number)
        return gone

    def close(self) -> None:
        """Stop what is on its way and join the thread."""
        self._waiting.clear()
        self.loading.close()

    def _next(self) -> None:
        if self._waiting and not self.loading.is_busy:
            self.loading.load(self._waiting[0].choice)

    def _take(self, _: ModelChoice, classifier: LoadedClassifier) -> None:
        model = self._waiting.pop(0)
        model.take(classifier)
        self.loading.convert(classifier, self._precision)
        self._end(model)

    def _fail(self, _: ModelChoice, failed: Failed) -> None:
        model = self._waiting.pop(0)
        model.failure, model.rests = failed.sentence, True
        self.noted.emit(failed.sentence)
        self._end(model)

    def _cancel(self, _: ModelChoice) -> None:
        if self._waiting:
            model = self._waiting.pop(0)
            model.failure, model.rests = tr("loading was stopped"), True
            self._end(model)

    def _end(self, model: ShelvedModel) -> None:
        self.changed.emit(model.number)
        self._next()


def _is_same(one: ModelChoice, other: ModelChoice) -> bool:
    return (one.spec, dict(one.settings), one.device) == (
        other.spec,
        dict(other.settings),
        other.device,
    )
