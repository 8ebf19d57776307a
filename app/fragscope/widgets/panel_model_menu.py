"""Which model a panel asks: the window's, or one of its own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..session import Session


class PanelModelMenu(QMenu):
    """Offers the window's model, those that were loaded for panels, and to look for another one.

    Signals (GUI thread)
    -------
    other_wanted() : a model that is not listed is to be chosen.
    """

    other_wanted = Signal()

    def __init__(self, session: Session, number: int, parent: QWidget | None = None) -> None:
        super().__init__(tr("Model"), parent)
        self._session, self._number = session, number
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what can be chosen now."""
        session = self._session
        self.clear()
        group, current = QActionGroup(self), session.panel(self._number).model
        window = session.classifier.name if session.classifier is not None else tr("none yet")
        self._offer(group, tr("The window's ({window})", window=window), None, current is None)
        for model in session.shelf:
            self._offer(group, model.name, model.number, current == model.number, model.choice.text)
        self.addSeparator()
        other = self.addAction(tr("Another model ..."))
        other.setToolTip(tr("Load another model for this panel; the others keep theirs"))
        other.triggered.connect(lambda: self.other_wanted.emit())

    def _offer(
        self, group: QActionGroup, text: str, model: int | None, chosen: bool, tip: str = ""
    ) -> None:
        action = self.addAction(text)
        action.setToolTip(tip or text)
        action.setCheckable(True)
        action.setChecked(chosen)
        action.setActionGroup(group)
        action.triggered.connect(lambda: self._session.set_panel_model(self._number, model))
