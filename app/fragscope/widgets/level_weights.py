"""Sliders for the weight of every level and the softness of edges."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from ..changes import Change
from ..painting import MOST_WEIGHT, PLAIN, Painting
from . import theme

_STEPS = 20
"""Steps of a slider between 0 and 1."""
_NOTE = tr("Curves and scores (~) are still of the plain map.")


class LevelWeights(QWidget):
    """Edits a `Painting`.

    Signals (GUI thread)
    -------
    changed(object) : a new `Painting`.
    changing(object) : people are about to make this `Change` of it.
    """

    changed = Signal(object)
    changing = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: list[QSlider] = []
        self.softness = self._slider(tr("Softness of edges"), 1.0, 0.0)
        self.softness.setToolTip(tr("From hard edges of the fragments to soft ones"))
        self.reset_button = QToolButton(self)
        self._softness_value = QLabel("0.00", self)
        self._known: dict[int, Painting] = {}
        self._rows: list[QWidget] = []
        self._values: list[QLabel] = []
        self._grid = QGridLayout()
        self._note = QLabel(_NOTE, self)
        self._build()

    @property
    def painting(self) -> Painting:
        """What the sliders say now; `PLAIN` where all weights are 1 and edges are hard."""
        weights = tuple(slider.value() / _STEPS for slider in self.sliders)
        found = Painting(weights, self.softness.value() / _STEPS)
        return PLAIN if found.is_plain else found

    def set_levels(self, counts: Sequence[int]) -> None:
        """Give each level a slider; another number of levels has weights of its own."""
        if len(counts) != len(self.sliders):
            self._known[len(self.sliders)] = self.painting
            self._make_rows(len(counts))
            self.show_painting(self._known.get(len(counts), PLAIN))
        for index, count in enumerate(counts):
            label, slider = self._rows[2 * index], self.sliders[index]
            if isinstance(label, QLabel):
                label.setText(f"{count:,}")
            slider.setAccessibleName(tr("Weight of level {index}", index=index + 1))
            slider.setToolTip(
                tr("Weight of level {index}, {count:,} fragments", index=index + 1, count=count)
            )

    def reset(self) -> None:
        """Go back to the plain map."""
        if not self.painting.is_plain:
            self.changing.emit(Change("painting", tr("reset the level weights")))
        self.show_painting(PLAIN)

    def show_painting(self, painting: Painting) -> None:
        """Set all sliders, `changed` fires once; weights of another number of levels wait."""
        weights = painting.weights or (1.0,) * len(self.sliders)
        if len(weights) != len(self.sliders):
            self._known[len(weights)] = painting
            return
        values = zip((*self.sliders, self.softness), (*weights, painting.softness), strict=True)
        for slider, value in values:
            slider.blockSignals(True)
            slider.setValue(round(value * _STEPS))
            slider.blockSignals(False)
        self._tell()

    def _on_value(self, what: str) -> None:
        self.changing.emit(Change("painting", what, key=what))
        self._tell()

    def _tell(self) -> None:
        for slider, label in zip(self.sliders, self._values, strict=True):
            label.setText(f"{slider.value() / _STEPS:.2f}")
        self._softness_value.setText(f"{self.softness.value() / _STEPS:.2f}")
        painting = self.painting
        self._note.setVisible(not painting.is_plain)
        self.reset_button.setEnabled(not painting.is_plain)
        self.changed.emit(painting)

    def _make_rows(self, levels: int) -> None:
        for widget in (*self._rows, *self._values):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self.sliders = [self._slider("", MOST_WEIGHT, 1.0) for _ in range(levels)]
        self._values = [QLabel("1.00", self) for _ in range(levels)]
        self._rows = []
        for index, slider in enumerate(self.sliders):
            label = QLabel(self)
            label.setBuddy(slider)
            self._rows += [label, slider]
            self._add_row(index, label, slider, self._values[index])

    def _add_row(self, row: int, label: QLabel, slider: QSlider, value: QLabel) -> None:
        for text in (label, value):
            text.setFont(theme.tabular(text.font()))
            text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setObjectName("muted")
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("0.00"))
        self._grid.addWidget(label, row + 1, 0)
        self._grid.addWidget(slider, row + 1, 1)
        self._grid.addWidget(value, row + 1, 2)

    def _slider(self, name: str, most: float, value: float) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(0, round(most * _STEPS))
        slider.setPageStep(_STEPS // 4)
        slider.setValue(round(value * _STEPS))
        slider.setAccessibleName(name)
        what = tr("soften edges") if name else tr("weigh levels")
        slider.valueChanged.connect(lambda _: self._on_value(what))
        return slider

    def _build(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE)
        soft = QLabel(tr("Soft"), self)
        soft.setBuddy(self.softness)
        self._add_row(-1, soft, self.softness, self._softness_value)
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._note.hide()
        self.reset_button.setText(tr("Reset"))
        self.reset_button.setToolTip(tr("Count all levels alike, with hard edges: the plain map"))
        self.reset_button.setEnabled(False)
        self.reset_button.clicked.connect(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.SPACE, 0, 0, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(self._grid)
        layout.addWidget(self._note)
        layout.addWidget(self.reset_button)
