"""Remembers how the parts of the window share its space, and which tab is in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QSplitter, QTabWidget


class LayoutMemory:
    """Reads and sets the sizes of splitters and the tab in front.

    Parameters
    ----------
    splitters : by the name that the settings know them by.
    tabs : the tabs, which are known by their titles.
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
        """Title of the tab in front."""
        return self._tabs.tabText(self._tabs.currentIndex())

    def restore(self, sizes: Mapping[str, Sequence[int]], tab: str) -> None:
        """Take up what an earlier start left; what does not fit this window is ignored."""
        for name, splitter in self._splitters.items():
            stored = sizes.get(name, ())
            if len(stored) == splitter.count():
                splitter.setSizes(list(stored))
        titles = [self._tabs.tabText(index) for index in range(self._tabs.count())]
        if tab in titles:
            self._tabs.setCurrentIndex(titles.index(tab))
