"""Draws a row of the list of classes: star, name, "vs", probability and a bar under them."""

from __future__ import annotations

import enum

import qtawesome
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from fragscope_explainers.translation import tr

from ..class_words import tenths
from . import theme
from .class_model import EXPLAINED, PINNED, PROBABILITY, SUBTRACTED

HEIGHT = 28
_STAR = 16
_VERSUS = QSize(24, 16)
_NUMBER = 52
"""Room for "100.0 %" at the right, in pixels."""


class Part(enum.Enum):
    """What of a row can be clicked, with its tooltip."""

    STAR = tr("Pin this class to the top of the list, or unpin it (P)")
    VERSUS = tr("Subtract this class from the explained one, or stop doing so (V)")


def part_rectangle(part: Part, row: QRect) -> QRect:
    """Where a part lies in its row."""
    if part is Part.STAR:
        return QRect(row.left() + 8, row.top() + 4, _STAR, _STAR)
    left = row.right() - 8 - _NUMBER - _VERSUS.width()
    return QRect(QPoint(left, row.top() + 4), _VERSUS)


def part_at(place: QPoint, row: QRect) -> Part | None:
    """The part of a row under a point."""
    return next((part for part in Part if part_rectangle(part, row).contains(place)), None)


class ClassDelegate(QStyledItemDelegate):
    """Stars and "vs" show where they are set, under the pointer and on the current row."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tokens = theme.current()
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        explained = bool(index.data(EXPLAINED))
        painter.save()
        if explained or hovered:
            painter.fillRect(option.rect, QColor(tokens.window))
        if explained:
            painter.fillRect(QRect(option.rect.topLeft(), QSize(3, HEIGHT)), QColor(tokens.accent))
        self._draw_star(painter, option.rect, bool(index.data(PINNED)), hovered or focused)
        subtracted = bool(index.data(SUBTRACTED))
        offered = subtracted or ((hovered or focused) and not explained)
        if offered:
            _draw_versus(painter, part_rectangle(Part.VERSUS, option.rect), subtracted)
        _draw_text(painter, option, index, explained, offered)
        _draw_bar(painter, option.rect, float(index.data(PROBABILITY) or 0), explained)
        if focused:
            painter.setPen(QColor(tokens.accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        part = part_at(event.pos(), option.rect)
        if part is None or (part is Part.VERSUS and index.data(EXPLAINED)):
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), part.value, view)
        return True

    def _draw_star(self, painter: QPainter, row: QRect, pinned: bool, offered: bool) -> None:
        tokens = theme.current()
        if pinned:
            icon = qtawesome.icon("mdi6.star", color=tokens.accent)
        elif offered:
            icon = qtawesome.icon("mdi6.star-outline", color=tokens.muted)
        else:
            return
        icon.paint(painter, part_rectangle(Part.STAR, row))


def _draw_versus(painter: QPainter, where: QRect, is_set: bool) -> None:
    tokens = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(tokens.accent if is_set else tokens.muted))
    if is_set:
        painter.setBrush(QColor(tokens.accent))
    painter.drawRoundedRect(where.adjusted(0, 0, -1, -1), 4, 4)
    painter.setPen(QColor(tokens.on_accent if is_set else tokens.text))
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, "vs")
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_text(
    painter: QPainter,
    option: QStyleOptionViewItem,
    index: QModelIndex | QPersistentModelIndex,
    explained: bool,
    offered: bool,
) -> None:
    font = QFont(theme.tabular(option.font))
    font.setBold(explained)
    painter.setFont(font)
    painter.setPen(QColor(theme.current().text))
    row: QRect = option.rect
    left = part_rectangle(Part.STAR, row).right() + theme.SPACE
    number = QRect(row.right() - 8 - _NUMBER, row.top() + 4, _NUMBER, 16)
    end = part_rectangle(Part.VERSUS, row).left() if offered else number.left()
    name = QRect(left, row.top() + 4, end - left - theme.SPACE, 16)
    side = Qt.AlignmentFlag.AlignVCenter
    probability = tenths(float(index.data(PROBABILITY) or 0))
    painter.drawText(number, Qt.AlignmentFlag.AlignRight | side, probability)
    shown = painter.fontMetrics().elidedText(
        index.data(), Qt.TextElideMode.ElideRight, name.width()
    )
    painter.drawText(name, Qt.AlignmentFlag.AlignLeft | side, shown)


def _draw_bar(painter: QPainter, row: QRect, probability: float, explained: bool) -> None:
    tokens = theme.current()
    left = part_rectangle(Part.STAR, row).right() + theme.SPACE
    track = QRect(left, row.bottom() - 5, row.right() - 8 - left, 3)
    painter.fillRect(track, QColor(tokens.line))
    track.setWidth(round(track.width() * probability))
    painter.fillRect(track, QColor(tokens.accent if explained else tokens.muted))
