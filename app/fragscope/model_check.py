"""Looks every new model over, when its first maps are there. Only QtCore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.translation import shown, tr

from .jobs import Finished, Outcome
from .model_words import as_sentence
from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.findings import Finding
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.preprocessing import ModelInput

_OF_PICTURE = ("form", "insensitive")
"""Kinds of findings that speak of the picture the model was looked over with."""


class ModelCheck(QObject):
    """Asks a model some thirty times more, to see whether its settings can be right.

    It waits until the first maps are drawn, which are what people wait for, and again whenever
    they run something: it goes one question at a time, and none while a run is under way.

    Signals (GUI thread)
    -------
    found() : `findings` are those of another model.
    warned(str) : a sentence on a model whose maps would mislead, or on what is amiss with it.
    withdrawn(str) : a sentence is no longer about the model and the picture that are seen.
    """

    found = Signal()
    warned = Signal(str)
    withdrawn = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: LoadedClassifier | None = None
        self._job: int | None = None
        self._is_held = False
        self._latest: tuple[Finding, ...] = ()
        self._told, self._told_of = "", ""
        session.image_changed.connect(self._on_picture)
        session.model_changed.connect(self._withdraw)
        session.album.pixels_changed.connect(self._on_picture)
        session.model_changed.connect(self._follow_model)
        session.panel_changed.connect(self._look)
        session.image_changed.connect(self._look)
        session.predicted.connect(self._look)
        session.jobs.updated.connect(self._on_update)
        session.jobs.ended.connect(self._on_end)

    @property
    def findings(self) -> Sequence[Finding]:
        """What was seen of the model in use; nothing before it was looked over."""
        classifier = self._session.classifier
        return () if classifier is None else classifier.findings or ()

    @property
    def is_looking(self) -> bool:
        """Whether a model is being looked over, or waits for a run to end."""
        return self._job is not None

    def _follow_model(self) -> None:
        """Let go of a model that is in use no more."""
        if self._job is not None and self._session.classifier is not self._asked:
            self._session.jobs.cancel(self._job)
            self._asked, self._job = None, None
        self.found.emit()

    def _look(self) -> None:
        """Look at a new model, and make way for runs."""
        session, prediction = self._session, self._session.prediction
        if self._job is not None:
            self._hold(session.is_running or (session.image is not None and prediction is None))
            return
        classifier = session.classifier
        if classifier is None or prediction is None or session.is_running:
            return
        if classifier.findings is None and classifier is not self._asked:
            self._begin(classifier, prediction.model_input)

    def _begin(self, classifier: LoadedClassifier, model_input: ModelInput) -> None:
        def steps() -> Iterator[tuple[Finding, ...]]:
            from fragscope_explainers.classifiers.probes import looks

            return looks(classifier, model_input)

        self._asked, self._latest, self._is_held = classifier, (), False
        self._job = self._session.jobs.submit(steps)

    def _hold(self, held: bool) -> None:
        if self._job is not None and held != self._is_held:
            self._is_held = held
            self._session.jobs.pause(self._job, held)

    def _on_update(self, job: int, value: tuple[Finding, ...]) -> None:
        if job == self._job:
            self._latest = value

    def _on_end(self, job: int, outcome: Outcome) -> None:
        if job != self._job or self._asked is None:
            return
        self._job = None
        if isinstance(outcome, Finished):
            self._asked.findings = self._latest
            self._tell()

    def _tell(self) -> None:
        self.found.emit()
        telling = (f for f in self.findings if f.severity == "warning" or f.kind == "notice")
        for finding in telling:
            text = as_sentence(shown(finding.text))
            where = tr("The tab Input shows what the model sees.")
            self._told = f"{text}. {where}" if finding.severity == "warning" else f"{text}."
            self._told_of = finding.kind
            self.warned.emit(self._told)
            return

    def _on_picture(self) -> None:
        """Take back what was said of the picture before; what is amiss with the model stays."""
        if self._told_of in _OF_PICTURE:
            self._withdraw()

    def _withdraw(self) -> None:
        told, self._told = self._told, ""
        if told:
            self.withdrawn.emit(told)
