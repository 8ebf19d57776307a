"""What was opened lately, as a menu."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..recent import listed, remembered


class RecentMenu(QMenu):
    """Lists pictures, folders and sessions, newest first; those that are gone are dimmed.

    Signals (GUI thread)
    -------
    chosen(object) : this path is to be opened.
    changed() : the list is another one.
    """

    chosen = Signal(object)
    changed = Signal()

    def __init__(self, known: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(tr("Open recent"), parent)
        self.known = list(known)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def remember(self, path: Path) -> None:
        """Put a path on top."""
        self.known = remembered(self.known, path)
        self._tell()

    def forget_all(self) -> None:
        """Empty the list."""
        self.known = []
        self._tell()

    def fill(self) -> None:
        """List the paths as they are on the disk now."""
        self.clear()
        for entry in listed(self.known):
            text = entry.label if entry.is_there else tr("{label}: not found", label=entry.label)
            action = self.addAction(text.replace("&", "&&"))
            action.setToolTip(str(entry.path))
            action.setEnabled(entry.is_there)
            action.triggered.connect(lambda _=False, path=entry.path: self.chosen.emit(path))
        self.addSeparator()
        clear = self.addAction(tr("Clear the list"), self.forget_all)
        clear.setToolTip(tr("Forget what was opened; no file is touched"))
        self.menuAction().setEnabled(bool(self.known))

    def _tell(self) -> None:
        self.fill()
        self.changed.emit()
