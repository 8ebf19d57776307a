"""How large text and controls are: a choice for screens that the desktop does not enlarge."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..settings import SIZES


class SizeMenu(QMenu):
    """Sizes in percent of the desktop's; Qt takes another one at its start only.

    Signals (GUI thread)
    -------
    chosen(int) : another size is wanted from the next start on.
    """

    chosen = Signal(int)

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(tr("Size of text and controls"), parent)
        self.size_wanted = size
        group = QActionGroup(self)
        for percent in SIZES:
            action = group.addAction(tr("{percent} %", percent=percent))
            action.setCheckable(True)
            action.setChecked(percent == size)
            action.triggered.connect(lambda _=False, percent=percent: self._choose(percent))
        self.addActions(group.actions())

    def _choose(self, percent: int) -> None:
        if percent != self.size_wanted:
            self.size_wanted = percent
            self.chosen.emit(percent)
