"""A menu of all methods, of which those that the model does not allow say why."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.registry import methods

Why = Callable[[str], str]
"""Why a method, by its name, cannot be used; empty where it can."""


class MethodMenu(QMenu):
    """Hands the name of a method on.

    Attributes
    ----------
    why : asked whenever the menu opens.
    """

    def __init__(
        self, parent: QWidget, chosen: Callable[[str], object], why: Why = lambda _: ""
    ) -> None:
        super().__init__(parent)
        self.why = why
        self._entries: dict[str, QAction] = {}
        self.setToolTipsVisible(True)
        for entry in methods:
            action = self._entries[entry.name] = self.addAction(entry.label)
            action.triggered.connect(lambda _=False, name=entry.name: chosen(name))
        self.aboutToShow.connect(self._refuse)

    def _refuse(self) -> None:
        """Disable what the model does not allow, with the reason as a tooltip."""
        for name, action in self._entries.items():
            why = self.why(name)
            action.setEnabled(not why)
            action.setToolTip(why or action.text())
