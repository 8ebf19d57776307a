from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider
from pytestqt.qtbot import QtBot

from fragscope.colours import SIGNS, Display
from fragscope.widgets.display_control import DisplayControl

ALL = Display(
    "jet",
    opacity=0.3,
    sign="negative",
    clip=90,
    top=0.2,
    threshold=0.4,
    shared=True,
    locked=True,
    contours=True,
    fade=True,
)


@pytest.fixture
def control(qtbot: QtBot) -> DisplayControl:
    found = DisplayControl(Display())
    qtbot.addWidget(found)
    return found


@pytest.mark.parametrize("display", [Display(), ALL])
def test_it_starts_with_what_it_is_given(display: Display, qtbot: QtBot) -> None:
    control = DisplayControl(display)
    qtbot.addWidget(control)
    assert control.display == display


def test_setting_all_tells_once(control: DisplayControl, qtbot: QtBot) -> None:
    told: list[Display] = []
    control.changed.connect(told.append)
    control.show_display(ALL)
    assert told == [ALL]
    control.reset.click()
    assert told[1:] == [Display("jet", 0.3)]


@pytest.mark.parametrize("name", ["shared", "locked", "contours", "fade"])
def test_a_check_tells_of_itself(name: str, control: DisplayControl, qtbot: QtBot) -> None:
    box: QCheckBox = getattr(control, name)
    with qtbot.waitSignal(control.changed) as changed:
        qtbot.keyClick(box, Qt.Key.Key_Space)
    assert changed.args == [Display(**{name: True})]


@pytest.mark.parametrize(
    ("name", "expected"), [("top", 0.99), ("threshold", 0.01), ("opacity", 0.61), ("clip", 1.0)]
)
def test_a_slider_moves_by_keys_and_tells(
    name: str, expected: float, control: DisplayControl, qtbot: QtBot
) -> None:
    slider: QSlider = getattr(control, name).slider
    key = Qt.Key.Key_Left if name == "top" else Qt.Key.Key_Right
    with qtbot.waitSignal(control.changed) as changed:
        qtbot.keyClick(slider, key)
    value = getattr(changed.args[0], name)
    assert value == pytest.approx(100 * expected if name == "clip" else expected)


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_can_be_chosen(sign: str, control: DisplayControl) -> None:
    control.sign.setCurrentIndex(control.sign.findData(sign))
    assert control.display.sign == sign


def test_every_control_has_a_name_and_a_sentence(control: DisplayControl) -> None:
    for kind in (QSlider, QComboBox, QCheckBox):
        for child in control.findChildren(kind):
            assert child.accessibleName()
            shown = child.toolTip() or child.parentWidget().toolTip()
            assert shown
