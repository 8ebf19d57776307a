"""Looks for the smallest set that keeps or flips the prediction, and plays its steps back."""

from __future__ import annotations

from collections.abc import Callable

import qtawesome
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.smallest_sets import Goal, Step
from fragscope_explainers.translation import tr

from ..session import Session
from ..what_if import Search, WhatIf
from . import theme
from .elided_label import ElidedLabel

_WHOLE_PLAY_MS = 4000
_STEP_MS = (40, 400)
_TIPS: dict[Goal, str] = {
    "keep": tr(
        "Find a small set of fragments that suffices: with all others erased, "
        "the explained class stays on top"
    ),
    "flip": tr("Find a small set of fragments to erase, so that another class comes out on top"),
}
_NOTE = tr(" The set is small and has no fragment to spare; other sets may be smaller.")


class SmallestSetControl(QWidget):
    """Two buttons, a player and a sentence.

    Signals (GUI thread)
    -------
    wanted(str) : a search with this goal, "keep" or "flip".
    step_chosen(int) : the step of the search to show.
    """

    wanted = Signal(str)
    step_chosen = Signal(int)
    _is_built = False

    def __init__(self, session: Session, what_if: WhatIf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._what_if = session, what_if
        self.keep, self.flip = QPushButton(tr("keeps"), self), QPushButton(tr("flips"), self)
        self.play, self.stop = QToolButton(self), QToolButton(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.sentence = QLabel(self)
        self._timer, self._scroll = QTimer(self), QTimer(self)
        self._shown: Step | None = None
        self._build()
        what_if.searched.connect(self.refresh)
        session.pyramid_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how far the search has come; a player at the end of its steps follows it."""
        search, searching = self._what_if.search, self._what_if.is_searching
        steps = len(search.steps) if search is not None else 0
        for button in (self.keep, self.flip):
            button.setEnabled(self._session.pyramid is not None and not searching)
        for widget in (self.play, self.slider, self.stop):
            widget.setVisible(search is not None)
        self.stop.setEnabled(searching)
        self.play.setEnabled(steps > 1 and not searching)
        self.slider.setEnabled(steps > 1)
        follows = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(steps - 1, 0))
        self.slider.blockSignals(False)
        if searching or not steps:
            self.pause()
        if steps and follows and (searching or (search is not None and search.is_complete)):
            self.slider.setValue(steps - 1)
        self._show_step(self.slider.value())

    def pause(self) -> None:
        """Stop the playback."""
        self._timer.stop()
        self._colour_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll to the result as it comes: on a small screen it would be out of sight."""
        super().resizeEvent(event)
        if event.size().height() > event.oldSize().height():
            self._scroll.start()  # the area around it has not taken the new height yet

    def _scroll_to_result(self) -> None:
        area = _area_of(self)
        if area is not None and self._what_if.search is not None:
            area.ensureWidgetVisible(self, 0, 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _show_step(self, index: int) -> None:
        """Ask for a step, unless it was the last one asked for: people may have edited since."""
        search = self._what_if.search
        if search is not None and index < len(search.steps):
            step = search.steps[index]
            if step is not self._shown:
                self._shown = step
                self.step_chosen.emit(index)
        self._tell()

    def _play_or_pause(self) -> None:
        if self._timer.isActive():
            self.pause()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        steps = max(self.slider.maximum(), 1)
        self._timer.start(min(max(_WHOLE_PLAY_MS // steps, _STEP_MS[0]), _STEP_MS[1]))
        self._colour_icons()

    def _advance(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() == self.slider.maximum():
            self.pause()

    def _tell(self) -> None:
        failure = self._what_if.search_failure
        self.sentence.setObjectName("error" if failure else "muted")
        self.sentence.style().polish(self.sentence)
        text = failure or self._progress()
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _progress(self) -> str:
        search = self._what_if.search
        if search is None:
            return ""
        if search.steps:
            label = self._session.label(search.target)
            text = search_sentence(search, self.slider.value(), label, self._session.label)
        elif self._what_if.is_searching:
            text = tr("Asking the model about each fragment ...")
        else:
            text = tr("Stopped before the first set.")
        self.sentence.setToolTip(text + _NOTE)
        return text

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(self._goals_row())
        layout.addLayout(self._player_row())
        layout.addWidget(self.sentence)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setFont(theme.tabular(self.sentence.font()))
        self.sentence.setAccessibleName(tr("Result of the search"))
        self.play.clicked.connect(self._play_or_pause)
        self.stop.clicked.connect(self._what_if.stop_search)
        self.slider.valueChanged.connect(self._show_step)
        self._timer.timeout.connect(self._advance)
        self._scroll.setSingleShot(True)
        self._scroll.setInterval(0)
        self._scroll.timeout.connect(self._scroll_to_result)
        self._is_built = True
        self._colour_icons()

    def _goals_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(ElidedLabel(tr("Smallest set that"), self), stretch=1)
        goals: tuple[tuple[QPushButton, Goal], ...] = ((self.keep, "keep"), (self.flip, "flip"))
        for button, goal in goals:
            button.setAccessibleName(
                tr("Smallest set that {text} the prediction", text=button.text())
            )
            button.setToolTip(_TIPS[goal])
            text = button.fontMetrics().horizontalAdvance(button.text())
            button.setFixedWidth(text + 5 * theme.SPACE)  # the style's own would cut the label
            button.clicked.connect(lambda _=False, goal=goal: self.wanted.emit(goal))
            row.addWidget(button)
        return row

    def _player_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        for button, name in (
            (self.play, tr("Play the search back")),
            (self.stop, tr("Stop the search")),
        ):
            button.setAutoRaise(True)
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.slider.setAccessibleName(tr("Step of the search"))
        self.slider.setToolTip(tr("Steps of the search, from its first set to its last"))
        row.addWidget(self.play)
        row.addWidget(self.slider, stretch=1)
        row.addWidget(self.stop)
        return row

    def _colour_icons(self) -> None:
        tokens = theme.current()
        playing = "mdi6.pause" if self._timer.isActive() else "mdi6.play"
        for button, icon in ((self.play, playing), (self.stop, "mdi6.stop")):
            button.setIcon(qtawesome.icon(icon, color=tokens.text, color_disabled=tokens.disabled))


def _area_of(widget: QWidget) -> QScrollArea | None:
    """What scrolls a widget, if anything does."""
    found = widget.parentWidget()
    while found is not None and not isinstance(found, QScrollArea):
        found = found.parentWidget()
    return found


def search_sentence(search: Search, index: int, label: str, name_of: Callable[[int], str]) -> str:
    """What a step of a search says, in one or two short sentences."""
    step = search.steps[index]
    size, count, now = len(step.fragments), search.count, float(step.probabilities[search.target])
    if not search.is_complete or index < len(search.steps) - 1:
        told = {"size": size, "count": count, "label": label, "now": now}
        if search.goal == "keep":
            return tr("{size} of {count} fragments kept: {label} {now:.1%}.", **told)
        return tr("{size} of {count} fragments erased: {label} {now:.1%}.", **told)
    if step.phase == "unreachable":
        return _failed_sentence(search, size, label)
    if search.goal == "keep" and not size:
        return tr(
            "{label} is on top even with everything erased; no fragment is needed.", label=label
        )
    if search.goal == "keep":
        return tr(
            "{size} of {count} fragments suffice: {label} stays on top at {now:.1%}.",
            size=size,
            count=count,
            label=label,
            now=now,
        )
    top = name_of(int(step.probabilities.argmax()))
    return tr(
        "Without {size} of {count} fragments {top} is on top; {label} falls to {now:.1%}.",
        size=size,
        count=count,
        top=top,
        label=label,
        now=now,
    )


def _failed_sentence(search: Search, size: int, label: str) -> str:
    if search.goal == "keep":
        return tr(
            "{label} never comes out on top. Try another level, another fill or another class.",
            label=label,
        )
    if not size:
        return tr(
            "{label} is not on top, so there is nothing to flip. Explain the top class first.",
            label=label,
        )
    return tr("{label} stays on top even with everything erased. Try another fill.", label=label)
