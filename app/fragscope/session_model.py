"""What a session does where the window's model comes, changes and is brought back. Only QtCore."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, SignalInstance

from fragscope_explainers.translation import tr
from fragscope_explainers.types import Precision

from . import preparation
from .album import Album
from .changes import PartName
from .jobs import Failed
from .loading import Loader
from .model_choice import ModelChoice
from .model_loading import ModelLoading
from .model_memory import ModelMemory

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier

SETTINGS = "settings"
"""Key of a change that leaves the model's weights alone."""


class SessionModel(QObject):
    """A part of `Session`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        album: Album
        choice: ModelChoice
        model_spec: str
        precision: Precision
        classifier: LoadedClassifier | None
        model_changed: SignalInstance
        engine_changed: SignalInstance
        recalled: SignalInstance
        model_closed: SignalInstance
        _loader: Loader
        _notes: set[str]

        def in_background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None: ...
        def tidy_models(self) -> None: ...
        def _note(self, sentence: str) -> None: ...
        def _notice_failure(self, failed: Failed) -> None: ...
        def _tell(self, part: PartName, text: str, key: str = "") -> None: ...

    def add_loading(self) -> None:
        """Make what loads models."""
        self._earlier: list[LoadedClassifier] = []
        self.held_models: Callable[[], Collection[LoadedClassifier]] = tuple
        """Models that somebody may bring back, which stay open."""
        self.models = ModelLoading(self)
        self.models.keeps = lambda model: model is self.classifier
        self.models.loaded.connect(self._take_loaded)
        self.models.failed.connect(self._without_model)
        self.models.noted.connect(self._note)
        self.models.converted.connect(self._on_engine)

    def load_model(self, choice: ModelChoice | None = None) -> None:
        """Load a model, by default the one asked for at the start; the current one answers on."""
        self.models.load(choice or self.choice)

    def change_model_settings(
        self, settings: Mapping[str, str], failed: Callable[[Failed], None] | None = None
    ) -> None:
        """Use the model with other preprocessing or outputs; results so far can be brought back.

        Where another model has come meanwhile, that one stays. A failure is told to `failed`, or
        to the user where that is not given.
        """
        classifier, choice = self.classifier, replace(self.choice, settings=dict(settings))
        if classifier is None:
            return

        def take(changed: LoadedClassifier) -> None:
            if self.classifier is classifier:
                self._tell("model", tr("change what the model sees"), SETTINGS)
                self._take_model(choice, changed)

        self._loader.load(lambda: preparation.change_settings(classifier, settings), take, failed)

    def remember_model(self) -> ModelMemory | None:
        """The model with all that the pictures show of it, or None without one."""
        if self.classifier is None:
            return None
        return ModelMemory(self.classifier, self.choice, self.model_spec, self.album.remember())

    def recall_model(self, memory: ModelMemory) -> None:
        """Go back to a model, with the results that the pictures had."""
        self.models.cancel()
        earlier, self.classifier = self.classifier, memory.classifier
        self.choice, self.model_spec = memory.choice, memory.spec
        self._notes.clear()
        self.album.recall(memory.classifier, memory.pictures)
        self.model_changed.emit()
        self.recalled.emit()
        self.tidy_models()
        self._retire(earlier)

    def close_unused_models(self) -> None:
        """Close models that nobody can bring back any more, after what still asks them."""
        wanted = [model for model in (self.classifier, *self.held_models()) if model is not None]
        unused = [m for m in self._earlier if not any(model.shares(m) for model in wanted)]
        self._earlier = [m for m in self._earlier if m not in unused]
        while unused:
            model = unused.pop()
            if not any(other.shares(model) for other in unused):
                self.in_background(model.close, lambda _: self.model_closed.emit())

    # -- inside -----------------------------------------------------------------------------

    def _take_loaded(self, choice: ModelChoice, classifier: LoadedClassifier) -> None:
        if self.classifier is not None:
            self._tell("model", tr("open the model {name}", name=classifier.name))
        self._take_model(choice, classifier)

    def _take_model(self, choice: ModelChoice, classifier: LoadedClassifier) -> None:
        earlier, self.classifier = self.classifier, classifier
        self.choice, self.model_spec = choice, classifier.spec or choice.spec
        self._notes.clear()
        self.album.use(classifier)  # first: the classes of the pictures are those of the model
        self.model_changed.emit()
        self.models.convert(classifier, self.precision)
        self._retire(earlier)

    def _retire(self, earlier: LoadedClassifier | None) -> None:
        """Close a model that is no longer in use, unless it can be brought back."""
        if earlier is not None and earlier not in self._earlier:
            self._earlier.append(earlier)
        self.close_unused_models()

    def _without_model(self, _: ModelChoice, failed: Failed) -> None:
        self._notice_failure(failed)
        self.model_changed.emit()  # it is the one before, or none, and none is on its way

    def _on_engine(self, failed: Failed | None) -> None:
        if failed is not None:
            used = "torch" if self.classifier is None else self.classifier.engine_name
            self._note(
                tr(
                    "{sentence}; {used} answers instead, which takes longer",
                    sentence=failed.sentence,
                    used=used,
                )
            )
        self.engine_changed.emit()
