"""The bar across the top of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from fragscope_explainers.registry import methods
from fragscope_resources.samples import SAMPLES

from ..presets import PRESETS
from .actions import Actions


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

    def __init__(self, actions: Actions, export: QMenu, parent: QWidget) -> None:
        super().__init__("Main", parent)
        self.setObjectName("main")
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addActions([actions["open"], actions["paste"]])
        self._add_menu("Samples", self._samples())
        self.addSeparator()
        self.addActions([actions["run"], actions["stop"], actions["fit"]])
        self.addSeparator()
        self.methods_button = self._add_menu("Add method", self._methods())
        self.presets_button = self._add_menu("Presets", self._presets())
        self.export_button = self._add_menu("Export", export)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addActions([actions["theme"], actions["help"]])

    def _add_menu(self, text: str, menu: QMenu) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(button)
        return button

    def _samples(self) -> QMenu:
        menu = QMenu(self)
        for entry in SAMPLES:
            action = menu.addAction(f"{entry.label} ({entry.credit})")
            action.triggered.connect(lambda _=False, path=entry.path: self.sample_chosen.emit(path))
        return menu

    def _methods(self) -> QMenu:
        menu = QMenu(self)
        for entry in methods:
            action = menu.addAction(entry.label)
            action.triggered.connect(lambda _=False, name=entry.name: self.method_chosen.emit(name))
        return menu

    def _presets(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for preset in PRESETS:
            action = menu.addAction(preset.label)
            action.setToolTip(preset.question)
            action.triggered.connect(lambda _=False, preset=preset: self.preset_chosen.emit(preset))
        return menu
