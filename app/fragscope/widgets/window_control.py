"""Width and centre of the window of a picture of more than 8 bits, and windows to choose from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.counts import Window
from fragscope_explainers.translation import tr, trn

from ..session import Session
from ..windowing import Windowing
from . import theme
from .described import describe
from .number_box import NumberBox

_PATIENCE_MS = 500
"""After so long without another change a window is meant."""
_FAR = 1e9
_LEAST_LETTERS = 20
"""Of a window's name and numbers; long names must not widen the tab."""


class WindowControl(QWidget):
    """Shows and sets the window of the picture in front; hidden while that has 8 bits."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.windowing = Windowing(session, self)
        self.width_box, self.centre_box = NumberBox(self), NumberBox(self)
        self.width_said, self.centre_said = QLabel(self), QLabel(self)
        self.presets = QComboBox(self)
        self.all_button = QPushButton(self)
        self.facts, self.differing = QLabel(self), QLabel(self)
        self._timer = QTimer(self)
        self._names: tuple[str, ...] = ()
        self._build()
        self._lay_out()
        self.windowing.changed.connect(self.refresh)
        session.album.pictures_changed.connect(self.refresh)
        session.image_changed.connect(self._forget_typed)
        session.album.picture_changed.connect(lambda _: self._show_alike())
        self.refresh()

    def refresh(self) -> None:
        """Show the window of the picture in front, tried or set."""
        counts, window = self.windowing.counts, self.windowing.window
        self.setVisible(counts is not None)
        if counts is None or window is None:
            self._timer.stop()
            return
        step, unit = self.windowing.step, self.windowing.unit
        _show(self.width_box, window.width, step, unit, least=step)
        _show(self.centre_box, window.centre, step, unit, least=-_FAR)
        self._show_facts(unit)
        self._show_presets(window)
        self._show_alike()

    # -- inside -----------------------------------------------------------------------------

    def _forget_typed(self) -> None:
        """What was typed and refused was about the picture before."""
        for label in (self.width_said, self.centre_said):
            _say(label, "")

    def _show_facts(self, unit: str) -> None:
        found = self.windowing.range
        low, high = (f"{count:,.6g}" for count in found or (0, 0))
        text = tr("This picture has {low} to {high} {unit}.", low=low, high=high, unit=unit)
        self.facts.setText("" if found is None else text)

    def _show_presets(self, window: Window) -> None:
        found = self.windowing.presets
        names = tuple(preset.text for preset in found)
        blocker = QSignalBlocker(self.presets)
        if names != self._names:
            self._names = names
            self.presets.clear()
            self.presets.addItems(list(names))
            listed = self.presets.view()
            listed.setMinimumWidth(listed.sizeHintForColumn(0) + 2 * theme.SPACE)
        alike = (n for n, preset in enumerate(found) if preset.window == window)
        self.presets.setCurrentIndex(next(alike, -1))
        del blocker

    def _show_alike(self) -> None:
        count, differing = self.windowing.alike, self.windowing.differing
        told = trn(
            "{count} more picture of this kind is seen through another window, so that equal "
            "numbers look different in it.",
            "{count} more pictures of this kind are seen through other windows, so that equal "
            "numbers look different in them.",
            differing,
        )
        _say(self.differing, told if differing else "")
        self.all_button.setVisible(count > 0)
        self.all_button.setText(
            trn("Use for {count} more picture", "Use for {count} more pictures", count)
        )

    def _edit(self, change: Callable[[Window], Window]) -> None:
        """Try the window with one number changed; it is set when no other change follows."""
        window = self.windowing.window
        if window is not None:
            self.windowing.try_window(change(window))
            self._timer.start()

    def _settle(self) -> None:
        self._timer.stop()
        self.windowing.settle()

    def _choose(self, index: int) -> None:
        self._timer.stop()
        self.windowing.use(self.windowing.presets[index].window)

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._settle)
        self.width_box.valueChanged.connect(
            lambda width: self._edit(lambda window: replace(window, width=width))
        )
        self.centre_box.valueChanged.connect(
            lambda centre: self._edit(lambda window: replace(window, centre=centre))
        )
        for box in (self.width_box, self.centre_box):
            box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
            box.setGroupSeparatorShown(True)
            box.setFont(theme.tabular(box.font()))
            box.setMinimumSize(24 * theme.SPACE, self.presets.sizeHint().height())
            box.editingFinished.connect(self._settle)
        for box, label in ((self.width_box, self.width_said), (self.centre_box, self.centre_said)):
            label.setObjectName("error")
            label.setWordWrap(True)
            label.hide()
            box.said.connect(partial(_say, label))
        self.presets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.presets.setMinimumContentsLength(_LEAST_LETTERS)
        self.presets.setMinimumWidth(24 * theme.SPACE)  # a narrow tab must not cut the row
        self.presets.setPlaceholderText(tr("Set by you"))
        self.presets.activated.connect(self._choose)
        self.all_button.clicked.connect(self.windowing.use_for_alike)
        self.facts.setObjectName("muted")
        self.differing.setObjectName("warning")
        for label in (self.facts, self.differing):
            label.setWordWrap(True)
        self._describe()

    def _describe(self) -> None:
        describe(
            (
                self.width_box,
                tr("Window width"),
                tr("From black to white. In a picture: drag with the right button to the side"),
            ),
            (
                self.centre_box,
                tr("Window centre"),
                tr("What becomes middle grey. In a picture: drag up or down with the right button"),
            ),
            (self.presets, tr("Windows to choose from"), tr("Windows to choose from")),
            (
                self.all_button,
                tr("Use for all pictures of this kind"),
                tr("See all pictures with numbers of the same kind through this window"),
            ),
            (self.width_said, tr("Message"), ""),
            (self.centre_said, tr("Message"), ""),
            (self.differing, tr("Other windows"), tr("Pictures of this kind in other windows")),
            (self.facts, tr("Range of the counts"), tr("Least and greatest number in the picture")),
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * theme.SPACE)
        form.setVerticalSpacing(theme.SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Window"), self.presets)
        form.addRow(tr("Width"), _above(self.width_box, self.width_said))
        form.addRow(tr("Centre"), _above(self.centre_box, self.centre_said))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE, 0)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(form)
        layout.addWidget(self.facts)
        layout.addWidget(self.differing)
        layout.addWidget(self.all_button)


def _above(box: NumberBox, label: QLabel) -> QVBoxLayout:
    rows = QVBoxLayout()
    rows.setSpacing(theme.SPACE)
    rows.addWidget(box)
    rows.addWidget(label)
    return rows


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _show(box: NumberBox, value: float, step: float, unit: str, least: float) -> None:
    """Put a number into a field; the one that is there stays where it is the same to a step."""
    blocker = QSignalBlocker(box)
    box.setDecimals(max(0, -math.floor(math.log10(step))))
    box.setRange(least, _FAR)
    box.setSuffix(f" {unit}")
    if round(box.value() / step) != round(value / step):
        box.setValue(value)
    del blocker
