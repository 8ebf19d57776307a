"""How maps are laid over the picture: opacity and colours."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSlider, QWidget

from ..colours import COLOUR_MAPS, Display
from . import theme


class DisplayControl(QWidget):
    """Edits a `Display`.

    Signals (GUI thread)
    -------
    changed(object) : a new `Display`.
    """

    changed = Signal(object)

    def __init__(self, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.colour_map = QComboBox(self)
        self._build(display)

    @property
    def display(self) -> Display:
        """What the controls say now."""
        return Display(self.colour_map.currentText(), self.opacity.value() / 100)

    def _build(self, display: Display) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(8, 2 * theme.SPACE, 8, theme.SPACE)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(100 * display.opacity))
        self.opacity.setAccessibleName("Opacity of the maps")
        self.opacity.setToolTip("How strongly the maps cover the picture")
        self.colour_map.addItems(list(COLOUR_MAPS))
        self.colour_map.setCurrentText(display.colour_map)
        self.colour_map.setAccessibleName("Colour map")
        self.colour_map.setToolTip("Colours of unsigned maps; signed ones run from blue to red")
        signs = QLabel("Signed maps: red speaks for the class, blue against it.", self)
        signs.setObjectName("muted")
        signs.setWordWrap(True)
        layout.addRow("Opacity", self.opacity)
        layout.addRow("Colours", self.colour_map)
        layout.addRow(signs)
        self.opacity.valueChanged.connect(lambda _: self.changed.emit(self.display))
        self.colour_map.currentTextChanged.connect(lambda _: self.changed.emit(self.display))
