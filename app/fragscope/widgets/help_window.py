"""The help in a window beside the main one: topics, a field that searches them, and a page."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import folders, language, tr
from fragscope_resources.help_page import PICTURES, Topic, topics

from . import theme
from .described import describe
from .help_page import HelpPage

_SIZE = (240 * theme.SPACE, 165 * theme.SPACE)
_LIST_WIDTH = 60 * theme.SPACE
_TOPIC = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class HelpWindow(QDialog):
    """Shows one topic at a time; the main window can be used meanwhile.

    Arrow keys in the field go through the topics, Return goes from place to place of the searched
    word, Esc clears the field and then closes.
    """

    def __init__(self, parent: QWidget, pictures: Path = PICTURES) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Help - FragScope"))
        self.field, self.list = QLineEdit(self), QListWidget(self)
        self.page = HelpPage(pictures, self)
        self._nothing = QLabel(tr("No topic has all of these words."), self)
        self._topics = topics(language(), folders())
        self._build()
        self._lay_out()
        self._search("")
        self.field.setFocus()

    @property
    def topic(self) -> Topic | None:
        """The topic that is shown."""
        item = self.list.currentItem()
        return cast(Topic, item.data(_TOPIC)) if item is not None else None

    def show_topic(self, title: str) -> None:
        """Show a topic, whatever is searched; an unknown title changes nothing."""
        self.field.clear()
        for item in self.list.findItems(title, Qt.MatchFlag.MatchExactly):
            self.list.setCurrentItem(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys go through the topics while the field has the focus."""
        pressed = watched is self.field and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            QApplication.sendEvent(self.list, event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
            self.field.setFocus()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # would close a dialog
            super().keyPressEvent(event)

    # -- inside -----------------------------------------------------------------------------

    def _search(self, words: str) -> None:
        """List the topics that have all words, and stay on the one that is shown if it has."""
        before = self.topic
        found = [topic for topic in self._topics if topic.has(words)]
        self.list.blockSignals(True)
        self.list.clear()
        for topic in found:
            item = QListWidgetItem(topic.title, self.list)
            item.setData(_TOPIC, topic)
            item.setSizeHint(QSize(0, 6 * theme.SPACE))
        self.list.setCurrentRow(found.index(before) if before in found else 0)
        self.list.blockSignals(False)
        self._nothing.setVisible(not found)
        self._show()

    def _show(self, *_: object) -> None:
        topic = self.topic
        if topic is not None:
            self.page.show_text(f"# {topic.title}\n\n{topic.text}", self.field.text())
            self.list.scrollToItem(self.list.currentItem())

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        self.field.setPlaceholderText(tr("Search the help ..."))
        self.field.setClearButtonEnabled(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self._nothing.setObjectName("muted")
        self._nothing.setWordWrap(True)
        describe(
            (
                self.field,
                tr("Search the help"),
                tr("Arrow keys go through the topics; Ctrl+F comes back"),
            ),
            (self.list, tr("Topics"), tr("Arrow keys go through the topics")),
            (self.page, tr("Help"), ""),
        )
        self.page.setAccessibleDescription(tr("The topic that is chosen, with a picture"))
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self.page.find_next)
        self.field.installEventFilter(self)
        self.list.currentItemChanged.connect(self._show)
        for keys in (QKeySequence(QKeySequence.StandardKey.Find), QKeySequence("F3")):
            QShortcut(keys, self, self.field.setFocus)

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(2 * theme.SPACE)
        column.addWidget(self.field)
        column.addWidget(self._nothing)
        column.addWidget(self.list, stretch=1)
        self.field.setFixedWidth(_LIST_WIDTH)
        self.list.setFixedWidth(_LIST_WIDTH)
        self._nothing.setFixedWidth(_LIST_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(2 * theme.SPACE,) * 4)
        row.setSpacing(2 * theme.SPACE)
        row.addLayout(column)
        row.addWidget(self.page, stretch=1)
        self.resize(*_SIZE)
