"""A sentence across the top of the window, gone when dismissed."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from fragscope_explainers.translation import tr

from . import theme


class NoticeBar(QFrame):
    """Shows the newest notice."""

    _close: QToolButton | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setAccessibleName(tr("Notice"))
        self._close = close = QToolButton(self)
        close.setAutoRaise(True)
        close.setToolTip(tr("Dismiss"))
        close.setAccessibleName(tr("Dismiss notice"))
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(close)
        self._colour_icons()
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_text(self, sentence: str) -> None:
        """Show a sentence in place of an earlier one; an empty one takes it away."""
        self._text.setText(sentence)
        self.setVisible(bool(sentence))

    def withdraw(self, sentence: str) -> None:
        """Take a sentence away, if it is the one that is shown."""
        if sentence == self.text:
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _colour_icons(self) -> None:
        if self._close is not None:  # a palette may come before the button
            self._close.setIcon(qtawesome.icon("mdi6.close", color=theme.current().muted))
