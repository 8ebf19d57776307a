"""Palette tokens for light and dark, and the few style rules that Fusion does not cover."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsView,
    QSplitter,
    QSplitterHandle,
    QStatusBar,
    QToolBar,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from .pacing import pacer

ThemeName = Literal["system", "light", "dark"]
SPACE = 4
"""Every margin and gap is a multiple of this many pixels."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one theme.

    Text on window and surface has a contrast of at least 4.5 : 1, disabled text of 3 : 1.
    """

    name: str
    window: str
    surface: str
    canvas: str
    line: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    error: str
    warning: str


LIGHT = Theme(
    "light",
    window="#f3f4f6",
    surface="#ffffff",
    canvas="#e6e8ec",
    line="#cfd4dc",
    text="#16191f",
    muted="#5a6372",
    disabled="#818999",
    accent="#0a63b8",
    on_accent="#ffffff",
    error="#b3261e",
    warning="#8a5300",
)
DARK = Theme(
    "dark",
    window="#1b1e24",
    surface="#252931",
    canvas="#14161a",
    line="#3b414c",
    text="#eceff4",
    muted="#a3acbb",
    disabled="#78818f",
    accent="#6cb6ff",
    on_accent="#0b1626",
    error="#ff8a80",
    warning="#ffc46b",
)

RULES = """
QToolTip { border: 1px solid palette(mid); padding: 4px; }
QToolBar { background: palette(base); border: 0; border-bottom: 1px solid palette(mid);
            padding: 4px 8px; spacing: 0; }
QToolBar QToolButton { padding: 4px 8px; border-radius: 4px; }
QToolBar QToolButton#qt_toolbar_ext_button { padding: 0; min-width: 24px; }
QToolBar QToolButton:hover { background: palette(window); }
QToolButton[popupMode="2"] { padding-right: 18px; }
QToolButton::menu-indicator { subcontrol-origin: padding; subcontrol-position: center right;
                               right: 4px; }
QToolButton#method { padding: 2px 14px 2px 0; }
QToolButton#method::menu-indicator, QToolButton#more::menu-indicator { right: 0; }
QStatusBar { background: palette(base); border-top: 1px solid palette(mid); }
QStatusBar::item { border: 0; }
QFrame#card { background: palette(base); border: 1px solid palette(mid);
               border-radius: 6px; }
QLabel#muted { color: palette(placeholder-text); }
QLabel#heading { color: palette(placeholder-text); font-weight: 600; letter-spacing: 1px; }
QLabel#key { background: palette(window); border: 1px solid palette(mid); border-radius: 4px;
              padding: 0 4px; font-weight: 600; }
QLabel#warning { color: palette(link-visited); }
QFrame#chip { background: palette(window); border: 1px solid palette(mid);
               border-radius: 4px; }
QFrame#hint { background: palette(base); border: 2px solid palette(highlight);
               border-radius: 6px; }
QFrame#ring { background: transparent; border: 2px solid palette(highlight);
               border-radius: 6px; }
QLabel#title { font-weight: 600; }
QLabel#error { color: palette(bright-text); }
QProgressBar#thin { border: 0; background: transparent; max-height: 3px; min-height: 3px; }
QFrame#notice { background: palette(base); border-bottom: 2px solid palette(link-visited); }
QSplitter::handle { background: palette(window); }
"""
"""Style rules; they name roles of the palette, so that another theme needs no other rules."""

_OUTLINE = 140
"""Fusion divides by it what `_colour` multiplies with it, in percent."""
_RULED_NAMES = frozenset(re.findall(r"#(\w+)", RULES))
_RULED_TYPES = (QToolBar, QToolButton, QStatusBar, QSplitter, QSplitterHandle)


def current() -> Theme:
    """The theme that the application shows now."""
    return DARK if QApplication.palette().color(QPalette.ColorRole.Window).value() < 128 else LIGHT


def apply(application: QApplication, name: ThemeName = "system") -> Theme:
    """Give the application Fusion style and a theme; "system" follows the desktop."""
    theme = {"light": LIGHT, "dark": DARK}.get(name) or _system(application)
    if application.styleSheet() != RULES:
        application.setStyle("Fusion")
        _colour(application, theme)
        application.setStyleSheet(RULES)
    elif current() is not theme:
        _colour(application, theme)
        _spread(application)
    return theme


def _colour(application: QApplication, theme: Theme) -> None:
    """Set the palette; Fusion outlines boxes darker than the window: seen on light ground only."""
    application.setPalette(_palette(theme))
    boxes = _palette(theme)
    boxes.setColor(QPalette.ColorRole.Window, QColor(theme.muted).lighter(_OUTLINE))
    application.setPalette(boxes, "QCheckBox")  # type: ignore[arg-type]  # it takes no bytes


def _spread(application: QApplication) -> None:
    """Let widgets take the palette, and rules their colours from it again.

    Where there are rules, Qt tells another palette to the windows only, and not to what is in them.
    Setting the rules anew would reach all, and take several times as long. What is out of sight,
    seven of eight widgets, takes its colours in the turns after this one.
    """
    widgets = application.allWidgets()
    seen = [widget for widget in widgets if widget.isVisible()]
    turns = pacer()
    turns.hold_views(widget for widget in seen if isinstance(widget, QGraphicsView))
    for widget in seen:
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.ApplicationPaletteChange))
    for widget in seen:
        _follow_rules(widget)
    turns.later(partial(_restyle, widget) for widget in widgets if not widget.isVisible())


def _restyle(widget: QWidget) -> None:
    """Colour what was out of sight, unless it is gone by now."""
    if isValid(widget):
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.ApplicationPaletteChange))
        _follow_rules(widget)


def _follow_rules(widget: QWidget) -> None:
    if widget.objectName() in _RULED_NAMES or isinstance(widget, _RULED_TYPES):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def tabular(font: QFont) -> QFont:
    """The font with figures of equal width, so that running numbers do not jump."""
    steady = QFont(font)
    steady.setFeature(QFont.Tag("tnum"), 1)
    return steady


def _system(application: QApplication) -> Theme:
    return DARK if application.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.warning,  # the rules ask for warnings and errors by these two
        role.BrightText: theme.error,
        role.Mid: theme.line,
        role.Light: theme.surface,
        role.Dark: theme.line,
    }
    palette = QPalette()
    for key, colour in colours.items():
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.disabled))
    return palette
