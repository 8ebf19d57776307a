"""A line of text in as many words as there is room for; what is still too long is cut."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """Shows as much of its text as fits; the tooltip is left to whoever sets the text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._shorter: tuple[str, ...] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_lines(self, lines: Sequence[str]) -> None:
        """Show the first of these lines that there is room for; `text` is the first."""
        if tuple(lines[1:]) != self._shorter:
            self._shorter = tuple(lines[1:])
            self.update()
        super().setText(lines[0])

    def setText(self, text: str) -> None:
        self._shorter = ()
        super().setText(text)

    @property
    def shown(self) -> str:
        """What is seen of the text now."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        lines = (self.text(), *self._shorter)
        fitting = (line for line in lines if metrics.horizontalAdvance(line) <= width)
        line = next(fitting, lines[-1])
        return metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            self.alignment(),
            self.palette(),
            self.isEnabled(),
            self.shown,
            self.foregroundRole(),
        )
