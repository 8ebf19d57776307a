"""A menu of all methods."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.registry import methods


def method_menu(parent: QWidget, chosen: Callable[[str], object]) -> QMenu:
    """Make a menu that hands the name of a method on."""
    menu = QMenu(parent)
    for entry in methods:
        action = menu.addAction(entry.label)
        action.triggered.connect(lambda _=False, name=entry.name: chosen(name))
    return menu
