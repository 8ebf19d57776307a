"""The column beside the panels: classes, pyramid, map display, pointer readout."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ..colours import COLOUR_MAPS, Display
from ..session import Session
from . import theme
from .class_search import ClassSearch
from .classes_list import ClassesList
from .pyramid_control import PyramidControl
from .readout import Readout

_WIDTH = 284


class SideBar(QScrollArea):
    """Stacks the sections.

    Signals (GUI thread)
    -------
    display_changed(object) : a new `Display`.
    maps_toggled(bool) : the maps are to be shown, or not.
    """

    display_changed = Signal(object)
    maps_toggled = Signal(bool)

    def __init__(self, session: Session, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassesList(session, self)
        self.search = ClassSearch(session, self)
        self.pyramid = PyramidControl(session, self)
        self.readout = Readout(session, self)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.colour_map = QComboBox(self)
        self._maps_shown = True
        self._build(display)

    @property
    def display(self) -> Display:
        """What the controls say now."""
        return Display(self.colour_map.currentText(), self.opacity.value() / 100)

    def toggle_map(self) -> None:
        """Hide the maps on the screen, or show them again; exports are not touched."""
        self._maps_shown = not self._maps_shown
        self.maps_toggled.emit(self._maps_shown)

    def step_class(self, by: int) -> None:
        """Explain a class some rows further down."""
        row = self.classes.currentRow() + by
        if 0 <= row < self.classes.count():
            self.classes.setCurrentRow(row)

    def _build(self, display: Display) -> None:
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * theme.SPACE)
        for title, widget in (
            ("CLASSES", self._class_section()),
            ("PYRAMID", self.pyramid),
            ("MAP", self._display_form(display)),
            ("AT THE POINTER", self.readout),
        ):
            layout.addWidget(_section(title, widget, self))
        layout.addStretch()
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH)

    def _class_section(self) -> QWidget:
        both = QWidget(self)
        layout = QVBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        search_row = QVBoxLayout()
        search_row.setContentsMargins(8, 0, 8, theme.SPACE)
        search_row.addWidget(self.search)
        layout.addWidget(self.classes)
        layout.addLayout(search_row)
        return both

    def _display_form(self, display: Display) -> QWidget:
        form = QWidget(self)
        layout = QFormLayout(form)
        layout.setContentsMargins(8, 0, 8, theme.SPACE)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(100 * display.opacity))
        self.opacity.setAccessibleName("Opacity of the maps")
        self.opacity.setToolTip("How strongly the maps cover the picture")
        self.colour_map.addItems(list(COLOUR_MAPS))
        self.colour_map.setCurrentText(display.colour_map)
        self.colour_map.setAccessibleName("Colour map")
        self.colour_map.setToolTip("Colours of unsigned maps; signed ones run from blue to red")
        signs = QLabel("Signed maps: red speaks for the class, blue against it.", form)
        signs.setObjectName("muted")
        signs.setWordWrap(True)
        layout.addRow("Opacity", self.opacity)
        layout.addRow("Colours", self.colour_map)
        layout.addRow(signs)
        self.opacity.valueChanged.connect(lambda _: self.display_changed.emit(self.display))
        self.colour_map.currentTextChanged.connect(
            lambda _: self.display_changed.emit(self.display)
        )
        return form


def _section(title: str, widget: QWidget, parent: QWidget) -> QFrame:
    frame = QFrame(parent)
    frame.setObjectName("card")
    frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 2 * theme.SPACE, 1, theme.SPACE)
    layout.setSpacing(theme.SPACE)
    heading = QLabel(title, frame)
    heading.setObjectName("heading")
    heading.setContentsMargins(8, 0, 8, 0)
    layout.addWidget(heading)
    layout.addWidget(widget)
    return frame
