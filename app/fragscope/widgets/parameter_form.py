"""A form for any explainer's parameters, made from the fields that describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.parameters import Parameter, parameters
from fragscope_explainers.registry import Method, methods
from fragscope_explainers.translation import tr

_BIG = 2_000_000_000


class ParameterForm(QDialog):
    """Edits the parameters of one method; `settings` holds those that are not the default."""

    def __init__(
        self, method: Method, settings: dict[str, Any], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("{label}: parameters", label=method.label))
        self._method = method
        self._readers: dict[str, tuple[Parameter, Callable[[], Any]]] = {}
        self._suggested: dict[str, QComboBox] = {}
        self.settings: dict[str, Any] = dict(settings)
        form = QFormLayout()
        cls = method.load()
        for parameter in parameters(cls):
            value = settings.get(parameter.name, parameter.default)
            editor, read = _editor(parameter, value)
            editor.setToolTip(parameter.help)
            editor.setAccessibleName(parameter.label)
            form.addRow(parameter.label, editor)
            self._readers[parameter.name] = (parameter, read)
            if parameter.suggested and isinstance(editor, QComboBox):
                self._suggested[parameter.name] = editor
        if not self._readers:
            form.addRow(QLabel(tr("This method has no parameters.")))
        self._error = QLabel(self)
        self._build(form, f"{cls.summary}\n{cls.reference}")

    def offer(self, name: str, found: list[tuple[str, str]]) -> None:
        """Offer values of a parameter, each with a few words about it; any other can be typed."""
        if not isValid(self):  # closed meanwhile
            return
        editor = self._suggested[name]
        typed = editor.currentText()
        editor.addItems([f"{value} ({about})" for value, about in found])
        editor.setCurrentText(typed)

    def accept(self) -> None:
        """Close if the values suit the method; otherwise say what does not."""
        try:
            values = {name: read() for name, (_, read) in self._readers.items()}
            methods.create(self._method.name, **values)
        except FragScopeError as error:
            self._error.setText(str(error))
            self._error.show()
            return
        self.settings = {
            name: value for name, value in values.items() if value != self._readers[name][0].default
        }
        super().accept()

    def _build(self, form: QFormLayout, about: str) -> None:
        description = QLabel(about, self)
        description.setObjectName("muted")
        description.setWordWrap(True)
        self._error.setObjectName("error")
        self._error.setWordWrap(True)
        self._error.hide()
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, parent=self)
        buttons.button(kinds.Ok).setText(tr("Run"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(description)
        layout.addLayout(form)
        layout.addWidget(self._error)
        layout.addWidget(buttons)
        self.setMinimumWidth(420)


def _editor(parameter: Parameter, value: Any) -> tuple[QWidget, Callable[[], Any]]:
    """A widget for one parameter and the function that reads its value."""
    if parameter.choices:
        combo = QComboBox()
        combo.addItems(list(parameter.choices))
        combo.setCurrentText(str(value))
        return combo, combo.currentText
    if parameter.suggested:
        return _open_list(parameter, str(value))
    if parameter.kind in (int, float):
        return _spin_box(parameter, value)
    line = QLineEdit(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))
    return line, lambda: parameter.parse(line.text())


def _open_list(parameter: Parameter, value: str) -> tuple[QComboBox, Callable[[], str]]:
    """A list that takes other texts, too; what stands in brackets behind a value is about it."""
    combo = QComboBox()
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.addItem(str(parameter.default))
    combo.setCurrentText(value)
    return combo, lambda: combo.currentText().partition(" (")[0].strip()


def _spin_box(parameter: Parameter, value: Any) -> tuple[QWidget, Callable[[], Any]]:
    low = -_BIG if parameter.minimum is None else parameter.minimum
    high = _BIG if parameter.maximum is None else parameter.maximum
    suffix = f" {parameter.unit}" if parameter.unit else ""
    if parameter.kind is int:
        whole = QSpinBox()
        whole.setRange(int(low), int(min(high, _BIG)))
        whole.setSuffix(suffix)
        whole.setGroupSeparatorShown(True)
        whole.setSpecialValueText(parameter.zero)  # shown for the minimum, which is 0
        whole.setValue(value)
        return whole, whole.value
    number = QDoubleSpinBox()
    number.setDecimals(2)
    number.setSingleStep(0.05)
    number.setRange(low, high)
    number.setSuffix(suffix)
    number.setValue(value)
    return number, lambda: round(number.value(), 2)
