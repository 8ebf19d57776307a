"""Palette tokens for light and dark, and the few style rules that Fusion does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

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


def current() -> Theme:
    """The theme that the application shows now."""
    return DARK if QApplication.palette().color(QPalette.ColorRole.Window).value() < 128 else LIGHT


def apply(application: QApplication, name: ThemeName = "system") -> Theme:
    """Give the application Fusion style and a theme; "system" follows the desktop."""
    theme = {"light": LIGHT, "dark": DARK}.get(name) or _system(application)
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    application.setStyleSheet(_rules(theme))
    return theme


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


def _rules(theme: Theme) -> str:
    return f"""
    QToolTip {{ border: 1px solid {theme.line}; padding: 4px; }}
    QToolBar {{ background: {theme.surface}; border: 0; border-bottom: 1px solid {theme.line};
                padding: 4px 8px; spacing: 4px; }}
    QToolBar QToolButton {{ padding: 4px 8px; border-radius: 4px; }}
    QToolBar QToolButton:hover {{ background: {theme.window}; }}
    QToolButton[popupMode="2"] {{ padding-right: 18px; }}
    QToolButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right;
                                   right: 4px; }}
    QStatusBar {{ background: {theme.surface}; border-top: 1px solid {theme.line}; }}
    QStatusBar::item {{ border: 0; }}
    QFrame#card {{ background: {theme.surface}; border: 1px solid {theme.line};
                   border-radius: 6px; }}
    QLabel#muted {{ color: {theme.muted}; }}
    QLabel#heading {{ color: {theme.muted}; font-weight: 600; letter-spacing: 1px; }}
    QLabel#key {{ background: {theme.window}; border: 1px solid {theme.line}; border-radius: 4px;
                  padding: 0 4px; font-weight: 600; }}
    QLabel#warning {{ color: {theme.warning}; }}
    QLabel#held {{ color: {theme.accent}; font-weight: 600; }}
    QFrame#chip {{ background: {theme.window}; border: 1px solid {theme.line};
                   border-radius: 4px; }}
    QFrame#hint {{ background: {theme.surface}; border: 2px solid {theme.accent};
                   border-radius: 6px; }}
    QFrame#ring {{ background: transparent; border: 2px solid {theme.accent};
                   border-radius: 6px; }}
    QLabel#title {{ font-weight: 600; }}
    QLabel#error {{ color: {theme.error}; }}
    QProgressBar#thin {{ border: 0; background: transparent; max-height: 3px; min-height: 3px; }}
    QFrame#notice {{ background: {theme.surface}; border-bottom: 2px solid {theme.warning}; }}
    QSplitter::handle {{ background: {theme.window}; }}
    """
