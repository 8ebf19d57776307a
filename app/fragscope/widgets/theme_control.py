"""Which theme the window has: the desktop's, light, or dark."""

from __future__ import annotations

from typing import cast, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from fragscope_explainers.translation import tr

from . import theme
from .theme import ThemeName

_TEXTS: dict[ThemeName, str] = {
    "system": tr("Like the desktop"),
    "light": tr("Light"),
    "dark": tr("Dark"),
}


class ThemeControl(QObject):
    """Applies a choice, and follows the desktop where that is the choice.

    Signals (GUI thread)
    -------
    changed(str) : another choice was made.
    """

    changed = Signal(str)

    def __init__(self, choice: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.choice = cast(ThemeName, choice)
        self._window = parent
        self._group = QActionGroup(self)
        for name in get_args(ThemeName):
            action = self._group.addAction(_TEXTS[name])
            action.setCheckable(True)
            action.setData(name)
            action.setChecked(name == choice)
            action.triggered.connect(lambda _=False, name=name: self.choose(name))
        QApplication.styleHints().colorSchemeChanged.connect(self._follow)

    def menu(self) -> QMenu:
        """The three choices."""
        menu = QMenu(self._window)
        menu.addActions(self._group.actions())
        return menu

    def choose(self, name: ThemeName) -> None:
        """Take a theme."""
        self.choice = name
        for action in self._group.actions():
            action.setChecked(action.data() == name)
        self._apply()
        self.changed.emit(name)

    def switch(self) -> None:
        """Go from light to dark or back."""
        self.choose("light" if theme.current() is theme.DARK else "dark")

    def _follow(self, *_: object) -> None:
        if self.choice == "system":
            self._apply()

    def _apply(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, self.choice)
