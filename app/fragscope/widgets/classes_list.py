"""The most probable classes; a click explains one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..session import Session
from . import theme

_PROBABILITY = Qt.ItemDataRole.UserRole + 1
_INDEX = Qt.ItemDataRole.UserRole


class ClassesList(QListWidget):
    """The most probable classes, and the one that is explained, with probabilities as bars.

    Signals (GUI thread)
    -------
    chosen(int) : this class is to be explained.
    """

    chosen = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setItemDelegate(_BarDelegate(self))
        self.setAccessibleName("Most probable classes")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit_rows(5)
        self.currentItemChanged.connect(self._on_current)
        session.predicted.connect(self.rebuild)
        session.image_changed.connect(self._wait)
        session.target_changed.connect(self.rebuild)

    def rebuild(self) -> None:
        """List the classes of the prediction anew."""
        prediction, target = self._session.prediction, self._session.target
        if prediction is None or target is None:
            return
        self.blockSignals(True)
        self.clear()
        for index in dict.fromkeys((*prediction.top, target)):
            item = QListWidgetItem(self._session.label(index))
            probability = float(prediction.probabilities[index])
            item.setData(_INDEX, index)
            item.setData(_PROBABILITY, probability)
            item.setToolTip(f"{item.text()}: {probability:.2%}. Click to explain this class.")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()} {probability:.1%}")
            self.addItem(item)
        self._fit_rows(self.count())
        self.blockSignals(False)
        self._show_target()

    def _fit_rows(self, rows: int) -> None:
        """As high as its rows, so that the column beside the panels needs no scrolling."""
        self.setFixedHeight(rows * _BarDelegate.HEIGHT + 4)

    def _wait(self) -> None:
        """Show that the classes of a new picture are on their way."""
        self.clear()
        item = QListWidgetItem("asking the model ...")
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.addItem(item)

    def _show_target(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            if item is not None and item.data(_INDEX) == self._session.target:
                self.blockSignals(True)
                self.setCurrentItem(item)
                self.blockSignals(False)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_INDEX))


class _BarDelegate(QStyledItemDelegate):
    """Draws name, probability and a bar under them."""

    HEIGHT = 32

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(120, self.HEIGHT)

    def paint(  # type: ignore[override]
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        tokens = theme.current()
        rect: QRect = option.rect.adjusted(8, 4, -8, -4)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if index.data(_PROBABILITY) is None:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft, index.data())
            return
        probability = float(index.data(_PROBABILITY))
        painter.save()
        if chosen:
            painter.fillRect(option.rect, QColor(tokens.window))
        painter.setFont(theme.tabular(option.font))
        painter.setPen(QColor(tokens.text))
        number = f"{probability:.1%}"
        right = painter.fontMetrics().horizontalAdvance(number) + 8
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, number)
        name_rect = rect.adjusted(0, 0, -right, 0)
        name = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, name_rect.width()
        )
        painter.drawText(name_rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        track = QRect(rect.left(), rect.bottom() - 4, rect.width(), 4)
        painter.fillRect(track, QColor(tokens.line))
        track.setWidth(round(rect.width() * probability))
        painter.fillRect(track, QColor(tokens.accent if chosen else tokens.muted))
        painter.restore()
