"""The tab "What if": tools to erase or keep parts of the picture, and what the model says then."""

from __future__ import annotations

from typing import Literal

import numpy as np
import qtawesome
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import tr, trn
from fragscope_explainers.what_if import EraserFill

from ..session import Session
from ..what_if import WhatIf
from . import theme
from .actions import Actions
from .elided_label import ElidedLabel
from .probability_bars import Bar, ProbabilityBars
from .smallest_set_control import SmallestSetControl

Tool = Literal["look", "fragments", "brush"]
_ROWS = 5
_LETTERS = 4
"""Of the name of a fill that are seen in any case."""
_TOOLS: tuple[tuple[Tool, str, str, str], ...] = (
    (
        "look",
        tr("Look"),
        "mdi6.hand-back-right-outline",
        tr("Look: drags pan and clicks change nothing"),
    ),
    (
        "fragments",
        tr("Click fragments"),
        "mdi6.cursor-default-click-outline",
        tr(
            "Click a fragment to erase it, click again to bring it back; "
            "with Shift a click only erases, with Ctrl it only brings back"
        ),
    ),
    (
        "brush",
        tr("Brush"),
        "mdi6.brush",
        tr("Drag to erase, with Ctrl to bring back; the middle button pans"),
    ),
)
_FILLS: tuple[tuple[EraserFill, str, str], ...] = (
    ("mean", tr("Mean colour"), tr("the mean colour of the model's training pictures")),
    ("black", tr("Black"), "black"),
    ("blur", tr("Blurred"), tr("the blurred picture, which still tells much of the colours")),
    ("inpaint", tr("Inpainted"), tr("a smooth blend of what surrounds it")),
)


