"""What an album does where another model answers for its pictures. Only QtCore."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance

from .album_reading import AlbumReading
from .model_memory import PictureMemory
from .pictures import Picture

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


class AlbumModels(AlbumReading):
    """A part of `Album`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        front_changed: SignalInstance
        pictures_changed: SignalInstance
        panel_changed: SignalInstance
        _classifier: LoadedClassifier | None

        def _bring_results_back(self, picture: Picture) -> None: ...
        def _predict(self, picture: Picture) -> None: ...

    def use(self, classifier: LoadedClassifier) -> None:
        """Ask this model about all pictures from now on.

        Results of an earlier model are dropped, those of panels with a model of their own stay. A
        class stays explained where the new model has one of its name.
        """
        earlier, self._classifier = self._classifier, classifier
        if earlier is not None:
            self._change(earlier, classifier)
            self._queue_again()
            self.front_changed.emit()
        for picture in self.pictures:
            picture.answer = None
        self._ask_all()

    def remember(self) -> tuple[PictureMemory, ...]:
        """What all pictures show of the model now, those that were shown lately first."""
        rest = (picture for picture in self.pictures if picture not in self._shown)
        return tuple(PictureMemory.of(picture) for picture in (*self._shown, *rest))

    def recall(self, classifier: LoadedClassifier, memories: Iterable[PictureMemory]) -> None:
        """Go back to a model and what the pictures showed of it; what is missing runs again."""
        earlier, self._classifier = self._classifier, classifier
        if earlier is not None:
            self._change(earlier, classifier)  # and this is all for pictures opened since
        for memory in memories:
            if memory.is_of_this_file:
                for panel in memory.restore():
                    self._runs.drop(panel)
        self._bring_results_back(self.picture)
        self.front_changed.emit()
        self._queue_again()
        self._ask_all()
        self.go_on()

    def ask_again(self) -> None:
        """Ask the model about the picture in front again, where it failed before."""
        if self.picture.failure and self.picture.job is None:
            self._predict(self.picture)
            for panel in self.picture.panels:
                self.panel_changed.emit(panel.number)

    def _ask_all(self) -> None:
        for picture in self.pictures:
            self._predict(picture)
        self.pictures_changed.emit()  # once for all, however many there are

    def _change(self, earlier: LoadedClassifier, classifier: LoadedClassifier) -> None:
        for picture in self.pictures:
            for panel in picture.panels:
                if panel.model is None:
                    self._runs.drop(panel)
            picture.change_model(earlier.labels, classifier.labels)
