"""The fragment overlay: on or off, and a slider through the pyramid's levels."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from fragscope_explainers.fragments import boundary_segments

from ..session import Session
from . import theme


class PyramidControl(QWidget):
    """Chooses a level of the session's pyramid.

    Signals (GUI thread)
    -------
    outline_changed(object) : segments to draw (see `boundary_segments`), or None for none.
    level_changed(int) : another level is looked at.
    """

    outline_changed = Signal(object)
    level_changed = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._outlines: dict[int, object] = {}
        self.shown = QCheckBox("Show fragments", self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self._ticks = QHBoxLayout()
        self._caption = QLabel(self)
        self._build()
        session.pyramid_changed.connect(self._on_pyramid)
        session.image_changed.connect(self._on_image)
        self.setEnabled(False)

    @property
    def level(self) -> int:
        """The level that is looked at."""
        return self.slider.value()

    def step(self, by: int) -> None:
        """Go some levels finer, and show the fragments."""
        self.shown.setChecked(True)
        self.slider.setValue(self.slider.value() + by)

    def _on_pyramid(self) -> None:
        self._outlines.clear()
        pyramid = self._session.pyramid
        if pyramid is None:
            return
        self.slider.setRange(0, pyramid.levels - 1)
        self._label_ticks(pyramid.scales)
        self.setEnabled(True)
        self.redraw()

    def _on_image(self) -> None:
        self._outlines.clear()
        self.setEnabled(False)
        self._caption.setText("")
        self.outline_changed.emit(None)

    def redraw(self) -> None:
        """Send the outline again, for panels that have none yet."""
        pyramid = self._session.pyramid
        if pyramid is None:
            return
        count = pyramid.counts[self.level]
        self._caption.setText(
            f"level {self.level + 1}: {count} fragment" + ("s" if count != 1 else "")
        )
        self.level_changed.emit(self.level)
        self.outline_changed.emit(self._outline() if self.shown.isChecked() else None)

    def _outline(self) -> object:
        pyramid = self._session.pyramid
        if pyramid is not None and self.level not in self._outlines:
            self._outlines[self.level] = boundary_segments(pyramid.labels[self.level])
        return self._outlines.get(self.level)

    def _label_ticks(self, scales: tuple[int, ...]) -> None:
        while self._ticks.count():
            item = self._ticks.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for index, scale in enumerate(scales):
            if index:
                self._ticks.addStretch()
            label = QLabel(str(scale), self)
            label.setObjectName("muted")
            self._ticks.addWidget(label)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        self.slider.setRange(0, 4)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName("Pyramid level")
        self.slider.setToolTip("Fragments from coarse to fine")
        self.shown.setToolTip("Outline the fragments that MFPP keeps and drops")
        self._caption.setObjectName("muted")
        layout.addWidget(self.shown)
        layout.addWidget(self.slider)
        layout.addLayout(self._ticks)
        layout.addWidget(self._caption)
        self.shown.toggled.connect(lambda _: self.redraw())
        self.slider.valueChanged.connect(lambda _: self.redraw())
