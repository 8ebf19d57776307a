"""Lines above the list of classes: a warning, the contrast shown, or one that is offered."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from ..class_words import close_pair, is_predicted, map_name, named_percent
from ..session import Session
from . import theme
from .elided_label import ElidedLabel


class ClassNotes(QWidget):
    """Each line takes room only while it has something to say."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.warning = ElidedLabel(parent=self)
        self.chip = QFrame(self)
        self.contrast = ElidedLabel(parent=self.chip)
        self.swap, self.end = QToolButton(self.chip), QToolButton(self.chip)
        self.offer = QWidget(self)
        self.question = ElidedLabel(parent=self.offer)
        self.show_difference = QToolButton(self.offer)
        self._build()
        for signal in (session.predicted, session.target_changed, session.image_changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what is to be said of the classes that the session explains."""
        self._show_warning()
        self._show_contrast()
        self._show_offer()
        shown = (self.warning, self.chip, self.offer)
        self.setVisible(any(not line.isHidden() for line in shown))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _show_warning(self) -> None:
        prediction, target = self._session.prediction, self._session.target
        other = prediction is not None and target is not None
        other = other and not is_predicted(prediction, target)  # type: ignore[arg-type]
        self.warning.setVisible(other)
        if prediction is not None and other:
            name = named_percent(prediction, self._session.label, prediction.top[0])
            self.warning.setText(tr("Not the predicted class: {name}", name=name))
            self.warning.setToolTip(
                tr(
                    "The maps explain {label}, but the model says {name}.",
                    label=self._session.label(self._session.target or 0),
                    name=name,
                )
            )

    def _show_contrast(self) -> None:
        target, against = self._session.target, self._session.against
        self.chip.setVisible(against is not None)
        if target is None or against is None:
            return
        label = self._session.label
        text = map_name(label, target, against)
        self.contrast.setText(text)
        self.contrast.setToolTip(
            tr(
                "Red speaks for {label}, blue for {against}. Panels whose run "
                "answers for one class only show that class alone.",
                label=label(target),
                against=label(against),
            )
        )
        self.contrast.setAccessibleName(
            tr("Contrast: {label} minus {against}", label=label(target), against=label(against))
        )

    def _show_offer(self) -> None:
        prediction, label = self._session.prediction, self._session.label
        pair = close_pair(prediction) if prediction is not None else None
        wanted = pair is not None and self._session.against is None
        self.offer.setVisible(wanted and self._session.target in (pair or ()))
        if prediction is not None and pair is not None:
            first, second = (named_percent(prediction, label, index) for index in pair)
            self.question.setText(tr("{first} or {second}?", first=first, second=second))
            self.question.setToolTip(
                tr("{text} The model can hardly tell.", text=self.question.text())
            )

    def _contrast_pair(self) -> None:
        """Subtract the other one of the close pair from the one that is explained."""
        prediction, target = self._session.prediction, self._session.target
        pair = close_pair(prediction) if prediction is not None else None
        if pair is not None and target in pair:
            self._session.set_against(pair[1] if target == pair[0] else pair[0])

    def _swap(self) -> None:
        target, against = self._session.target, self._session.against
        if target is not None and against is not None:
            self._session.set_classes(against, target)

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(theme.SPACE)
        self.warning.setObjectName("warning")
        self.warning.setMinimumHeight(20)
        self.chip.setObjectName("chip")
        for button, name, tip in (
            (
                self.swap,
                tr("Swap the classes"),
                tr("Subtract the explained class from the other one"),
            ),
            (self.end, tr("End the contrast"), tr("Show the explained class alone (V)")),
        ):
            button.setAutoRaise(True)
            button.setAccessibleName(name)
            button.setToolTip(tip)
        self.swap.clicked.connect(self._swap)
        self.end.clicked.connect(lambda: self._session.set_against(None))
        self.show_difference.setText(tr("Contrast"))
        self.show_difference.setToolTip(
            tr("Show the difference: what speaks for one and not the other (V)")
        )
        self.show_difference.clicked.connect(self._contrast_pair)
        _row(self.chip, (8, 0, 0, 0), self.contrast, self.swap, self.end)
        _row(self.offer, (0, 0, 0, 0), self.question, self.show_difference)
        for line in (self.warning, self.chip, self.offer):
            layout.addWidget(line)
        self._colour_icons()

    def _colour_icons(self) -> None:
        colour = theme.current().muted
        self.swap.setIcon(qtawesome.icon("mdi6.swap-horizontal", color=colour))
        self.end.setIcon(qtawesome.icon("mdi6.close", color=colour))


def _row(
    parent: QWidget, margins: tuple[int, int, int, int], label: QWidget, *buttons: QWidget
) -> None:
    row = QHBoxLayout(parent)
    row.setContentsMargins(*margins)
    row.setSpacing(theme.SPACE)
    row.addWidget(label, stretch=1)
    for button in buttons:
        row.addWidget(button, alignment=Qt.AlignmentFlag.AlignVCenter)
