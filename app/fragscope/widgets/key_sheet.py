"""All keys and what the mouse does, by group, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import tr

from . import theme
from .actions import SPECS
from .overlay import Overlay, inside

_COLUMNS = 3
_MARGIN = 10 * theme.SPACE
Row = tuple[str, str]
"""What is pressed, and what that does."""
NOTES: dict[str, tuple[Row, ...]] = {
    tr("Classes"): (
        (tr("Star"), tr("Pin the row of a class")),
        ("vs", tr("Subtract the class of a row")),
    ),
    tr("Fragments"): (
        (tr("Pointer"), tr("Outline the fragment under it, at the level that is shown")),
    ),
    tr("What if"): (
        (tr("Click"), tr("Erase a fragment, or bring it back")),
        (tr("Shift, Ctrl"), tr("With a click: only mark, only unmark")),
    ),
    tr("Panels"): (
        (tr("Double click"), tr("On a header: maximise, or bring the others back")),
        (tr("Drag"), tr("A header onto another: take its place")),
    ),
    tr("Pictures"): (
        (tr("Tab, arrow keys"), tr("Go to a picture, and move the pointer over it")),
        (tr("Return"), tr("Click there, as with the mouse")),
        (tr("Ctrl++, Ctrl+-"), tr("Zoom at the pointer")),
        (tr("Menu"), tr("What can be done at this point")),
    ),
    tr("Curves"): (
        (tr("Left, Right"), tr("Move the scrubber by 1 %, with Shift by 10 %")),
        (tr("Home, End"), tr("Move the scrubber to an end")),
        (tr("Drag"), tr("Move the scrubber")),
    ),
    tr("Mouse"): (
        (tr("Drag"), tr("Pan all pictures together")),
        (tr("Wheel"), tr("Zoom at the pointer")),
        (tr("Double click"), tr("Show the whole picture")),
        (tr("Right click"), tr("What can be done at this point")),
        (tr("Right drag"), tr("Width and centre of the window, for more than 8 bits")),
    ),
}
"""What is no action of the window, by group."""


class KeySheet(Overlay):
    """Shows `groups`; Esc, ? or a click beside it takes it away."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.area, self._sheet = QScrollArea(self), _sheet()
        layout = inside(self, Qt.AlignmentFlag.AlignCenter, _MARGIN)
        layout.setContentsMargins(*(4 * theme.SPACE,) * 4)
        layout.setSpacing(4 * theme.SPACE)
        title = QLabel(tr("Keys and mouse"), self)
        title.setObjectName("title")
        layout.addWidget(title)
        layout.addWidget(self.area)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.viewport().setAutoFillBackground(False)
        self.area.setAccessibleName(tr("Keys and mouse"))
        self.area.setToolTip(tr("Esc closes"))
        self.area.setWidget(self._sheet)
        self._sheet.setAutoFillBackground(False)

    def take_focus(self) -> None:
        """Let the keys scroll."""
        self.area.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Question:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        super()._place()
        wanted = self._sheet.sizeHint()
        room = self.size().shrunkBy(self.contentsMargins())
        bar = self.area.verticalScrollBar().sizeHint().width()
        width = min(wanted.width() + bar, room.width() - 2 * _MARGIN - 8 * theme.SPACE)
        height = min(wanted.height(), room.height() - 2 * _MARGIN - 17 * theme.SPACE)
        self.area.setFixedSize(max(width, 100), max(height, 100))


def groups() -> dict[str, list[Row]]:
    """What there is to press, by group; keys of the actions first."""
    found: dict[str, list[Row]] = {}
    for group, specs in groupby(SPECS, lambda spec: spec.group):
        rows = [(tr(" or ").join(s.keys), s.tip) for s in specs if not s.name.startswith("panel ")]
        found[group] = rows or [(tr("1 to 9"), tr("Maximise a panel, or bring the others back"))]
    for group, notes in NOTES.items():
        found.setdefault(group, []).extend(notes)
    return found


def _sheet() -> QWidget:
    sheet = QWidget()
    row = QHBoxLayout(sheet)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8 * theme.SPACE)
    for names in _columns([(name, len(rows)) for name, rows in groups().items()]):
        column = QVBoxLayout()
        column.setSpacing(2 * theme.SPACE)
        for name in names:
            column.addWidget(_heading(name.upper()))
            column.addLayout(_table(groups()[name]))
            column.addSpacing(2 * theme.SPACE)
        column.addStretch()
        row.addLayout(column)
    return sheet


def _columns(sizes: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Share groups among columns of about equal length, in their order."""
    share = sum(size + 2 for _, size in sizes) / _COLUMNS  # a heading takes as much as two rows
    column: list[str] = []
    filled, done = 0, 0
    for name, size in sizes:
        if column and filled + (size + 2) / 2 > share * (done + 1) and done < _COLUMNS - 1:
            yield column
            column, done = [], done + 1
        column.append(name)
        filled += size + 2
    yield column


def _table(rows: Sequence[Row]) -> QGridLayout:
    table = QGridLayout()
    table.setHorizontalSpacing(3 * theme.SPACE)
    table.setVerticalSpacing(theme.SPACE)
    table.setColumnStretch(1, 1)
    table.setColumnMinimumWidth(0, 24 * theme.SPACE)
    for index, (keys, text) in enumerate(rows):
        pressed, does = QLabel(keys), QLabel(text)
        pressed.setObjectName("key")
        pressed.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        does.setWordWrap(True)
        does.setMinimumWidth(50 * theme.SPACE)
        top = Qt.AlignmentFlag.AlignTop
        table.addWidget(pressed, index, 0, top)
        table.addWidget(does, index, 1, top)
    return table


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    return label
