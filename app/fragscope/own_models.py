"""What a session does for panels that ask a model of their own. Only QtCore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance

from fragscope_explainers.access import why_unsupported
from fragscope_explainers.translation import tr

from .loading import Loader
from .model_choice import ModelChoice
from .models import ModelShelf
from .panel_models import PanelModels
from .panel_runs import PanelRuns
from .panel_set import PanelSet
from .panels import Panel, Status
from .pictures import Picture
from .preparation import Prediction
from .presets import TWO_MODELS, for_both
from .session_model import SessionModel

if TYPE_CHECKING:
    from .restoring import Restored


class OwnModels(SessionModel):
    """A part of `Session`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        noticed: SignalInstance
        panels_changed: SignalInstance
        _runs: PanelRuns

        @property
        def picture(self) -> Picture: ...
        @property
        def panels(self) -> PanelSet: ...
        def panel(self, number: int) -> Panel: ...
        def label(self, target: int) -> str: ...
        def run_all(self) -> None: ...

    def add_shelf(self, loader: Loader) -> None:
        """Make the shelf, empty."""
        self.shelf = ModelShelf(self.precision, self)
        self._models_of_panels = PanelModels(self.shelf, self.album, self._runs, loader, self)
        self.shelf.noted.connect(self._note)
        self.shelf.changed.connect(lambda _: self.panels_changed.emit())
        self._models_of_panels.answered.connect(lambda _: self.panels_changed.emit())

    def tidy_models(self) -> None:
        """Let models go that no panel asks any more."""
        self._models_of_panels.tidy()

    def prediction_of(self, panel: Panel) -> Prediction | None:
        """What a panel's model says of the picture in front: its own, or the window's."""
        return self.picture.prediction_of(panel)

    def label_of(self, panel: Panel, target: int) -> str:
        """Name of a class of a panel's model."""
        return self.label(target) if panel.model is None else self.picture.label_of(panel, target)

    def model_name(self, panel: Panel) -> str:
        """Name of a panel's own model; empty where that is the window's."""
        return "" if panel.model is None else self.name_on_shelf(panel.model)

    def name_on_shelf(self, number: int) -> str:
        """What to call a model of panels; by its file where another one has the same name."""
        own = self.shelf[number]
        names = [model.name for model in self.shelf if model is not own]
        names += [] if self.classifier is None else [self.classifier.name]
        return own.file_name if own.name in names else own.name

    def why_unsupported(self, method: str, panel: Panel | None = None) -> str:
        """Why a method cannot explain a panel's model, or the window's; empty where it can."""
        own = None if panel is None else panel.model
        model = self.classifier if own is None else self.shelf.classifier(own)
        return "" if model is None else why_unsupported(method, model)

    def likely_class(self, panel: Panel) -> int | None:
        """What a panel's own model predicts, where it has no class of the window's name."""
        prediction = self.prediction_of(panel)
        lacks = panel.model is not None and self.picture.target_of(panel) is None
        known = prediction is not None and prediction.can_ask and self.picture.target is not None
        if prediction is None or not (lacks and known):
            return None
        return None if self.why_unsupported(panel.method.name, panel) else prediction.top[0]

    def why_missing(self, panel: Panel) -> str:
        """Why a panel only shows what a session file held, and what to do; else empty."""
        return self._models_of_panels.why_missing(panel)

    def why_not_opened(self, panel: Panel) -> str:
        """Why a panel's own model could not be opened; empty where that was not tried."""
        return "" if panel.model is None else self.shelf[panel.model].failure

    def compare_models(self, model: int) -> None:
        """Show the panels of `TWO_MODELS` for the window's model and for one of the shelf.

        A method that one of them does not allow is replaced, and that is said.
        """
        self.shelf.wake(model)
        name, other = self.name_on_shelf(model), self.shelf.classifier(model)

        def why(method: str) -> str:
            unfit = "" if other is None else why_unsupported(method, other)
            return self.why_unsupported(method) or unfit

        choices, sentence = for_both(TWO_MODELS.panels, why, name)
        self._tell("panels", tr("compare with {name}", name=name))
        for panel in self.panels:
            self._runs.drop(panel)
        self.panels.replace(())
        for choice in choices:
            self.panels.add(choice)
            self.panels.add(choice, model)
        self.tidy_models()
        self.panels_changed.emit()
        if sentence:
            self.noticed.emit(sentence)
        self.run_all()

    def load_extra_model(self, choice: ModelChoice) -> int:
        """Load a model beside the window's, for panels; gives its number on the shelf."""
        return self.shelf.put(choice)

    def adopt_models(self, restored: Restored) -> None:
        """Give models of a session file numbers of the shelf, in the panels of its pictures, too.

        None of them is loaded, and none that is loaded is asked.
        """
        numbers = {
            model.number: self.shelf.adopt(model.choice, model.facts, model.stands_in)
            for model in restored.models
        }
        for picture in restored.pictures:
            for panel in picture.panels:
                panel.model = None if panel.model is None else numbers[panel.model]
            picture.others = {numbers[n]: found for n, found in picture.others.items()}
            picture.other_answers = {numbers[n]: a for n, a in picture.other_answers.items()}

        for panel in restored.front.panels:
            known = None if panel.model is None else self.shelf.classifier(panel.model)
            if known is not None and panel.status is Status.EMPTY:
                panel.status = Status.CANCELLED  # an empty one would run by itself

    def set_panel_model(self, number: int, model: int | None) -> None:
        """Let a panel ask another model, or the window's where None, and run it.

        Its class is the one that has the name of the window's.
        """
        panel = self.panel(number)
        if model == panel.model:
            return
        to = tr("the window's model") if model is None else self.name_on_shelf(model)
        self._tell(
            "panels", tr("let {names} explain {to}", names=self.panels.names()[number], to=to)
        )
        self._models_of_panels.hold(self.picture, panel, model)
        self.panels_changed.emit()
