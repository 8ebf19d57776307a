"""The list of all classes: a click explains one, a star pins it, "vs" subtracts it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QListView, QMenu, QWidget

from fragscope_explainers.translation import tr

from . import theme
from .class_delegate import HEIGHT, ClassDelegate, Part, part_at
from .class_model import EXPLAINED, INDEX, PINNED, SUBTRACTED, ClassFilter

_ROWS = 6
"""Rows that fit into the height that the list asks for."""


class ClassList(QListView):
    """Shows the rows of a `ClassFilter`.

    Signals (GUI thread)
    -------
    chosen(int) : this class is to be explained.
    pin_wanted(int) : this class is to be pinned, or no longer.
    versus_wanted(int) : this class is to be subtracted, or no longer.
    """

    chosen = Signal(int)
    pin_wanted = Signal(int)
    versus_wanted = Signal(int)

    def __init__(self, classes: ClassFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = classes
        self._pressed: Part | None = None
        self.waiting_text = ""
        """What an empty list says."""
        self.setModel(classes)
        self.setItemDelegate(ClassDelegate(self))
        self.setAccessibleName(tr("Classes, most probable first"))
        self.setAccessibleDescription(tr("Return explains a class, P pins it, V subtracts it"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMinimumHeight(2 * HEIGHT)
        self.customContextMenuRequested.connect(self._show_menu)
        self.clicked.connect(self.choose)
        self.activated.connect(self.choose)

    def sizeHint(self) -> QSize:
        return QSize(240, _ROWS * HEIGHT)

    def current_class(self) -> int | None:
        """The class of the row that the keys move."""
        found = self.currentIndex().data(INDEX)
        return None if found is None else int(found)

    def show_class(self, index: int) -> None:
        """Scroll to a class and go on from there."""
        place = self._classes.place_of(index)
        if place.isValid():
            self.setCurrentIndex(place)
            self.scrollTo(place)

    def choose(self, place: QModelIndex) -> None:
        """Explain the class of a row."""
        if place.isValid():
            self.chosen.emit(int(place.data(INDEX)))

    def menu(self, place: QModelIndex) -> QMenu:
        """What can be done with a row."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        index, explained = int(place.data(INDEX)), bool(place.data(EXPLAINED))
        explain = menu.addAction(tr("Explain this class instead"))
        explain.setEnabled(not explained)
        explain.triggered.connect(lambda: self.chosen.emit(index))
        text = tr("Stop subtracting it") if place.data(SUBTRACTED) else tr("Subtract this class")
        versus = menu.addAction(text)
        versus.setEnabled(not explained)
        versus.triggered.connect(lambda: self.versus_wanted.emit(index))
        menu.addSeparator()
        pin = menu.addAction(tr("Unpin") if place.data(PINNED) else tr("Pin to the top"))
        pin.triggered.connect(lambda: self.pin_wanted.emit(index))
        copy = menu.addAction(tr("Copy name"))
        name = str(place.data())
        copy.triggered.connect(lambda: QApplication.clipboard().setText(name))
        return menu

    # -- events -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.indexAt(event.position().toPoint())
        self._pressed = self._part(place, event)
        if self._pressed is None:
            super().mousePressEvent(event)
            return
        wanted = self.pin_wanted if self._pressed is Part.STAR else self.versus_wanted
        wanted.emit(int(place.data(INDEX)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:  # else Qt would take it for a click on the row
            super().mouseReleaseEvent(event)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # a quick second click on a star is one more click

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are keys of the window; the field above finds names."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.waiting_text and not self._classes.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.current().muted))
            area = self.viewport().rect().adjusted(8, theme.SPACE, -8, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft, self.waiting_text)

    # -- inside -----------------------------------------------------------------------------

    def _part(self, place: QModelIndex, event: QMouseEvent) -> Part | None:
        if event.button() is not Qt.MouseButton.LeftButton or not place.isValid():
            return None
        found = part_at(event.position().toPoint(), self.visualRect(place))
        return None if found is Part.VERSUS and place.data(EXPLAINED) else found

    def _show_menu(self, position: QPoint) -> None:
        place = self.indexAt(position)
        if place.isValid():
            self.menu(place).popup(self.viewport().mapToGlobal(position))
