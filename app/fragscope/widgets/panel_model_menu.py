"""Which model a panel asks: the window's, or one of its own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..session import Session
from .choices import Choices


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
        choices, current = Choices(self), session.panel(self._number).model
        use = partial(partial, session.set_panel_model, self._number)
        window = session.classifier.name if session.classifier is not None else tr("none yet")
        choices.offer(
            tr("The window's ({window})", window=window), use(None), chosen=current is None
        )
        for model in session.shelf:
            number, tip = model.number, model.choice.text
            choices.offer(
                session.name_on_shelf(number), use(number), chosen=current == number, tip=tip
            )
        self.addSeparator()
        other = self.addAction(tr("Another model ..."))
        other.setToolTip(tr("Load another model for this panel; the others keep theirs"))
        other.triggered.connect(lambda: self.other_wanted.emit())
