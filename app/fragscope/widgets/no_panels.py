"""What stands in the place of the panels where there is none."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from ..presets import PRESETS
from . import theme


class NoPanels(QFrame):
    """Says why no panel is seen, and offers the way back.

    Signals (GUI thread)
    -------
    panels_wanted(object) : methods with their parameters are to be shown.
    windows_wanted() : panels in windows of their own are to come back.
    """

    panels_wanted = Signal(object)
    windows_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.text = QLabel(self)
        self.presets = [self._button(preset.label) for preset in PRESETS[:2]]
        self.back = self._button(tr("Bring them back"))
        self.back.clicked.connect(lambda: self.windows_wanted.emit())
        for preset, button in zip(PRESETS, self.presets, strict=False):
            button.setToolTip(preset.question)
            button.clicked.connect(lambda _=False, p=preset: self.panels_wanted.emit(p.panels))
        self._lay_out()
        self.explain(detached=False)

    def explain(self, *, detached: bool) -> None:
        """Say why there is none: all have windows of their own, or all were removed."""
        self.text.setText(
            tr("All panels have windows of their own.")
            if detached
            else tr("No panel is left. Add a method at the top, or begin with some of them:")
        )
        for button in self.presets:
            button.setVisible(not detached)
        self.back.setVisible(detached)

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.SPACE)
        row.addStretch()
        for button in (*self.presets, self.back):
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * theme.SPACE)
        layout.addStretch()
        layout.addWidget(self.text)
        layout.addLayout(row)
        layout.addStretch()
