"""A field that finds any class by a part of its name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QWidget

from ..session import Session


class ClassSearch(QLineEdit):
    """Completes the names of all classes of the session's model.

    Signals (GUI thread)
    -------
    chosen(int) : this class is to be explained.
    """

    chosen = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._indices: dict[str, int] = {}
        self.setPlaceholderText("Another class ...")
        self.setAccessibleName("Find a class")
        self.setToolTip("Type a part of a class's name and choose it to explain that class")
        self.setClearButtonEnabled(True)
        self.setEnabled(False)
        self.returnPressed.connect(self._take_first)
        session.model_changed.connect(self._fill)
        session.predicted.connect(lambda: self.setEnabled(True))
        session.image_changed.connect(lambda: self.setEnabled(False))

    def _fill(self) -> None:
        """Offer the classes of a new model; the index tells equal names apart."""
        labels = self._session.classifier.labels if self._session.classifier is not None else ()
        self._indices = {f"{label} ({index})": index for index, label in enumerate(labels)}
        completer = QCompleter(list(self._indices), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self.setCompleter(completer)

    def _take_first(self) -> None:
        """Return takes the first match."""
        part = self.text().strip().lower()
        match = next((text for text in self._indices if part and part in text.lower()), None)
        if match is not None:
            self._take(match)

    def _take(self, text: str) -> None:
        if text in self._indices:
            self.clear()
            self.chosen.emit(self._indices[text])
