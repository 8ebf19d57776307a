"""The button that names the model, and the menu under it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from fragscope_explainers.translation import tr

from ..model_choice import DEFAULT_MODEL, ModelChoice
from ..model_words import as_specification
from ..session import Session
from .model_chooser import ModelChooser

_MOST_CHARACTERS = 24
MOST_RECENT = 8


class ModelMenu(QMenu):
    """Opens a model, or one of those used lately.

    Signals (GUI thread)
    -------
    input_wanted() : what the model sees is to be shown.
    """

    input_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.chooser = ModelChooser(session.models, parent)
        self.chooser.chosen.connect(session.load_model)
        self.recent: list[str] = []
        """Specifications used lately, newest first; none that runs a program."""
        self._button: QToolButton | None = None
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._build)
        session.models.loaded.connect(self._remember)
        for signal in (session.models.started, session.models.cancelled, session.model_changed):
            signal.connect(self.name_button)

    def set_button(self, button: QToolButton) -> None:
        """Say on this button which model is in use."""
        self._button = button
        self.name_button()

    def name_button(self, *_: object) -> None:
        """Show the model in use, or that one is on its way."""
        if self._button is None:
            return
        classifier = self._session.classifier
        name = "Loading ..." if self._session.models.is_busy else "No model"
        if classifier is not None:
            name = classifier.name + (" ..." if self._session.models.is_busy else "")
        short = name if len(name) <= _MOST_CHARACTERS else name[: _MOST_CHARACTERS - 1] + "…"
        self._button.setText(short)
        self._button.setAccessibleName(tr("Model: {name}", name=name))
        self._button.setToolTip(tr("Model: {name}. Open another one", name=name))

    def ask(self, spec: str = "") -> None:
        """Ask for a model, this one at first."""
        self.chooser.set_recent(self.recent)
        self.chooser.offer(spec or self._session.model_spec)

    def open_file(self, path: Path) -> None:
        """Open a model's file that was dropped or given, and follow it in the form."""
        self.ask(as_specification(str(path)))
        self.chooser.load()

    def _remember(self, choice: ModelChoice, _: object) -> None:
        text = self._session.classifier.spec if self._session.classifier else choice.spec
        if text and not choice.trusted and text != DEFAULT_MODEL:
            others = [spec for spec in self.recent if spec != text]
            self.recent = [text, *others][:MOST_RECENT]

    def _build(self) -> None:
        self.clear()
        self.addAction(tr("Open a model ..."), self.ask)
        self.addAction(tr("What the model sees"), self.input_wanted.emit)
        self.addSeparator()
        self._offer(DEFAULT_MODEL, tr("EfficientNet-Lite0 (bundled)"))
        for spec in self.recent:
            self._offer(spec, spec)

    def _offer(self, spec: str, text: str) -> None:
        action = self.addAction(text.replace("&", "&&"))
        action.setToolTip(spec)
        action.setCheckable(True)
        action.setChecked(self._session.classifier is not None and spec == self._session.model_spec)
        action.triggered.connect(lambda: self._session.load_model(ModelChoice(spec)))
