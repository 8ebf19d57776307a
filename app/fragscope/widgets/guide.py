"""What helps people to find their way: commands, keys, hints, explanations, what is installed."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..commands import Command, Verbs, gather
from ..environment import software
from ..session import Session
from .actions import SPECS, Actions
from .command_palette import CommandPalette
from .curves_view import CurvesView
from .help_window import HelpWindow
from .hints import Hints
from .key_sheet import KeySheet
from .panel_grid import PanelGrid
from .panel_header import REQUESTS
from .side_bar import SideBar
from .text_window import TextWindow
from .tool_bar import ToolBar
from .tour import tour


class Guide(QObject):
    """Joins the helpers with a window, and is what the button for help offers.

    Parameters
    ----------
    parts : the window's panels, side bar, curves and tool bar, which the hints and commands are of.
    """

    def __init__(
        self,
        session: Session,
        actions: Actions,
        parts: tuple[PanelGrid, SideBar, CurvesView, ToolBar],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._actions, self._window = session, actions, window
        self._grid, self._side, self._curves, self._tools = parts
        self.hints_seen = False
        """Whether the hints were shown to their end, or skipped."""
        self.palette = CommandPalette(self._commands, window)
        self.keys = KeySheet(window)
        self.hints = Hints(tour(*parts[:3]), window)
        self._hint_action = QAction(tr("Hints"), self)
        self.menu = self._menu()
        self._tools.set_help(self.menu)
        actions.connect("palette", self.palette.toggle)
        actions.connect("help", self.keys.toggle)
        session.panel_changed.connect(self._look_around)
        session.image_changed.connect(lambda: self._hint_action.setEnabled(True))
        self.hints.ended.connect(self._end_hints)

    def show_help(self) -> HelpWindow:
        """Explain how to do what, with pictures."""
        window = HelpWindow(self._window)
        window.show()
        return window

    def show_about(self) -> TextWindow:
        """Tell versions, device and engine; looking them up is the worker's part."""
        window = TextWindow(
            tr("About"),
            tr("{about}\n\nLooking ...", about=self._about()),
            self._window,
            copies=True,
        )
        window.show()
        there = [window]
        window.destroyed.connect(lambda: there.clear())

        def show(found: list[tuple[str, str, bool]]) -> None:
            lines = "\n".join(f"- {name}: {value}" for name, value, _ in found)
            for shown in there:
                shown.show_text(f"{self._about()}\n\n{lines}")

        self._session.in_background(lambda: list(software()), show)
        return window

    # -- inside -----------------------------------------------------------------------------

    def _about(self) -> str:
        """What answers for the picture now."""
        classifier = self._session.classifier
        if classifier is None:
            return tr("# FragScope\n\nThe model is still loading.")
        engine = classifier.engine_name if classifier.engine is None else classifier.engine.name
        return tr(
            "# FragScope\n\nWhich parts made this classifier say that, and can I believe it?\n\n"
            "- model: {name}\n- engine: {engine}\n- device: {device}",
            name=classifier.name,
            engine=engine,
            device=classifier.device,
        )

    def _look_around(self, *_: object) -> None:
        """Show the hints as soon as there is a map to explain, once."""
        panels = self._grid.shown_panels()
        if not self.hints_seen and panels and panels[0].scale.isVisible():
            self._session.panel_changed.disconnect(self._look_around)
            self.hints.start()

    def _end_hints(self) -> None:
        self.hints_seen = True

    def _menu(self) -> QMenu:
        menu = QMenu(self._window)
        menu.addActions([self._actions["palette"], self._actions["help"]])
        menu.addSeparator()
        menu.addAction(tr("How to, with pictures"), self.show_help)
        menu.addAction(self._hint_action)
        menu.addSeparator()
        menu.addAction(tr("About FragScope"), self.show_about)
        self._hint_action.setEnabled(False)
        self._hint_action.triggered.connect(self.hints.start)
        return menu

    # -- commands ---------------------------------------------------------------------------

    def _commands(self) -> Iterator[Command]:
        tools = self._tools
        verbs = Verbs(
            open_sample=lambda sample: tools.sample_chosen.emit(sample.path),
            add_method=tools.method_chosen.emit,
            use_preset=tools.preset_chosen.emit,
            show_colours=self._side.display.colour_map.setCurrentText,
            ask_panel=lambda number, request: self._grid.panels[number].header.ask(request),
            show_difference=self._grid.show_difference,
        )
        yield from self._actions_now()
        if tools.export_button.isEnabled():
            yield from _of_menu(tools.export_button.menu(), tr("Export"))
            yield from _of_menu(self._curves.tools.menu, tr("Curves"))
        yield from _of_menu(tools.theme_button.menu(), tr("Theme"))
        yield from _of_menu(self.menu, tr("Help"))
        yield from gather(self._session, verbs, REQUESTS)

    def _actions_now(self) -> Iterator[Command]:
        """The window's actions that can be triggered now; of panels only those that are there."""
        missing = {f"panel {place}" for place in range(len(self._session.panels) + 1, 10)}
        for spec in SPECS:
            action = self._actions[spec.name]
            if action.isEnabled() and spec.group != tr("Help") and spec.name not in missing:
                keys = tr(" or ").join(spec.keys)
                yield Command(action.text(), spec.group, action.trigger, keys, spec.tip)


def _of_menu(menu: QMenu, kind: str) -> Iterator[Command]:
    """The rows of a menu, and of the menus in it, that can be chosen now."""
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _of_menu(inner, inner.title())
        elif action.isEnabled() and not action.isSeparator():
            keys = tr(" or ").join(key.toString() for key in action.shortcuts())
            yield Command(action.text(), kind, action.trigger, keys)
