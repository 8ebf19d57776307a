"""All classes of the model at hand: found, explained, pinned and contrasted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from ..changes import Change
from ..session import Session
from . import theme
from .class_list import ClassList
from .class_model import ClassFilter, ClassModel
from .class_notes import ClassNotes


class ClassSection(QWidget):
    """A search field over a list of all classes, and what is to be said of the explained one.

    Signals (GUI thread)
    -------
    changing(object) : people are about to make this `Change` of the pins.
    """

    changing = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pins: dict[str, list[int]] = {}
        self._model = ClassModel(self)
        self._classes = ClassFilter(self._model, self)
        self.search = QLineEdit(self)
        self.notes = ClassNotes(session, self)
        self.list = ClassList(self._classes, self)
        self._nothing = QLabel(self)
        self._build()
        self._wire()

    @property
    def pins(self) -> dict[str, list[int]]:
        """Indices of the pinned classes of every model, by the model's name in the settings."""
        return self._pins

    @property
    def pinned(self) -> frozenset[int]:
        """Indices of the pinned classes of the model at hand."""
        return self._model.pins

    def restore_pins(self, pins: Mapping[str, Sequence[int]]) -> None:
        """Take up the pins of an earlier start."""
        self._pins = {spec: list(indices) for spec, indices in pins.items()}
        self._take_labels()

    def step(self, by: int) -> None:
        """Explain a class some rows further down."""
        target = self._session.target
        place = self._classes.place_of(target) if target is not None else None
        if place is not None and place.isValid():
            self.list.choose(self._classes.index(place.row() + by, 0))

    def toggle_pin(self, index: int | None = None) -> None:
        """Pin a class, or unpin it; without one, that of the current row."""
        index = self.list.current_class() if index is None else index
        if index is None:
            return
        pins = self._model.pins
        label = self._session.label(index)
        pinned = index in pins
        what = tr("unpin {label}", label=label) if pinned else tr("pin {label}", label=label)
        self.changing.emit(Change("pins", what))
        scrolled = self.list.verticalScrollBar().value()
        self.set_pins(pins ^ {index})
        place = self._classes.place_of(index)
        if place.isValid():
            self.list.setCurrentIndex(place)
        self.list.verticalScrollBar().setValue(scrolled)

    def set_pins(self, pins: Collection[int]) -> None:
        """Pin these classes of the model at hand, and no others."""
        self._model.set_pins(pins)
        self._pins[self._session.model_spec] = sorted(self._model.pins)

    def toggle_contrast(self, index: int | None = None) -> None:
        """Subtract a class, or stop doing so.

        Without one, that of the current row, or the most probable other one.
        """
        session = self._session
        if index is None and session.against is None:
            index = self._rival()
        session.set_against(None if index == session.against else index)

    # -- inside -----------------------------------------------------------------------------

    def _rival(self) -> int | None:
        prediction, target = self._session.prediction, self._session.target
        current = self.list.current_class()
        if current not in (None, target) or prediction is None:
            return current
        return next((index for index in prediction.top if index != target), None)

    def _take_labels(self) -> None:
        classifier = self._session.classifier
        self._model.set_labels(classifier.labels if classifier is not None else ())
        self._model.set_pins(self._pins.get(self._session.model_spec, ()))
        self._take_prediction()

    def _take_prediction(self) -> None:
        prediction = self._session.prediction
        known = prediction is not None
        self._model.set_probabilities(prediction.probabilities if prediction else None)
        self.search.setEnabled(known)
        self._say_what_is_waited_for()
        self._mark()

    def _say_what_is_waited_for(self, *_: object) -> None:
        session = self._session
        asked = session.prediction is None and not session.picture.failure
        text = tr("asking the model ...") if asked else ""
        if text != self.list.waiting_text:
            self.list.waiting_text = text
            self.list.viewport().update()

    def _mark(self) -> None:
        """Mark the explained class and scroll to it."""
        target = self._session.target
        self._model.set_explained(target, self._session.against)
        if target is not None:
            self.list.show_class(target)

    def _search(self, text: str) -> None:
        self._classes.search(text)
        nothing = bool(text.strip()) and not self._classes.first_found().isValid()
        self._nothing.setVisible(nothing and self._session.prediction is not None)
        if text:
            self.list.scrollToTop()
        elif self._session.target is not None:
            self.list.show_class(self._session.target)

    def _take_first(self) -> None:
        """Return explains the first class that is found."""
        place = self._classes.first_found()
        if self.search.text().strip() and place.isValid():
            self.list.choose(place)
            self.search.clear()

    def eventFilter(self, watched: QObject, event: Any) -> bool:
        """Down goes from the field into the list."""
        down = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down
        if watched is self.search and down:
            self.list.setFocus()
            first = self._classes.first_found()
            if first.isValid():
                self.list.setCurrentIndex(first)
            return True
        return super().eventFilter(watched, event)

    # -- building ---------------------------------------------------------------------------

    def _wire(self) -> None:
        session = self._session
        session.model_changed.connect(self._take_labels)
        session.predicted.connect(self._take_prediction)
        session.image_changed.connect(self._take_prediction)
        session.panel_changed.connect(self._say_what_is_waited_for)
        session.target_changed.connect(self._mark)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._take_first)
        self.search.installEventFilter(self)
        self.list.chosen.connect(session.set_target)
        self.list.pin_wanted.connect(self.toggle_pin)
        self.list.versus_wanted.connect(self.toggle_contrast)

    def _build(self) -> None:
        self.search.setPlaceholderText(tr("Find a class ..."))
        self.search.setAccessibleName(tr("Find a class"))
        self.search.setToolTip(
            tr("Type a part of a class's name, or its index; Return explains the first one found")
        )
        self.search.setClearButtonEnabled(True)
        self.search.setEnabled(False)
        self._nothing.setText(tr("No class has this in its name or as its index."))
        self._nothing.setObjectName("muted")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(8, 0, 8, 0)
        self._nothing.hide()
        field = QVBoxLayout()
        field.setContentsMargins(8, 0, 8, 0)
        field.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(field)
        layout.addWidget(self.notes)
        layout.addWidget(self._nothing)
        layout.addWidget(self.list, stretch=1)
