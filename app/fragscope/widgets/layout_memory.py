"""Remembers how the parts of the window share its space, and which tab is in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QSplitter, QTabWidget

_EARLIER = {"Fragments": "fragments", "Map": "map", "Input": "input", "What if": "what if"}
"""Titles by which earlier versions remembered the tabs."""


class LayoutMemory:
    """Reads and sets the sizes of splitters and the tab in front.

    Parameters
    ----------
    splitters : by the name that the settings know them by.
    tabs : the tabs, each known by the object name of its widget.
    """

    def __init__(self, splitters: Mapping[str, QSplitter], tabs: QTabWidget) -> None:
        self._splitters, self._tabs = splitters, tabs

    @property
    def sizes(self) -> dict[str, list[int]]:
        """Sizes in pixels of the parts of every splitter; all 0 before it was shown."""
        found = {name: splitter.sizes() for name, splitter in self._splitters.items()}
        return {name: sizes for name, sizes in found.items() if any(sizes)}

    @property
    def tab(self) -> str:
        """Name of the tab in front, the same in every language."""
        front = self._tabs.currentWidget()
        return "" if front is None else front.objectName()

    def restore(self, sizes: Mapping[str, Sequence[int]], tab: str) -> None:
        """Take up what an earlier start left; what does not fit this window is ignored."""
        for name, splitter in self._splitters.items():
            stored = sizes.get(name, ())
            if len(stored) == splitter.count():
                splitter.setSizes(list(stored))
        names = tab_names(self._tabs)
        name = _EARLIER.get(tab, tab)
        if name and name in names:
            self._tabs.setCurrentIndex(names.index(name))


def tab_names(tabs: QTabWidget) -> list[str]:
    """Names of the tabs in their order: the object names of their widgets."""
    pages = (tabs.widget(index) for index in range(tabs.count()))
    return [page.objectName() for page in pages if page is not None]
