"""Which class a panel explains: the window's, or one of its own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from fragscope_explainers.translation import tr

from ..class_words import named_percent
from ..session import Session

_OFFERED = 5
"""Classes that can be chosen at once, most probable first."""


class ClassMenu(QMenu):
    """Offers to follow the window, to hold its class, or to take another one.

    Signals (GUI thread)
    -------
    search_wanted() : the class is to be looked for among all of them.
    """

    search_wanted = Signal()

    def __init__(self, session: Session, number: int, parent: QWidget | None = None) -> None:
        super().__init__(tr("Class"), parent)
        self._session, self._number = session, number
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what can be chosen now."""
        session = self._session
        self.clear()
        panel = session.panel(self._number)
        prediction, target = session.prediction_of(panel), session.target
        if prediction is None or target is None:
            self.addAction(tr("no class is explained yet")).setEnabled(False)
            return
        group, held, label = QActionGroup(self), panel.held, partial(session.label_of, panel)
        same = session.picture.as_panel_counts(panel, target)
        self._offer(
            group,
            tr("Follow the window ({label})", label=session.label(target)),
            None,
            held is None,
        )
        if same is not None:
            self._offer(group, tr("Hold {label}", label=label(same)), same, held == same)
        self.addSeparator()
        others = dict.fromkeys([*([] if held is None else [held]), *prediction.top])
        for index in [index for index in others if index != same][:_OFFERED]:
            text = named_percent(prediction, label, index)
            self._offer(group, text, index, held == index)
        self.addSeparator()
        search = self.addAction(tr("Choose ..."))
        search.setToolTip(tr("Find one of all classes for this panel"))
        search.triggered.connect(lambda: self.search_wanted.emit())

    def _offer(self, group: QActionGroup, text: str, target: int | None, chosen: bool) -> None:
        action = self.addAction(text)
        action.setCheckable(True)
        action.setChecked(chosen)
        action.setActionGroup(group)
        action.triggered.connect(lambda: self._session.hold(self._number, target))
