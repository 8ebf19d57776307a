"""All classes of a prediction as a model of Qt's, and the part of them that a text finds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray

from ..class_words import percent

INDEX = Qt.ItemDataRole.UserRole
PROBABILITY = Qt.ItemDataRole.UserRole + 1
PINNED = Qt.ItemDataRole.UserRole + 2
EXPLAINED = Qt.ItemDataRole.UserRole + 3
SUBTRACTED = Qt.ItemDataRole.UserRole + 4

AnyIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ClassModel(QAbstractListModel):
    """One row a class: pinned ones first, then by falling probability."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Sequence[str] = ()
        self._searched: tuple[str, ...] = ()
        self._probabilities: FloatArray | None = None
        self._order: list[int] = []
        self._rows: dict[int, int] = {}
        self.pins: frozenset[int] = frozenset()
        self._target: int | None = None
        self._against: int | None = None

    def set_labels(self, labels: Sequence[str]) -> None:
        """Take the names of another model's classes; there is no prediction yet."""
        self._labels = labels
        self._searched = tuple(label.casefold() for label in labels)
        self.set_probabilities(None)

    def set_probabilities(self, probabilities: FloatArray | None) -> None:
        """List the classes of a prediction [C]; None lists none."""
        self.beginResetModel()
        self._probabilities = probabilities
        self._rank()
        self.endResetModel()

    def set_pins(self, pins: Collection[int]) -> None:
        """Put these classes on top."""
        self.beginResetModel()
        self.pins = frozenset(pin for pin in pins if 0 <= pin < len(self._labels))
        self._rank()
        self.endResetModel()

    def set_explained(self, target: int | None, against: int | None) -> None:
        """Mark the explained class and the one that is subtracted."""
        touched = {self._target, self._against, target, against} - {None}
        self._target, self._against = target, against
        for index in touched:
            where = self.index_of(index) if index is not None else _NOWHERE
            if where.isValid():
                self.dataChanged.emit(where, where)

    def index_of(self, index: int) -> QModelIndex:
        """Where a class is listed."""
        row = self._rows.get(index)
        return self.index(row, 0) if row is not None else QModelIndex()

    def finds(self, row: int, part: str) -> bool:
        """Whether a row's name holds a casefolded text, or its index is that number."""
        index = self._order[row]
        return part in self._searched[index] or part == str(index)

    def explains(self, row: int) -> bool:
        """Whether this row's class is the explained one."""
        return self._order[row] == self._target

    # -- what Qt asks -----------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self._probabilities is None:
            return None
        found = self._order[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._labels[found]
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(found)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(found)
        return self._fact(found, role)

    def _fact(self, index: int, role: int) -> Any:
        match role:
            case _ if role == INDEX:
                return index
            case _ if role == PROBABILITY:
                return self._probability(index)
            case _ if role == PINNED:
                return index in self.pins
            case _ if role == EXPLAINED:
                return index == self._target
            case _ if role == SUBTRACTED:
                return index == self._against
        return None

    # -- inside -----------------------------------------------------------------------------

    def _rank(self) -> None:
        if self._probabilities is None:
            self._order, self._rows = [], {}
            return
        order = np.argsort(-self._probabilities, kind="stable").tolist()
        first = [index for index in order if index in self.pins]
        self._order = first + [index for index in order if index not in self.pins]
        self._rows = {index: row for row, index in enumerate(self._order)}

    def _probability(self, index: int) -> float:
        return 0.0 if self._probabilities is None else float(self._probabilities[index])

    def _spoken(self, index: int) -> str:
        parts = [f"{self._labels[index]} {percent(self._probability(index))}"]
        parts += [tr("explained")] if index == self._target else []
        parts += [tr("subtracted")] if index == self._against else []
        parts += [tr("pinned")] if index in self.pins else []
        return ", ".join(parts)

    def _tip(self, index: int) -> str:
        return tr(
            "{labels} (index {index}): {probability:.2%}",
            labels=self._labels[index],
            index=index,
            probability=self._probability(index),
        )


class ClassFilter(QSortFilterProxyModel):
    """The classes that a text finds, and always the explained one."""

    def __init__(self, model: ClassModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._part = model, ""
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        """Keep the classes whose name holds a text, in any case, or whose index it is."""
        self._part = text.strip().casefold()
        self.invalidate()  # narrower signals would take a second for thousands of classes

    def found(self, place: QModelIndex) -> bool:
        """Whether a listed class is one that the text finds."""
        return self._model.finds(self.mapToSource(place).row(), self._part)

    def first_found(self) -> QModelIndex:
        """The first class that the text finds; invalid where there is none."""
        rows = (self.index(row, 0) for row in range(min(2, self.rowCount())))
        return next((place for place in rows if self.found(place)), QModelIndex())

    def place_of(self, index: int) -> QModelIndex:
        """Where a class is listed; invalid where the text does not find it."""
        return self.mapFromSource(self._model.index_of(index))

    def filterAcceptsRow(self, row: int, parent: AnyIndex) -> bool:
        part = self._part
        return not part or self._model.finds(row, part) or self._model.explains(row)
