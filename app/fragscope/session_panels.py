"""What a session does where people add, change, move and remove panels. Only QtCore."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SignalInstance

from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr

from .changes import Change, PartName
from .own_models import OwnModels
from .panels import Panel, Status
from .presets import Choice, supported


class SessionPanels(OwnModels):
    """A part of `Session`, which tells what it uses of the rest."""

    if TYPE_CHECKING:
        changing: SignalInstance
        panel_added: SignalInstance
        panel_changed: SignalInstance

        def target_of(self, panel: Panel) -> int | None: ...
        def run(self, panel: Panel) -> None: ...

    def names(self) -> dict[int, str]:
        """What to call each panel, by number, with a model or a class of its own where it has."""
        found = self.panels.names()
        for panel in self.panels:
            found[panel.number] += f", {self.model_name(panel)}" if panel.model is not None else ""
            if panel.held is not None:
                found[panel.number] += f": {self.label_of(panel, panel.held)}"
        return found

    def panel(self, number: int) -> Panel:
        """The panel of this number; KeyError where it was removed."""
        return self.panels.of(number)

    def add_panel(self, name: str) -> None:
        """Add a panel for a method and run it."""
        self._tell("panels", tr("add {label}", label=methods.method(name).label))
        panel = self.panels.add((name, {}))
        self.panels_changed.emit()
        self.panel_added.emit(panel.number)
        self.run(panel)

    def duplicate_panel(self, number: int) -> None:
        """Add a copy of a panel with what it shows; it runs if it has nothing whole to show."""
        self._tell("panels", tr("duplicate {names}", names=self.panels.names()[number]))
        panel = self.panels.duplicate(number)
        self.panels_changed.emit()
        self.panel_added.emit(panel.number)
        if panel.status is not Status.FINISHED:
            self.run(panel)

    def move_panel(self, number: int, place: int) -> None:
        """Put a panel in another place of the order."""
        if self.panels.place(number) == max(0, min(place, len(self.panels) - 1)):
            return
        self._tell("panels", tr("move {names}", names=self.panels.names()[number]))
        self.panels.move(number, place)
        self.panels_changed.emit()

    def use_panels(self, choices: Iterable[Choice]) -> None:
        """Put others in the place of all panels, and run them; what no model allows is left out."""
        wanted, left_out = supported(choices, self.why_unsupported)
        if left_out:
            self.noticed.emit(left_out)
        if not wanted:
            return
        self._tell("panels", tr("show other panels"))
        for panel in self.panels:
            self._runs.drop(panel)
        self.panels.replace(wanted)
        self.tidy_models()
        self.panels_changed.emit()
        self.run_all()

    def remove_panel(self, number: int) -> None:
        """Remove a panel and end its run."""
        self._tell("panels", tr("remove {names}", names=self.panels.names()[number]))
        self._runs.drop(self.panel(number))
        self.panels.remove(number)
        self.tidy_models()
        self.panels_changed.emit()
        self.album.go_on()

    def configure(self, number: int, name: str, settings: dict[str, Any]) -> None:
        """Give a panel another method or other parameters, and run it."""
        panel, called = self.panel(number), self.panels.names()[number]
        if panel.method.name != name:
            self._tell(
                "panels",
                tr("replace {called} by {label}", called=called, label=methods.method(name).label),
            )
        elif panel.settings != settings:
            self._tell("panels", tr("change {called}'s parameters", called=called))
        self._runs.drop(panel)
        if panel.method.name != name:
            panel.state = None
        panel.method, panel.settings = methods.method(name), settings
        self.panels_changed.emit()
        self.run(panel)

    def double_masks(self, number: int) -> None:
        """Run a panel with twice its masks; methods without masks just run again."""
        panel = self.panel(number)
        settings = dict(panel.settings)
        if panel.state is not None and hasattr(panel.state.explainer, "masks"):
            settings["masks"] = 2 * panel.state.snapshot.total
        self.configure(number, panel.method.name, settings)

    def hold(self, number: int, target: int | None) -> None:
        """Let a panel explain a class whatever the window does; None lets it follow again."""
        panel = self.panel(number)
        if target == panel.held:
            return
        name = self.panels.names()[number]
        to = (
            tr("let {name} follow the window", name=name)
            if target is None
            else tr("hold {name} at {label}", name=name, label=self.label_of(panel, target))
        )
        self._tell("panels", to)
        panel.held = target
        self.panel_changed.emit(number)
        if panel.state is None or panel.state.target != self.target_of(panel):
            self._runs.follow_target(self.picture, panel)

    def _tell(self, part: PartName, text: str, key: str = "") -> None:
        """Say what people are about to change."""
        self.changing.emit(Change(part, text, key))