class WhatIfControl(QWidget):
    """Edits a `WhatIf`.

    Signals (GUI thread)
    -------
    tool_changed(str) : "look", "fragments" or "brush".
    keeps_changed(bool) : only the marked part is to stay, or it is to go.
    fill_changed(str) : what erased pixels become.
    brush_changed() : the brush has another width.
    """

    tool_changed = Signal(str)
    keeps_changed = Signal(bool)
    fill_changed = Signal(str)
    brush_changed = Signal()
    _is_built = False

    def __init__(
        self, session: Session, what_if: WhatIf, actions: Actions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._what_if = session, what_if
        self.tools = {name: QToolButton(self) for name, *_ in _TOOLS}
        self._group = QButtonGroup(self)
        self._details = QStackedWidget(self)
        self.level = ElidedLabel(parent=self)
        self.brush_width = QSlider(Qt.Orientation.Horizontal, self)
        self.keeps = QCheckBox(tr("Keep only this"), self)
        self.fill = QComboBox(self)
        self.bars = ProbabilityBars(_ROWS, self)
        self.status = QLabel(self)
        self.smallest = SmallestSetControl(session, what_if, self)
        self._build(actions)
        what_if.changed.connect(self._show_edit)
        what_if.answered.connect(self._show_answer)
        session.target_changed.connect(self._show_answer)
        self._show_edit()

    @property
    def tool(self) -> Tool:
        """The chosen tool."""
        return next((name for name in self.tools if self.tools[name].isChecked()), "look")

    def brush_diameter(self, rows: int) -> float:
        """Width of the brush on an input of so many rows, in input pixels."""
        return self.brush_width.value() / 100 * rows

    def name_level(self, level: int, fragments: int) -> None:
        """Name the level whose fragments clicks erase."""
        count = trn("{count:,} fragment", "{count:,} fragments", fragments)
        self.level.setText(count)
        self.level.setToolTip(
            tr("Clicks mark those of level {level}: {count}", level=level + 1, count=count)
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _show_edit(self) -> None:
        edit = self._what_if.edit
        self.setEnabled(edit is not None)
        if edit is not None:
            for widget in (self.keeps, self.fill):
                widget.blockSignals(True)
            self.keeps.setChecked(edit.keeps)
            self.fill.setCurrentIndex([name for name, *_ in _FILLS].index(edit.fill))
            for widget in (self.keeps, self.fill):
                widget.blockSignals(False)
        self._tell()

    def _show_answer(self) -> None:
        now, before = self._what_if.probabilities, self._what_if.original
        target = self._session.target
        if now is None or before is None or target is None:
            self.bars.show_bars([])
        else:
            order = [int(index) for index in np.argsort(-now, kind="stable")[:_ROWS]]
            shown = order if target in order else [*order[:-1], target]
            label = self._session.label
            self.bars.show_bars(
                [Bar(label(n), float(before[n]), float(now[n]), n == target) for n in shown]
            )
        self._tell()

    def _tell(self) -> None:
        what_if, edit = self._what_if, self._what_if.edit
        self.status.setObjectName("error" if what_if.failure else "muted")
        self.status.style().polish(self.status)
        if what_if.failure or edit is None:
            self.status.setText(what_if.failure or tr("Open a picture to erase parts of it."))
        elif edit.is_empty:
            self.status.setText(tr("Nothing is erased."))
        else:
            erased = tr("{mean:.1%} of the input is erased", mean=edit.erased.mean())
            self.status.setText(erased + (tr(", asking ...") if what_if.is_asking else "."))

    # -- building ---------------------------------------------------------------------------

    def _build(self, actions: Actions) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, theme.SPACE, 8, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(self._tools_row())
        layout.addWidget(self.bars)
        layout.addWidget(self.status)
        layout.addLayout(self._options_row(actions))
        layout.addWidget(self.smallest)
        layout.addStretch()
        self.bars.setAccessibleName(tr("Probabilities after the change"))
        self.status.setWordWrap(True)
        self.status.setFont(theme.tabular(self.status.font()))
        self._fill_details(actions)
        self._is_built = True
        self._colour_icons()
        self.tools["fragments"].setChecked(True)

    def _tools_row(self) -> QHBoxLayout:
        """The tools, and beside them what belongs to the chosen one."""
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        for name, text, _, tip in _TOOLS:
            button = self.tools[name]
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.toggled.connect(lambda on, name=name: self._choose(name) if on else None)
            self._group.addButton(button)
            row.addWidget(button)
        row.addWidget(self._details, stretch=1)
        return row

    def _choose(self, tool: Tool) -> None:
        self._details.setCurrentIndex(list(self.tools).index(tool))
        self.tool_changed.emit(tool)

    def _fill_details(self, actions: Actions) -> None:
        """What belongs to each tool, in their order."""
        hint = ElidedLabel(tr("Drags pan, clicks change nothing."), self)
        for label in (hint, self.level):
            label.setObjectName("muted")
        policy = self._details.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Fixed)  # a tall tab leaves its room below
        self._details.setSizePolicy(policy)
        self._details.addWidget(hint)
        steps = [QToolButton(self), QToolButton(self)]
        for button, name in zip(steps, ("coarser", "finer"), strict=True):
            button.setAutoRaise(True)
            button.setDefaultAction(actions[name])
        self._details.addWidget(_in_row(self.level, *steps))
        self.brush_width.setRange(2, 40)
        self.brush_width.setValue(10)
        self.brush_width.setAccessibleName(tr("Width of the brush"))
        self.brush_width.setToolTip(tr("Width of the brush, in hundredths of the input's height"))
        self.brush_width.valueChanged.connect(lambda _: self.brush_changed.emit())
        self._details.addWidget(self.brush_width)

    def _options_row(self, actions: Actions) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        self.keeps.setToolTip(
            tr("Erase everything but what you marked, instead of what you marked")
        )
        self.keeps.toggled.connect(self.keeps_changed)
        self.fill.setAccessibleName(tr("Fill of erased parts"))
        tips = "; ".join(f"{text}: {what}" for _, text, what in _FILLS)
        self.fill.setToolTip(tr("What erased parts become. {tips}", tips=tips))
        for name, text, _ in _FILLS:
            self.fill.addItem(text, name)
        self.fill.currentIndexChanged.connect(
            lambda _: self.fill_changed.emit(self.fill.currentData())
        )
        self.fill.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.fill.setMinimumContentsLength(_LETTERS)
        reset = QToolButton(self)
        reset.setAutoRaise(True)
        reset.setDefaultAction(actions["reset"])
        row.addWidget(self.keeps)
        row.addWidget(self.fill, stretch=1)
        row.addWidget(reset)
        return row

    def _colour_icons(self) -> None:
        for name, _, icon, _ in _TOOLS:
            self.tools[name].setIcon(qtawesome.icon(icon, color=theme.current().text))


def _in_row(first: QWidget, *others: QWidget) -> QWidget:
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE)
    row.addWidget(first, stretch=1)
    for widget in others:
        row.addWidget(widget)
    return whole
