"""A menu of sets of panels, of which those that the model does not allow say why."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..presets import PRESETS, TWO_MODELS, Preset, supported
from ..session import Session


class PresetMenu(QMenu):
    """Offers the presets.

    Signals (GUI thread)
    -------
    chosen(object) : the panels of this `Preset` are to take the place of all.
    second_model_wanted() : a model is to be asked for that is compared with the window's.
    """

    chosen = Signal(object)
    second_model_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self._entries: list[tuple[Preset, QAction]] = []
        self.setToolTipsVisible(True)
        for preset in (*PRESETS, TWO_MODELS):
            action = self.addAction(preset.label)
            action.triggered.connect(lambda _=False, preset=preset: self._choose(preset))
            self._entries.append((preset, action))
        self._another = self.addAction(tr("Two models, another one ..."))
        self._another.triggered.connect(lambda: self.second_model_wanted.emit())
        self.aboutToShow.connect(self.judge)
        self.judge()

    def judge(self) -> None:
        """Disable what can show nothing, with the reason as a tooltip."""
        for preset, action in self._entries:
            why = self._why_not(preset)
            action.setEnabled(not why)
            action.setToolTip(why or preset.question)
            if preset is TWO_MODELS:
                action.setText(self._compares())
        self._another.setToolTip(tr("Open a model to compare with the window's"))
        self._another.setVisible(self._second is not None)

    @property
    def _second(self) -> int | None:
        """The model of panels that was opened last, which is compared without asking."""
        known = [] if self.session is None else [m for m in self.session.shelf if not m.failure]
        return known[-1].number if known else None

    def _compares(self) -> str:
        """What the comparison is called: with the model that it would show."""
        if self.session is None or self._second is None:
            return TWO_MODELS.label
        name = self.session.name_on_shelf(self._second)
        return tr("{label}: {name}", label=TWO_MODELS.label, name=name)

    def _why_not(self, preset: Preset) -> str:
        if self.session is None:
            return ""
        kept, left_out = supported(preset.panels, self.session.why_unsupported)
        return "" if kept else left_out

    def _choose(self, preset: Preset) -> None:
        if preset is not TWO_MODELS or self.session is None:
            self.chosen.emit(preset)
        elif self._second is not None:
            self.session.compare_models(self._second)
        else:
            self.second_model_wanted.emit()
