"""Asks the models of panels about pictures, and lets models go that no panel holds. Only QtCore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.translation import tr

from . import preparation
from .album import Album
from .class_match import same_class
from .jobs import Failed
from .loading import Loader
from .models import ModelShelf, ShelvedModel
from .panel_memory import forget
from .panel_runs import PanelRuns
from .panels import ACTIVE, Panel, Status
from .pictures import Picture
from .preparation import Prediction

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


class PanelModels(QObject):
    """Brings models and pictures together for panels with a model of their own.

    A panel's run waits until its model is loaded and has been asked about the picture.

    Signals
    -------
    answered(object) : a `Picture` of which a panel's model has said something.
    """

    answered = Signal(object)

    def __init__(
        self,
        shelf: ModelShelf,
        album: Album,
        runs: PanelRuns,
        loader: Loader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf, self._album, self._runs, self._loader = shelf, album, runs, loader
        self._asking: dict[tuple[int, int], int] = {}
        self._ordered: list[Panel] = []
        runs.unanswered.connect(self.ask)
        shelf.changed.connect(self._on_model)

    def hold(self, picture: Picture, panel: Panel, model: int | None) -> None:
        """Give a panel another model, None for the window's, and run it; its result is dropped."""
        earlier, labels = self._labels(picture, panel.model), self._labels(picture, model)
        self._runs.drop(panel)
        panel.model, panel.state, panel.asked = model, None, None
        panel.failure, panel.known_map, panel.status = None, None, Status.EMPTY
        known = earlier is not None and labels is not None
        panel.held = same_class(panel.held, earlier or (), labels or ()) if known else None
        self.order(panel)
        self._runs.run(picture, panel)
        self.tidy()

    def order(self, panel: Panel) -> None:
        """Open the model of a panel that people run, wherever that comes from."""
        if panel.model is not None and self._shelf.classifier(panel.model) is None:
            self._shelf.wake(panel.model)
            self._ordered.append(panel)

    def why_missing(self, panel: Panel) -> str:
        """Why a panel only shows what a session file held, and what to do; else empty."""
        model = None if panel.model is None else self._shelf[panel.model]
        if model is None or not model.rests:
            return ""
        if model.failure and model.stands_in is None:
            return model.failure
        if model.failure:
            return tr(
                "Its model, {model}, could not be opened. Mend that and run again, or choose "
                "another one in the menu.",
                model=model.name,
            )
        return tr(
            "Its model, {model}, is not open. Run again to open {spec}.",
            model=model.name,
            spec=model.choice.text,
        )

    def ask(self, picture: Picture, model: int) -> None:
        """Ask a panel's model about a picture, once it is loaded and the picture is read.

        One that rests is not asked: what it said before is shown.
        """
        self._shelf.want(model)
        if self._shelf[model].rests:
            self._recall(picture, self._shelf[model])
            return
        classifier, image = self._shelf.classifier(model), picture.image
        key = (picture.number, model)
        unseen = image is None or not picture.is_seen_in(image)  # it will be asked once that is so
        if classifier is None or image is None or unseen or key in self._asking:
            return
        self._asking[key] = self._loader.load(
            lambda: preparation.predict(image, classifier),
            lambda found: self._take(picture, model, classifier, found),
            lambda failed: self._fail(picture, model, failed),
        )

    def tidy(self) -> None:
        """Let models go that no panel of any picture holds."""
        pictures = [self._album.picture, *self._album.pictures]
        used = {p.model for picture in pictures for p in picture.panels if p.model is not None}
        for number in self._shelf.release(used, self._close):
            for picture in pictures:
                picture.forget_model(number)

    # -- inside -----------------------------------------------------------------------------

    def _labels(self, picture: Picture, model: int | None) -> tuple[str, ...] | None:
        """Class names of a model, or None while they are unknown."""
        if model is not None:
            classifier = self._shelf.classifier(model)
            return None if classifier is None else tuple(classifier.labels)
        prediction = picture.prediction
        return None if prediction is None else tuple(prediction.classifier.labels)

    def _recall(self, picture: Picture, model: ShelvedModel) -> None:
        """Show what a model said when its session file was written, or say that it is missing."""
        number, stands_in, image = model.number, model.stands_in, picture.image
        answer, key = picture.known_answer_of(number), (picture.number, number)
        if stands_in is None or answer is None or number in picture.others:
            self._refuse(picture, number)
        elif image is not None and key not in self._asking:
            self._asking[key] = self._loader.load(
                lambda: preparation.recall(image, stands_in, answer, can_ask=False),
                lambda found: self._take_recalled(picture, model, found),
                lambda failed: self._fail(picture, number, failed),
            )

    def _take_recalled(self, picture: Picture, model: ShelvedModel, found: Prediction) -> None:
        self._asking.pop((picture.number, model.number), None)
        if model.stands_in is None:  # loaded meanwhile
            self.ask(picture, model.number)
            return
        picture.others[model.number] = found
        self.answered.emit(picture)
        for panel in picture.panels:
            if panel.model == model.number and panel.status not in ACTIVE:
                self._runs.follow_target(picture, panel)

    def _take(
        self, picture: Picture, model: int, classifier: LoadedClassifier, found: Prediction
    ) -> None:
        self._asking.pop((picture.number, model), None)
        is_open = picture is self._album.picture or picture in self._album.pictures
        if not is_open or self._shelf.classifier(model) is not classifier:  # let go meanwhile
            return
        if not picture.is_current(found):
            self.ask(picture, model)
            return
        picture.others[model] = found
        self.answered.emit(picture)
        self._run_waiting(picture, model)
        self._ordered = [panel for panel in self._ordered if panel.model != model]

    def _fail(self, picture: Picture, model: int, failed: Failed) -> None:
        self._asking.pop((picture.number, model), None)
        self._refuse(picture, model, failed.sentence)

    def _on_model(self, number: int) -> None:
        """Go on with what waited for a model, or say why that will not come."""
        model = self._shelf[number]
        if model.is_other:
            self._start_over(model)
        for picture in dict.fromkeys((self._album.picture, *self._album.pictures)):
            if model.failure:
                self._refuse(picture, number)
            elif any(panel.model == number for panel in picture.panels):
                self.ask(picture, number)

    def _start_over(self, model: ShelvedModel) -> None:
        """Drop results of a session file whose model is another one by now; they run again."""
        model.is_other = False
        sentence = tr(
            "{model} is another model than the one whose results were shown; its panels run again.",
            model=model.name,
        )
        self._shelf.noted.emit(sentence)
        for picture in self._album.pictures:
            picture.forget_model(model.number)
            for panel in picture.panels:
                if panel.model == model.number:
                    self._runs.drop(panel)
                    forget(panel)
                    panel.held = None

    def _run_waiting(self, picture: Picture, model: int) -> None:
        """Run what waited for a model's answer; other results turn to the explained class."""
        for panel in picture.panels:
            if panel.model != model:
                continue
            waits = panel.status in (Status.EMPTY, Status.UNSUPPORTED)
            if waits or any(panel is ordered for ordered in self._ordered):
                self._runs.run(picture, panel)
            elif panel.answers_for != picture.target_of(panel):
                self._runs.follow_target(picture, panel)

    def _refuse(self, picture: Picture, model: int, why: str = "") -> None:
        for panel in picture.panels:
            if panel.model == model and panel.status is Status.EMPTY:
                self._runs.refuse(picture, panel, why or self.why_missing(panel))

    def _close(self, classifier: LoadedClassifier) -> None:
        """Give back what a model holds, after what still asks it."""

        def close() -> Iterator[None]:
            classifier.close()
            yield None

        self._loader.load(close, lambda _: None)
