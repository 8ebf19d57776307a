"""Text can be read on every surface (WCAG AA), and the palette follows the theme."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QLabel,
    QLineEdit,
    QSplitter,
    QTabWidget,
)
from pytestqt.qtbot import QtBot

from fragscope.colours import METHOD_COLOURS
from fragscope.widgets import theme
from fragscope.widgets.pacing import pacer
from fragscope.widgets.theme import DARK, LIGHT, Theme, ThemeName


def luminance(colour: str) -> float:
    parts = [channel / 255 for channel in QColor(colour).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
@pytest.mark.parametrize("text", ["text", "muted", "error", "accent", "warning"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_text_has_contrast(tokens: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_what_is_marked_or_disabled_can_be_read(tokens: Theme) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.text, tokens.canvas) >= 4.5
    assert contrast(tokens.muted, tokens.canvas) >= 4.5
    for ground in (tokens.window, tokens.surface):
        assert contrast(tokens.disabled, ground) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_the_palette_has_these_colours(qapp: QApplication, tokens: Theme) -> None:
    application = cast(QApplication, QApplication.instance())
    theme.apply(application, tokens.name)
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = application.palette()
    for text, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.PlaceholderText, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
        (role.Link, role.Base),
    ):
        for state, least in ((group.Active, 4.5), (group.Inactive, 4.5), (group.Disabled, 3)):
            pair = (palette.color(state, part).name() for part in (text, ground))
            assert contrast(*pair) >= least, (state, text)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
@pytest.mark.parametrize("colour", METHOD_COLOURS)
def test_curves_can_be_told_from_their_ground(tokens: Theme, colour: str) -> None:
    assert contrast(colour, tokens.surface) >= 1.9


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_the_application_takes_the_theme(qapp: QApplication, tokens: Theme) -> None:
    application = cast(QApplication, QApplication.instance())
    assert theme.apply(application, tokens.name) is tokens
    assert theme.current() is tokens
    assert application.palette().window().color().name() == tokens.window


def test_what_is_open_takes_the_colours_of_another_theme(qapp: QApplication) -> None:
    application = cast(QApplication, QApplication.instance())
    theme.apply(application, "light")
    card = QFrame()
    card.setObjectName("card")
    card.resize(60, 60)
    label = QLabel("\N{FULL BLOCK}" * 4, card)
    label.setObjectName("muted")
    field = QLineEdit(card)
    field.setGeometry(10, 20, 40, 20)
    field.ensurePolished()
    splitter = QSplitter(card)
    splitter.setGeometry(0, 40, 60, 20)
    splitter.setHandleWidth(8)
    for _ in "ab":
        splitter.addWidget(QLabel())
    splitter.show()
    for tokens in (DARK, LIGHT):
        theme.apply(application, tokens.name)
        pacer().finish()  # the card is out of sight
        picture = card.grab().toImage()
        assert picture.pixelColor(30, 50).name() == tokens.window  # the handle in the middle
        assert picture.pixelColor(5, 36).name() == tokens.surface
        assert picture.pixelColor(0, 30).name() == tokens.line
        assert field.palette().color(QPalette.ColorRole.Base).name() == tokens.surface
        assert field.palette().color(QPalette.ColorRole.Text).name() == tokens.text
        assert label.palette().color(label.foregroundRole()).name() == tokens.muted


def test_what_is_in_sight_changes_at_once_and_the_rest_soon(
    qapp: QApplication, qtbot: QtBot
) -> None:
    application = cast(QApplication, QApplication.instance())
    theme.apply(application, "light")
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    fields = [QLineEdit() for _ in "ab"]
    for field in fields:
        tabs.addTab(field, "tab")
    with qtbot.waitExposed(tabs):
        tabs.show()

    def grounds() -> list[str]:
        return [field.palette().color(QPalette.ColorRole.Base).name() for field in fields]

    theme.apply(application, "dark")
    assert grounds() == [DARK.surface, LIGHT.surface]
    qtbot.waitUntil(lambda: grounds() == [DARK.surface] * 2)
    theme.apply(application, "light")


def test_figures_are_of_equal_width(qapp: QApplication) -> None:
    assert theme.tabular(QFont()).featureValue(QFont.Tag("tnum")) == 1


@pytest.mark.parametrize("name", ["light", "dark"])
def test_an_empty_box_stands_out_from_its_ground(
    qapp: QApplication, qtbot: QtBot, name: ThemeName
) -> None:
    theme.apply(qapp, name)
    box = QCheckBox("Show fragments")
    qtbot.addWidget(box)
    box.resize(160, 24)
    picture = box.grab().toImage()
    row = [picture.pixelColor(x, picture.height() // 2).lightness() for x in range(20)]
    assert max(row) - min(row) > 60
    theme.apply(qapp, "light")
