"""Asks for a model that one panel is to have beside the window's."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr

from ..jobs import Failed
from ..model_choice import ModelChoice
from ..session import Session
from .model_chooser import ModelChooser


class PanelModelChooser(ModelChooser):
    """Gives a panel the model once it is there, or compares it with the window's.

    A model that cannot be loaded changes nothing.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session.shelf.loading, parent)
        self._session = session
        self._panel: int | None = None
        self._wanted: int | None = None
        self._doubted: ModelChoice | None = None
        self.chosen.connect(self._put)
        session.shelf.changed.connect(self._give)

    def choose_for(self, number: int) -> None:
        """Ask for the model of the panel of this number."""
        self._panel, self._wanted, self._doubted = number, None, None
        name = self._session.panels.names()[number]
        self.setWindowTitle(tr("Open a model for {name} - FragScope", name=name))
        self.offer()

    def choose_second(self) -> None:
        """Ask for a model whose panels are to stand beside those of the window's."""
        self._panel, self._wanted, self._doubted = None, None, None
        self.setWindowTitle(tr("Open a second model - FragScope"))
        self.offer()

    def _on_failed(self, choice: ModelChoice, failed: Failed) -> None:
        """Follow a run that opens its panel's model: trust may be asked for."""
        if not self.isVisible():
            self._doubt(choice)
        super()._on_failed(choice, failed)

    def _doubt(self, choice: ModelChoice) -> None:
        session, self._doubted = self._session, choice
        own = {panel.number: panel.model for panel in session.panels if panel.model is not None}
        asks = (number for number, model in own.items() if session.shelf[model].choice == choice)
        self._panel, self._wanted = next(asks, None), None

    def _put(self, choice: ModelChoice) -> None:
        doubted = self._doubted
        if doubted is not None and (choice.spec, choice.settings) == (doubted.spec, {}):
            self._session.load_extra_model(replace(doubted, trusted=choice.trusted))
            return
        self._wanted = self._session.load_extra_model(choice)
        self._give(self._wanted)

    def _give(self, model: int) -> None:
        """Let the panel have its model, if it is still there and the model has come."""
        session = self._session
        if model != self._wanted or session.shelf.classifier(model) is None:
            return
        self._wanted = None
        if self._panel is None:
            session.compare_models(model)
        elif self._panel in {panel.number for panel in session.panels}:
            session.set_panel_model(self._panel, model)
        self.accept()
