"""An offer across the top of the window: a sentence, and a button for each answer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from fragscope_explainers.translation import tr

from . import theme


class OfferBar(QFrame):
    """Offers to open a session that was left or replaced.

    Parameters
    ----------
    accept, decline : what each button says, and its tooltip.

    Signals (GUI thread)
    -------
    accepted() : it is to be opened.
    declined() : it is not.
    """

    accepted = Signal()
    declined = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        accept: tuple[str, str] = (tr("Restore"), tr("Open it in place of what is open")),
        decline: tuple[str, str] = (tr("Discard"), tr("Delete it")),
    ) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setAccessibleName(tr("Offer"))
        self.restore_button, self.discard_button = QPushButton(self), QPushButton(self)
        for button, (text, tip), signal in (
            (self.restore_button, accept, self.accepted),
            (self.discard_button, decline, self.declined),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.clicked.connect(lambda _=False, signal=signal: signal.emit())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * theme.SPACE, theme.SPACE, 2 * theme.SPACE, theme.SPACE)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self.restore_button)
        layout.addWidget(self.discard_button)
        self.hide()

    @property
    def text(self) -> str:
        """What is offered."""
        return self._text.text()

    def offer(self, sentence: str) -> None:
        """Show an offer; an empty sentence takes it away."""
        self._text.setText(sentence)
        self.setVisible(bool(sentence))
