"""A field over a list of all that can be done: type a few letters, press Return."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from fragscope_explainers.translation import tr

from ..commands import Command, rank
from . import theme
from .overlay import Overlay, inside

_SIZE = (150 * theme.SPACE, 105 * theme.SPACE)
_MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
}


class CommandPalette(Overlay):
    """Finds a command and does it.

    Parameters
    ----------
    gather : gives all commands; called whenever the palette appears.
    """

    def __init__(self, gather: Callable[[], Iterable[Command]], window: QWidget) -> None:
        super().__init__(window)
        self._gather = gather
        self._commands: list[Command] = []
        self.found: list[Command] = []
        """What is listed now."""
        self.field = QLineEdit(self)
        self.list = QTreeWidget(self)
        self._nothing = QLabel(tr("Nothing that can be done now has this in its name."), self)
        self._build()

    def appear(self) -> None:
        """List everything that can be done now."""
        self._commands = list(self._gather())
        self.field.clear()
        self._search("")
        super().appear()

    def take_focus(self) -> None:
        """Type at once."""
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys go through the list while the field has the focus."""
        pressed = watched is self.field and event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            self._move(_MOVES[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    # -- inside -----------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self.found = rank(self._commands, text)
        self.list.clear()
        self.list.addTopLevelItems([_row(command) for command in self.found])
        self._nothing.setVisible(not self.found)
        if self.found:
            self._mark(0)

    def _move(self, by: int) -> None:
        if self.found:
            row = self.list.currentIndex().row() + by
            single = abs(by) == 1  # one step goes round, a page stops at the end
            last = len(self.found) - 1
            self._mark(row % len(self.found) if single else min(max(row, 0), last))

    def _mark(self, row: int) -> None:
        item = self.list.topLevelItem(row)
        if item is not None:
            self.list.setCurrentItem(item)

    def _do_current(self) -> None:
        row = self.list.currentIndex().row()
        if 0 <= row < len(self.found):
            command = self.found[row]
            self.dismiss()  # first: what it does may take the focus
            command.does()

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        layout = inside(self, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, 60)
        layout.setContentsMargins(*(2 * theme.SPACE,) * 4)
        layout.setSpacing(2 * theme.SPACE)
        self.card.setFixedSize(*_SIZE)
        self.field.setPlaceholderText(tr("What do you want to do? A method, a class, a panel ..."))
        self.field.setAccessibleName(tr("Find a command"))
        self.field.setToolTip(tr("Arrow keys choose, Return does it, Esc closes"))
        self.field.setMinimumHeight(9 * theme.SPACE)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._do_current)
        self.field.installEventFilter(self)
        self._nothing.setObjectName("muted")
        self._nothing.setContentsMargins(2 * theme.SPACE, 0, 2 * theme.SPACE, 0)
        self._build_list()
        layout.addWidget(self.field)
        layout.addWidget(self._nothing)
        layout.addWidget(self.list, stretch=1)

    def _build_list(self) -> None:
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Commands"))
        self.list.setAccessibleDescription(tr("Arrow keys in the field choose, Return does it"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.itemClicked.connect(lambda *_: self._do_current())


def _row(command: Command) -> QTreeWidgetItem:
    item = QTreeWidgetItem([command.text, command.kind, command.keys])
    item.setSizeHint(0, QSize(0, 7 * theme.SPACE))
    for column in (1, 2):
        item.setForeground(column, QColor(theme.current().muted))
    item.setToolTip(0, command.tip or command.text)
    return item
