"""Looks every new model over once, when its first maps are there. Only QtCore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.translation import tr

from .model_words import as_sentence
from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.classifiers.probes import Finding


class ModelCheck(QObject):
    """Asks a model some thirty times more, to see whether its settings can be right.

    It waits until the first maps are drawn: they are what people wait for.

    Signals (GUI thread)
    -------
    found() : `findings` are those of another model.
    warned(str) : a sentence on a model whose maps would mislead.
    """

    found = Signal()
    warned = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: LoadedClassifier | None = None
        session.model_changed.connect(self.found)
        session.panel_changed.connect(self._look)

    @property
    def findings(self) -> Sequence[Finding]:
        """What was seen of the model in use; nothing before it was looked over."""
        classifier = self._session.classifier
        return () if classifier is None else classifier.findings or ()

    def _look(self) -> None:
        session, prediction = self._session, self._session.prediction
        classifier = session.classifier
        if classifier is None or prediction is None or session.is_running:
            return
        if classifier.findings is not None or classifier is self._asked:
            return
        self._asked = classifier

        def look() -> LoadedClassifier:
            from fragscope_explainers.classifiers.probes import look_over

            classifier.findings = look_over(classifier, prediction.model_input)
            return classifier

        session.in_background(look, self._take)

    def _take(self, classifier: LoadedClassifier) -> None:
        if classifier is not self._session.classifier:
            return
        self.found.emit()
        for finding in self.findings:
            if finding.severity == "warning":
                text = as_sentence(finding.text)
                self.warned.emit(tr("{text}. The tab Input shows what the model sees.", text=text))
                return
