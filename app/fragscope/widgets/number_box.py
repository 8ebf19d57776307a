"""A field for a number that says what it takes when something else is typed."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from fragscope_explainers.translation import tr

_MOST_QUOTED = 20


class NumberBox(QDoubleSpinBox):
    """Letters cannot be typed, and numbers out of range are not kept; both are told.

    Signals (GUI thread)
    -------
    said(str) : one sentence on what was typed and what is taken, or nothing once it is a number.
    """

    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unfinished = ""
        self._is_new = True
        locale = self.locale()  # else "0,5" is 5 where a comma only parts thousands
        locale.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)
        self.setLocale(locale)
        self.lineEdit().textEdited.connect(self._on_text)
        self.editingFinished.connect(self._on_finish)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        judged: tuple[QValidator.State, str, int] = super().validate(text, place)
        if judged[0] == QValidator.State.Invalid and self.hasFocus():
            self._is_new = False
            self.said.emit(self._refusal(text))  # Qt takes the letter back without a word
        return judged

    def _on_text(self, text: str) -> None:
        """Wait with a beginning such as '-' until it is meant to be all."""
        self._unfinished = "" if self.lineEdit().hasAcceptableInput() else text
        if self._is_new:  # what was refused stays told until something else is typed
            self.said.emit("")
        self._is_new = False

    def _on_finish(self) -> None:
        typed, self._unfinished, self._is_new = self._unfinished, "", True
        if typed:
            self.said.emit(self._refusal(typed))

    def _refusal(self, text: str) -> str:
        typed = text.removesuffix(self.suffix()).strip()[:_MOST_QUOTED]
        low, high = self.textFromValue(self.minimum()), self.textFromValue(self.maximum())
        if not self.decimals():
            return tr(
                "'{text}' is not taken: type a whole number from {low} to {high}.",
                text=typed,
                low=low,
                high=high,
            )
        return tr(
            "'{text}' is not taken: type a number from {low} to {high}.",
            text=typed,
            low=low,
            high=high,
        )
