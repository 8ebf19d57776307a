"""The legend of both plots: a method's colour, name and two values; a click hides its curves."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QWidget,
)

from fragscope_explainers.translation import tr

from . import theme
from .swatch import SIZE, draw_swatch

_NUMBER = 40
_ENTRY_WIDTH, _ENTRY_HEIGHT = 240, 20
_MOST_HEIGHT = 5 * _ENTRY_HEIGHT


@dataclass(frozen=True, slots=True)
class LegendRow:
    """One entry.

    Attributes
    ----------
    number : the panel's.
    method : name of its method; what was hidden of another one is shown again.
    deletion, insertion : values to show, or "".
    tip : the whole of it in a sentence, or why there are no curves.
    """

    number: int
    name: str
    deletion: str
    insertion: str
    tip: str
    method: str = ""


class LegendArea(QScrollArea):
    """Shows a few rows of a legend, so that the plots keep their room; others are scrolled to."""

    def __init__(self, legend: CurveLegend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._legend = legend
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(legend)
        legend.setAutoFillBackground(False)
        self.setWidgetResizable(True)
        legend.arranged.connect(self._follow)

    def _follow(self) -> None:
        self.setFixedHeight(min(self._legend.sizeHint().height(), _MOST_HEIGHT))


class CurveLegend(QWidget):
    """Entries in as many columns as there is room for; what is hidden is kept by panel.

    Signals (GUI thread)
    -------
    arranged() : the entries have other places.
    toggled(int, bool) : a panel's curves are to be shown, or not.
    """

    toggled = Signal(int, bool)
    arranged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: dict[int, LegendEntry] = {}
        self._order: tuple[int, ...] = ()
        """Columns, and the numbers of the entries as they are laid out."""
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(theme.SPACE, 0, theme.SPACE, 0)
        self._layout.setHorizontalSpacing(2 * theme.SPACE)
        self._layout.setVerticalSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Legend of the curves"))

    def is_shown(self, number: int) -> bool:
        """Whether a panel's curves are to be drawn."""
        entry = self.entries.get(number)
        return entry is None or entry.isChecked()

    def show_all(self) -> None:
        """Show what was hidden."""
        for entry in list(self.entries.values()):  # each one that changes fills the legend anew
            entry.setChecked(True)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Numbers of the panels whose curves are not to be drawn."""
        return tuple(number for number in self.entries if not self.is_shown(number))

    def hide_only(self, numbers: Container[int]) -> None:
        """Hide the curves of these panels, and show all others."""
        for number, entry in list(self.entries.items()):  # each change fills the legend anew
            entry.setChecked(number not in numbers)

    def set_rows(self, rows: list[LegendRow]) -> None:
        """Show these entries, in this order."""
        known, self.entries = self.entries, {}
        hidden: list[LegendEntry] = []
        for row in rows:
            entry = known.pop(row.number, None) or self._make(row)
            if entry.row.method != row.method and not entry.isChecked():
                hidden.append(entry)  # the number is another panel's now
            entry.show_row(row)
            self.entries[row.number] = entry
        for gone in known.values():
            self._layout.removeWidget(gone)
            gone.deleteLater()
        self._arrange()
        for entry in hidden:
            entry.setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _make(self, row: LegendRow) -> LegendEntry:
        entry = LegendEntry(row, self)
        entry.toggled.connect(lambda shown: self.toggled.emit(row.number, shown))
        return entry

    def _arrange(self) -> None:
        columns = max(1, self.width() // _ENTRY_WIDTH)
        order = (columns, *self.entries)
        if order == self._order:
            return
        self._order = order
        for column in range(max(columns, self._layout.columnCount())):
            self._layout.setColumnStretch(column, 1 if column < columns else 0)
        for index, entry in enumerate(self.entries.values()):
            self._layout.addWidget(entry, *divmod(index, columns))
            entry.show()  # at once: the height of what is shown later would be missed
        self.arranged.emit()


class LegendEntry(QAbstractButton):
    """Checked while its curves are shown."""

    def __init__(self, row: LegendRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self.setCheckable(True)
        self.setChecked(True)
        self.setFont(theme.tabular(self.font()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def row(self) -> LegendRow:
        """What it shows."""
        return self._row

    def show_row(self, row: LegendRow) -> None:
        """Show other values."""
        if row != self._row or not self.toolTip():
            self._row = row
            self.setAccessibleName(row.name)
            self.setAccessibleDescription(row.tip)
            self.setToolTip(tr("{tip}\nClick to show or hide its curves.", tip=row.tip))
            self.update()

    def event(self, event: QEvent) -> bool:
        keys = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if keys and event.key() == Qt.Key.Key_Space:  # type: ignore[attr-defined]
            event.accept()  # else the window takes it, to run or pause
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(_ENTRY_WIDTH - 4 * theme.SPACE, _ENTRY_HEIGHT)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.fillRect(self.rect(), QColor(theme.current().window))
        room = self.rect().adjusted(theme.SPACE, 0, -theme.SPACE, 0)
        top = room.top() + (room.height() - SIZE) // 2
        place = QRectF(room.left(), top, SIZE, SIZE)
        draw_swatch(painter, place, self._row.number, filled=self.isChecked())
        self._paint_text(painter, room.adjusted(SIZE + 2 * theme.SPACE, 0, 0, 0))
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            element = QStyle.PrimitiveElement.PE_FrameFocusRect
            self.style().drawPrimitive(element, option, painter, self)

    def _paint_text(self, painter: QPainter, room: QRect) -> None:
        tokens, middle = theme.current(), Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(tokens.text if self.isChecked() else tokens.muted))
        right = room.right()
        for text in (self._row.insertion, self._row.deletion):
            place = QRect(right - _NUMBER, room.top(), _NUMBER, room.height())
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, text)
            right -= _NUMBER
        name = QRect(room.left(), room.top(), right - room.left(), room.height())
        short = self.fontMetrics().elidedText(
            self._row.name, Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, short)
