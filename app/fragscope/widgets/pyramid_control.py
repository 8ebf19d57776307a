"""The pyramid as a control: its levels, their weights, and how the fragments are cut."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QSlider, QVBoxLayout, QWidget

from fragscope_explainers.fragments import Cutting, Pyramid, boundary_segments, fragment_outline
from fragscope_explainers.translation import tr, trn

from ..panels import Panel
from ..pyramid_preview import PyramidPreview
from ..session import Session
from . import theme
from .cutting_form import CuttingForm
from .disclosure import Disclosure
from .level_strip import LevelStrip
from .level_weights import LevelWeights

_CUT_METHODS = ("mfpp", "mfpp-paper")
"""Methods whose parameters say how fragments are cut; loading them to see would load torch."""


class PyramidControl(QWidget):
    """Shows the session's pyramid, or a preview of another one, level by level.

    Signals (GUI thread)
    -------
    outline_changed(object) : segments to draw (see `boundary_segments`), or None for none.
    highlight_changed(object) : segments around the fragment under the pointer, or None.
    level_changed(int) : another level is looked at.
    """

    outline_changed = Signal(object)
    highlight_changed = Signal(object)
    level_changed = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._outlines: dict[int, object] = {}
        self._pointed: tuple[int, int] | None = None
        self._seen_cutting = Cutting()
        self.shown = QCheckBox(tr("Show fragments"), self)
        self.strip = LevelStrip(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self._caption = QLabel(self)
        self.weights = LevelWeights(self)
        self.form = CuttingForm(self)
        self.preview = PyramidPreview(session, self)
        self.weighting = Disclosure(
            tr("Level weights"),
            tr("How much each level counts; no model query"),
            self.weights,
            self,
        )
        self.cutting = Disclosure(
            tr("Cut otherwise"),
            tr("Other segmenters, scales or your own fragments"),
            self.form,
            self,
        )
        self._build()
        self._wire()
        self.setEnabled(False)

    @property
    def level(self) -> int:
        """The level that is looked at."""
        return self.slider.value()

    @property
    def pyramid(self) -> Pyramid | None:
        """The fragments that are shown: a preview of others, or those that MFPP uses."""
        return self.preview.pyramid or self._session.pyramid

    @property
    def labels(self) -> NDArray[np.int32] | None:
        """Labels [h, w] of the fragments that are looked at, or None while there are none."""
        pyramid = self.pyramid
        level = min(self.level, pyramid.levels - 1) if pyramid is not None else 0
        return None if pyramid is None else pyramid.labels[level]

    def step(self, by: int) -> None:
        """Go some levels finer, and show the fragments."""
        self.shown.setChecked(True)
        self.slider.setValue(self.slider.value() + by)

    def point_at(self, x: float, y: float) -> None:
        """Outline the fragment under a point of the picture, at the level looked at."""
        prediction, pyramid = self._session.prediction, self.pyramid
        wanted = self.shown.isChecked() or self.isVisible()
        pixel = None
        if prediction is not None and pyramid is not None and wanted:
            pixel = prediction.model_input.geometry.input_pixel(x, y)
        if pyramid is None or pixel is None:
            self.leave()
            return
        label = int(pyramid.labels[self.level, pixel[1], pixel[0]])
        if self._pointed != (self.level, label):
            self._pointed = (self.level, label)
            self.highlight_changed.emit(fragment_outline(pyramid.labels[self.level], label))

    def leave(self) -> None:
        """Outline no single fragment."""
        if self._pointed is not None:
            self._pointed = None
            self.highlight_changed.emit(None)

    def redraw(self) -> None:
        """Send the outline again, for panels that have none yet."""
        pyramid = self.pyramid
        if pyramid is None:
            return
        self.leave()
        count = pyramid.counts[self.level]
        what = tr(" (preview)") if self.preview.pyramid is not None else ""
        fragments = trn("{count:,} fragment", "{count:,} fragments", count)
        self._caption.setText(
            tr(
                "level {level}: {fragments}{what}",
                level=self.level + 1,
                fragments=fragments,
                what=what,
            )
        )
        self.strip.set_level(self.level)
        self.level_changed.emit(self.level)
        self.outline_changed.emit(self._outline(pyramid) if self.shown.isChecked() else None)

    # -- what happens in the session ----------------------------------------------------------

    def _on_pyramid(self) -> None:
        """Show the session's fragments, which take the place of a preview."""
        self.preview.clear()
        self.setEnabled(self._session.pyramid is not None)

    def _on_image(self) -> None:
        self._outlines.clear()
        self.strip.empty()
        self.setEnabled(False)
        self._caption.setText("")
        self.leave()
        self.outline_changed.emit(None)
        self.form.set_cutting(self._seen_cutting)

    def _on_panels(self) -> None:
        """Follow what the first MFPP panel was given elsewhere."""
        panel = self._first_panel()
        names = self._session.panels.names()
        users = [p.number for p in self._session.panels if p.method.name in _CUT_METHODS]
        self.form.set_users({number: names[number] for number in users})
        used = Cutting(**_cutting_settings(panel)) if panel is not None else Cutting()
        if used != self._seen_cutting:
            self._seen_cutting = used
            self.form.set_cutting(used)

    def _show_pyramid(self) -> None:
        """Show all levels of what is shown now."""
        self._outlines.clear()
        prediction, pyramid = self._session.prediction, self.pyramid
        self._say_preview()
        if prediction is None or pyramid is None:
            return
        level = min(self.level, pyramid.levels - 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, pyramid.levels - 1)
        self.slider.setValue(level)
        self.slider.blockSignals(False)
        self.strip.show_pyramid(prediction.model_input.rgb, pyramid, level)
        if self.preview.pyramid is None:
            self.weights.set_levels(pyramid.counts)
        self.redraw()

    # -- cutting otherwise ----------------------------------------------------------------------

    def _try(self, cutting: Cutting) -> None:
        """Preview a cut; that of the panel itself needs none."""
        if cutting == self._seen_cutting:
            self.preview.clear()
            return
        self.form.show_message(tr("cutting ..."))
        self.preview.show(cutting)

    def _use(self, cutting: Cutting, numbers: tuple[int, ...]) -> None:
        first = self._first_panel()
        if first is not None and first.number in numbers:
            self._seen_cutting = cutting
        chosen = {k: v for k, v in asdict(cutting).items() if v != getattr(Cutting(), k)}
        for number in numbers:
            panel = self._session.panel(number)
            others = {k: v for k, v in panel.settings.items() if k not in asdict(cutting)}
            self._session.configure(number, panel.method.name, others | chosen)
        preview, known = self.preview.pyramid, self._session.pyramid
        if preview is None or known is None or preview.is_like(known):
            self.preview.clear()  # no other fragments will come

    def _say_preview(self) -> None:
        text = tr("Preview: MFPP does not use it yet.") if self.preview.pyramid is not None else ""
        failure = self.preview.failure
        self.form.show_message(failure or text, is_error=bool(failure))

    def _first_panel(self) -> Panel | None:
        panels = self._session.panels
        return next((p for p in panels if p.method.name in _CUT_METHODS), None)

    def _outline(self, pyramid: Pyramid) -> object:
        if self.level not in self._outlines:
            self._outlines[self.level] = boundary_segments(pyramid.labels[self.level])
        return self._outlines[self.level]

    # -- building ---------------------------------------------------------------------------

    def _wire(self) -> None:
        session = self._session
        session.pyramid_changed.connect(self._on_pyramid)
        session.image_changed.connect(self._on_image)
        session.panels_changed.connect(self._on_panels)
        self.shown.toggled.connect(lambda _: self.redraw())
        self.slider.valueChanged.connect(lambda _: self.redraw())
        self.strip.chosen.connect(self.slider.setValue)
        self.weights.changed.connect(session.paint)
        self.form.changed.connect(self._try)
        self.form.use_wanted.connect(self._use)
        self.preview.changed.connect(self._show_pyramid)
        self._on_panels()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        self.slider.setRange(0, 4)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName(tr("Pyramid level"))
        self.slider.setToolTip(tr("Fragments from coarse to fine"))
        self.shown.setToolTip(tr("Outline the fragments that MFPP keeps and drops"))
        self._caption.setObjectName("muted")
        for widget in (self.shown, self.strip, self.slider, self._caption):
            layout.addWidget(widget)
        layout.addWidget(self.weighting)
        layout.addWidget(self.cutting)
        layout.addStretch()


def _cutting_settings(panel: Panel) -> dict[str, Any]:
    """The panel's own parameters that say how fragments are cut."""
    return {k: v for k, v in panel.settings.items() if k in asdict(Cutting())}
