"""A sentence across the top of the window, gone when dismissed."""

from __future__ import annotations

import qtawesome
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from . import theme


class NoticeBar(QFrame):
    """Shows the newest notice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setAccessibleName("Notice")
        close = QToolButton(self)
        close.setAutoRaise(True)
        close.setIcon(qtawesome.icon("mdi6.close", color=theme.current().muted))
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss notice")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_text(self, sentence: str) -> None:
        """Show a sentence in place of an earlier one."""
        self._text.setText(sentence)
        self.show()
