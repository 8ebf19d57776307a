"""Probabilities of some classes as bars, each with a mark where it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fragscope_explainers.translation import tr

from ..class_words import tenths
from . import theme

_BAR = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Bar:
    """One class: its name, its probability before and now, and whether it is explained."""

    name: str
    before: float
    now: float
    is_target: bool = False

    @property
    def change(self) -> str:
        """The change in points, with its sign; nothing where it rounds to none."""
        points = round(100 * (self.now - self.before), 1)
        return f"{points:+.1f}" if points else ""


class ProbabilityBars(QListWidget):
    """A list that is as high as its rows."""

    def __init__(self, rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_ChangeDelegate(self))
        self.setAccessibleDescription(tr("One row a class: its probability now and before"))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(rows * _ChangeDelegate.HEIGHT)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these classes in this order."""
        while self.count() > len(bars):
            self.takeItem(self.count() - 1)
        while self.count() < len(bars):
            self.addItem(QListWidgetItem())
        for row, bar in enumerate(bars):
            item = self.item(row)
            text = tr(
                "{name}: {now:.1%}, before {before:.1%}",
                name=bar.name,
                now=bar.now,
                before=bar.before,
            )
            item.setData(_BAR, bar)
            changed = tr(", {change} percentage points", change=bar.change) if bar.change else ""
            explained = tr(". This class is explained.") if bar.is_target else ""
            item.setToolTip(text + changed + explained)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)

    def bars(self) -> list[Bar]:
        """What is shown."""
        return [self.item(row).data(_BAR) for row in range(self.count())]


class _ChangeDelegate(QStyledItemDelegate):
    """Draws name, change and probability, and under them the bar with the mark."""

    HEIGHT = 25
    _NUMBER = "100.0%"
    _CHANGE = "+100.0"

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(120, self.HEIGHT)

    def paint(  # type: ignore[override]
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        bar: Bar = index.data(_BAR)
        rect = option.rect.adjusted(0, 1, 0, -2)
        painter.save()
        painter.setFont(theme.tabular(option.font))
        self._draw_text(painter, rect, bar)
        self._draw_bar(painter, rect, bar)
        painter.restore()

    def _draw_text(self, painter: QPainter, rect: QRect, bar: Bar) -> None:
        tokens, metrics = theme.current(), painter.fontMetrics()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        number_width = metrics.horizontalAdvance(self._NUMBER) + 2 * theme.SPACE
        change_width = metrics.horizontalAdvance(_in_points(self._CHANGE))
        painter.setPen(QColor(tokens.text))
        painter.drawText(rect.adjusted(0, 0, -change_width, 0), right, tenths(bar.now))
        if bar.is_target:
            bold = painter.font()
            bold.setBold(True)
            painter.setFont(bold)
        painter.drawText(rect, right, _in_points(bar.change))
        room = rect.width() - number_width - change_width
        name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)

    def _draw_bar(self, painter: QPainter, rect: QRect, bar: Bar) -> None:
        tokens = theme.current()
        track = QRect(rect.left(), rect.bottom() - 4, rect.width(), 4)
        painter.fillRect(track, QColor(tokens.line))
        mark = track.left() + round((track.width() - 2) * bar.before)
        track.setWidth(round(track.width() * bar.now))
        painter.fillRect(track, QColor(tokens.accent if bar.is_target else tokens.muted))
        painter.fillRect(QRect(mark, track.top() - 2, 2, 8), QColor(tokens.text))


def _in_points(change: str) -> str:
    return tr("{change} pp", change=change) if change else ""
