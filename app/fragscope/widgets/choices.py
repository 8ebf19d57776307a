"""Entries of a menu of which one is chosen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu


class Choices:
    """Adds such entries to a menu, which then shows the one that holds now."""

    def __init__(self, menu: QMenu) -> None:
        self._menu = menu
        self._group = QActionGroup(menu)

    def offer(
        self, text: str, choose: Callable[[], object], *, chosen: bool, tip: str = ""
    ) -> QAction:
        """Add an entry.

        Parameters
        ----------
        choose : called when people pick it.
        chosen : whether it is the one that holds now.
        tip : its tooltip; the text itself where that may be cut short.
        """
        action = self._menu.addAction(text)
        action.setToolTip(tip or text)
        action.setCheckable(True)
        action.setChecked(chosen)
        action.setActionGroup(self._group)
        action.triggered.connect(lambda: choose())
        return action
