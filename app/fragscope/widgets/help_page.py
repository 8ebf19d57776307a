"""A page of text with pictures that are never wider than it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QResizeEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from . import theme

_MARGIN = 4 * theme.SPACE


class HelpPage(QTextBrowser):
    """Shows markdown, and marks words in it.

    Parameters
    ----------
    pictures : folder of the pictures.
    """

    def __init__(self, pictures: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._text, self._words, self._room = "", "", 0
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.document().setDocumentMargin(_MARGIN)
        self.setOpenExternalLinks(True)

    def show_text(self, text: str, words: str = "") -> None:
        """Show markdown from its beginning, with some words marked."""
        self._text, self._words = text, words
        self._draw()
        self.verticalScrollBar().setValue(0)

    def find_next(self) -> None:
        """Go to the next place of the first marked word; after the last comes the first."""
        words = self._words.split()
        if words and not self.find(words[0]):
            self.moveCursor(QTextCursor.MoveOperation.Start)
            self.find(words[0])

    @property
    def marks(self) -> int:
        """How many places are marked."""
        return len(self.extraSelections())

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """A picture as wide as the page at most; it is scaled smoothly, as the page would not."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        file_name = name.fileName() if isinstance(name, QUrl) else name
        picture = QImage(str(self._pictures / file_name))
        sharpness = self.devicePixelRatioF()
        room = round(self._width() * sharpness)
        if picture.width() > room:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(sharpness)
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar = self.verticalScrollBar()
        share = bar.value() / max(bar.maximum(), 1)
        super().resizeEvent(event)
        if self._width() != self._room and self._text:
            self._draw()
            bar.setValue(round(share * bar.maximum()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._text:
            self._draw()

    # -- inside -----------------------------------------------------------------------------

    def _width(self) -> int:
        """Room for a picture in pixels; that of the scroll bar is left, whether it is there."""
        bar = self.verticalScrollBar().sizeHint().width()
        return max(self.width() - bar - 2 * _MARGIN, 50)

    def _draw(self) -> None:
        self._room = self._width()
        self.setMarkdown(self._text)
        self.document().setDocumentMargin(_MARGIN)
        self._mark()

    def _mark(self) -> None:
        """Mark the words wherever they stand."""
        found: list[QTextEdit.ExtraSelection] = []
        for word in self._words.split():
            cursor = self.document().find(word)
            while not cursor.isNull():
                selection = QTextEdit.ExtraSelection()
                selection.cursor = cursor
                selection.format.setBackground(QColor(theme.current().accent))
                selection.format.setForeground(QColor(theme.current().on_accent))
                found.append(selection)
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(found)
