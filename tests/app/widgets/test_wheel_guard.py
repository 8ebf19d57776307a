"""The wheel scrolls the column; a field takes it only once it has the focus."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from fragscope.widgets.wheel_guard import WheelGuard


def takes_wheel(widget: QWidget) -> bool:
    """Turn the wheel one notch down over the middle of a widget.

    What a widget does not take, Qt gives to those around it; not so for events of tests.
    """
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_fields_let_the_wheel_pass_until_they_have_the_focus(qtbot: QtBot) -> None:
    area, column = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    layout = QVBoxLayout(column)
    slider, box, choice = QSlider(Qt.Orientation.Horizontal), QDoubleSpinBox(), QComboBox()
    choice.addItems(["a", "b", "c"])
    slider.setValue(50)
    for widget in (slider, box):
        layout.addWidget(widget)
    guard = WheelGuard(area)
    guard.guard(column)
    layout.addWidget(choice)  # it comes later
    layout.addSpacing(2000)
    area.setWidget(column)
    area.resize(200, 200)
    with qtbot.waitExposed(area):
        area.show()
    slider.clearFocus()  # which the window gave it when it opened
    for field in (slider, box, choice):
        assert not takes_wheel(field)
        assert not field.hasFocus()
    assert (slider.value(), box.value(), choice.currentIndex()) == (50, 0, 0)
    assert takes_wheel(area.verticalScrollBar())
    area.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    assert takes_wheel(slider)
    assert slider.value() != 50
