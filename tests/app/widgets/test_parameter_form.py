"""A form for every method, made from its fields."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from fragscope.widgets.parameter_form import ParameterForm
from fragscope_explainers import methods
from fragscope_explainers.parameters import parameters
from fragscope_explainers.registry import Method


def form_of(name: str, qtbot: QtBot, settings: dict[str, object] | None = None) -> ParameterForm:
    form = ParameterForm(methods.method(name), settings or {})
    qtbot.addWidget(form)
    return form


def editor(form: ParameterForm, label: str) -> QWidget:
    return next(w for w in form.findChildren(QWidget) if w.accessibleName() == label)


@pytest.mark.parametrize("method", list(methods), ids=lambda m: m.name)
def test_untouched_it_changes_nothing(method: Method, qtbot: QtBot) -> None:
    form = form_of(method.name, qtbot)
    form.accept()
    assert form.settings == {}
    for parameter in parameters(method.load()):
        assert editor(form, parameter.label).toolTip() == parameter.help


def test_changes_are_what_differs_from_the_defaults(qtbot: QtBot) -> None:
    form = form_of("mfpp", qtbot, {"masks": 300})
    masks, keep, scales, estimator = (
        editor(form, label) for label in ("Masks", "Keep probability", "Scales", "Estimator")
    )
    assert isinstance(masks, QSpinBox)
    assert masks.value() == 300
    assert isinstance(keep, QDoubleSpinBox)
    keep.setValue(0.25)
    assert isinstance(scales, QLineEdit)
    scales.setText("20, 60")
    assert isinstance(estimator, QComboBox)
    estimator.setCurrentText("mean")
    form.accept()
    assert form.settings == {
        "masks": 300,
        "keep": 0.25,
        "scales": (20, 60),
        "estimator": "mean",
    }


def test_a_wrong_value_is_told_and_the_form_stays(qtbot: QtBot) -> None:
    form = form_of("mfpp", qtbot)
    form.show()
    scales = editor(form, "Scales")
    assert isinstance(scales, QLineEdit)
    scales.setText("many")
    form.accept()
    assert form.isVisible()
    assert "whole numbers" in form._error.text()
