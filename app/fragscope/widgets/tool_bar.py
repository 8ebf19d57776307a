"""The bar across the top of the window."""

from __future__ import annotations

from pathlib import Path

import qtawesome
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from fragscope_explainers.translation import tr
from fragscope_resources.samples import SAMPLES

from ..session import Session
from . import theme
from .actions import Actions
from .method_menu import MethodMenu
from .model_menu import ModelMenu
from .preset_menu import PresetMenu


class ToolBar(QToolBar):
    """Actions and menus.

    Signals (GUI thread)
    -------
    sample_chosen(Path) : a sample photo is to be opened.
    method_chosen(str) : a panel for this method is to be added.
    preset_chosen(object) : the panels of this `Preset` are to take the place of all.
    """

    sample_chosen = Signal(Path)
    method_chosen = Signal(str)
    preset_chosen = Signal(object)

    _is_built = False

    def __init__(
        self,
        actions: Actions,
        export: QMenu,
        theme_menu: QMenu,
        models: ModelMenu,
        parent: QWidget,
    ) -> None:
        super().__init__(tr("Main"), parent)
        self._actions = actions
        self.setObjectName("main")
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.file_button = self._add_menu(tr("File"), QMenu(self))
        self.addAction(actions["open"])
        self._add_icons("paste")
        self.samples_button = self._add_menu(tr("Samples"), self._samples())
        self._add_icons("undo", "redo")
        self.addSeparator()
        self.model_button = self._add_menu(tr("Model"), models)
        self.addSeparator()
        self.addActions([actions["run"], actions["stop"]])
        self._add_icons("fit")
        self.addSeparator()
        self.methods = MethodMenu(self, self.method_chosen.emit)
        self.methods_button = self._add_menu(tr("Add method"), self.methods)
        self.presets = PresetMenu(self)
        self.presets.chosen.connect(self.preset_chosen)
        self.presets_button = self._add_menu(tr("Presets"), self.presets)
        self.export_button = self._add_menu(tr("Export"), export)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.theme_button = self._add_menu(tr("Theme"), theme_menu)
        self.help_button = self._add_menu(tr("Help"), QMenu(self))
        self._describe()
        models.set_button(self.model_button)
        self._is_built = True
        self._colour_icons()

    def use(self, session: Session) -> None:
        """Ask this session what its model allows whenever a menu opens."""
        self.methods.why, self.presets.session = session.why_unsupported, session

    def set_file(self, menu: QMenu) -> None:
        """Say what the button for files offers."""
        self.file_button.setMenu(menu)

    def set_help(self, menu: QMenu) -> None:
        """Say what the button for help offers."""
        self.help_button.setMenu(menu)

    def show_run_state(self, session: Session) -> None:
        """Enable what can be done now; the run action also pauses and goes on."""
        actions = self._actions
        running, paused = session.is_running, session.is_paused
        results = any(panel.state for panel in session.panels)
        icon, text = ("mdi6.play", tr("Run again") if results else tr("Run"))
        if running:
            icon, text = "mdi6.pause", tr("Pause")
        actions.set_icon("run", icon, tr("Go on") if paused and not running else text)
        can_ask = bool(session.picture.failure) and session.image is not None
        actions["run"].setEnabled(
            bool(session.panels) and (session.prediction is not None or can_ask)
        )
        actions["stop"].setEnabled(running or paused)
        actions["export"].setEnabled(results)
        self.export_button.setEnabled(results)
        for part in (actions["fit"], self.methods_button, self.presets_button):
            part.setEnabled(session.image is not None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _colour_overflow(self) -> None:
        """Let Qt's button for what finds no room be seen in every theme."""
        button = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if button is not None:
            text = tr("More of the tool bar")
            button.setIcon(qtawesome.icon("mdi6.chevron-double-right", color=theme.current().text))
            button.setToolTip(text)
            button.setAccessibleName(text)

    def _colour_icons(self) -> None:
        """Draw all icons in the current theme's colours."""
        self._actions.colour_icons()
        self._colour_overflow()
        for button, icon in (
            (self.model_button, "mdi6.brain"),
            (self.theme_button, "mdi6.theme-light-dark"),
            (self.help_button, "mdi6.help-circle-outline"),
        ):
            button.setIcon(qtawesome.icon(icon, color=theme.current().text))

    def _describe(self) -> None:
        """Say what the menus are for."""
        for button, tip in (
            (self.file_button, tr("Open, save, and what was open before")),
            (self.samples_button, tr("Explain a sample photo")),
            (self.methods_button, tr("Add a panel for another method")),
            (self.presets_button, tr("Panels that answer a common question")),
            (self.export_button, tr("Write a report, a figure, scores or curves")),
            (self.theme_button, tr("Light, dark, or like the desktop")),
            (self.help_button, tr("Keys, hints, what the numbers mean")),
        ):
            button.setToolTip(tip)
            button.setAccessibleName(button.text())
        for button in (self.theme_button, self.help_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _add_icons(self, *names: str) -> None:
        """Add actions whose texts say more than there is room for."""
        for name in names:
            self.addAction(self._actions[name])
            button = self.widgetForAction(self._actions[name])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _add_menu(self, text: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setMenu(menu)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(button)
        return button

    def _samples(self) -> QMenu:
        menu = QMenu(self)
        for entry in SAMPLES:
            action = menu.addAction(f"{entry.label} ({entry.credit})")
            action.triggered.connect(lambda _=False, path=entry.path: self.sample_chosen.emit(path))
        return menu
