"""The line on top of a panel: colour, method, class, and what can be done with the panel."""

from __future__ import annotations

from collections.abc import Iterable

import qtawesome
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDrag, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QToolButton, QWidget

from fragscope_explainers.translation import tr

from . import theme
from .elided_label import ElidedLabel
from .method_menu import MethodMenu
from .swatch import Swatch

HEADER = 7 * theme.SPACE
"""Height of the line on top, so that pictures side by side begin at one height."""
_MARGINS = (8, 4)
_NAME_SHARE = 0.5
"""What the name may take of the room for name and class, however long the class is."""
PANEL_MIME = "application/x-fragscope-panel"
REQUESTS = (
    ("parameters", tr("Parameters ...")),
    ("rerun", tr("Run again")),
    ("more", tr("Run with twice the masks")),
    ("export", tr("Export map ...")),
    ("class", tr("Class of its own ...")),
    ("model", tr("Model ...")),
    ("", ""),
    ("maximise", tr("Maximise or restore")),
    ("detach", tr("Window of its own")),
    ("unlink", tr("Zoom on its own")),
    ("earlier", tr("Move forward")),
    ("later", tr("Move back")),
    ("duplicate", tr("Duplicate")),
    ("remove", tr("Remove panel")),
)
"""Names of requests with what the menu calls them; an empty one is a line between."""


class PanelHeader(QWidget):
    """Names a panel; drag it onto another panel to take that one's place.

    Signals (GUI thread)
    -------
    method_chosen(str) : another method for this panel.
    asked(str) : a request of REQUESTS.
    difference_wanted(int) : the difference with the panel of this number.
    released() : the panel is to follow the window's class again.
    """

    method_chosen = Signal(str)
    asked = Signal(str)
    difference_wanted = Signal(int)
    released = Signal()
    _is_built = False

    def __init__(self, number: int, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self._pressed: QPoint | None = None
        self._warns = False
        self._name = label
        self.others: dict[int, str] = {}
        """Names of the other panels, by number."""
        self._requests: dict[str, QAction] = {}
        self._swatch = Swatch(number, self)
        self._method = QToolButton(self)
        self.pin = QToolButton(self)
        self._class = ElidedLabel(parent=self)
        self._more = QToolButton(self)
        self._differences = QMenu(tr("Difference with"), self)
        self._method.setText(label)
        self._build()

    def name(self, text: str) -> None:
        """Call the panel something else, as when there are two of its method."""
        self._name = text
        self._method.setAccessibleName(text)
        self._fit()

    def ask(self, request: str) -> None:
        """Ask for one of REQUESTS, as its row in the menu does."""
        self._requests[request].trigger()

    def show_alone(self, alone: bool) -> None:
        """Tick the row of the menu that lets the panel zoom on its own."""
        self._requests["unlink"].setChecked(alone)

    def show_class(self, text: str, tip: str = "", *, warns: bool = False) -> None:
        """Name what the map is of."""
        self._class.setText(text)
        self._class.setToolTip(tip or text)
        self._warns = warns
        self._style_class()
        self._fit()

    def show_held(self, held: bool, tip: str) -> None:
        """Pin the class where it is not the window's to choose."""
        self.pin.setVisible(held)
        self.pin.setToolTip(tip)
        self._style_class()
        self._fit()

    def add_menu(self, menu: QMenu, request: str) -> None:
        """Offer a menu in that of the panel, in the place of a request that it makes, too."""
        self._more.menu().insertMenu(self._requests[request], menu)
        self._more.menu().removeAction(self._requests[request])

    def _fit(self) -> None:
        """Shorten the name where it would leave the class no room."""
        metrics, button = self._method.fontMetrics(), self._method
        chrome = button.sizeHint().width() - metrics.horizontalAdvance(button.text())
        others = (self._swatch, self._more, *(() if self.pin.isHidden() else (self.pin,)))
        taken = sum(widget.sizeHint().width() for widget in others)
        taken += sum(_MARGINS) + (len(others) + 1) * theme.SPACE
        room = self.width() - taken - chrome
        wanted = self._class.fontMetrics().horizontalAdvance(self._class.text()) + theme.SPACE
        most = max(room - wanted, round(_NAME_SHARE * room))
        button.setText(metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, most))
        button.setToolTip(tr("{name}. Choose another method for this panel", name=self._name))

    def _style_class(self) -> None:
        name = "held" if not self.pin.isHidden() else "warning" if self._warns else "muted"
        if self._class.objectName() != name:
            self._class.setObjectName(name)
            self._class.style().unpolish(self._class)
            self._class.style().polish(self._class)

    # -- events -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        far = (event.position().toPoint() - self._pressed).manhattanLength()
        if far >= QApplication.startDragDistance():
            self._pressed = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        self.asked.emit("maximise")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _drag(self) -> None:
        data = QMimeData()
        data.setData(PANEL_MIME, QByteArray(str(self._number).encode()))
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.grab())
        drag.exec(Qt.DropAction.MoveAction)

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGINS[0], 0, _MARGINS[1], 0)
        row.setSpacing(theme.SPACE)
        self.setFixedHeight(HEADER)
        self.methods = MethodMenu(self, self.method_chosen.emit)
        self._method.setObjectName("method")
        self._method.setMenu(self.methods)
        self._class.setObjectName("muted")
        self._class.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._more.setObjectName("more")
        self._more.setMenu(self._more_menu())
        self._more.setToolTip(tr("Parameters, run again, export, arrange, remove"))
        self._more.setAccessibleName(tr("Panel menu"))
        for button in (self._method, self._more):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setAutoRaise(True)
        self.pin.setAutoRaise(True)
        self.pin.setAccessibleName(tr("Follow the window's class"))
        self.pin.clicked.connect(lambda: self.released.emit())
        self.pin.hide()
        for widget, stretch in ((self._swatch, 0), (self._method, 0), (self._class, 1)):
            row.addWidget(widget, stretch)
        row.addWidget(self.pin)
        row.addWidget(self._more)
        self.setToolTip(tr("Drag onto another panel to take its place; double-click to maximise"))
        self._is_built = True
        self._colour_icons()

    def _more_menu(self) -> QMenu:
        menu = QMenu(self)
        for name, text in REQUESTS:
            if not name:
                menu.addSeparator()
                continue
            action = self._requests[name] = menu.addAction(text)
            action.setCheckable(name == "unlink")
            action.triggered.connect(lambda _=False, name=name: self.asked.emit(name))
        menu.addMenu(self._differences)
        self._differences.aboutToShow.connect(self._list_others)
        return menu

    def _list_others(self) -> None:
        """Offer the panels that are there now."""
        self._differences.clear()
        self._fill(self.others.items())

    def _fill(self, others: Iterable[tuple[int, str]]) -> None:
        for number, name in others:
            action = self._differences.addAction(name)
            action.triggered.connect(
                lambda _=False, number=number: self.difference_wanted.emit(number)
            )
        if self._differences.isEmpty():
            self._differences.addAction(tr("no other panel")).setEnabled(False)

    def _colour_icons(self) -> None:
        tokens = theme.current()
        self._more.setIcon(qtawesome.icon("mdi6.dots-horizontal", color=tokens.muted))
        self.pin.setIcon(qtawesome.icon("mdi6.pin", color=tokens.accent))
