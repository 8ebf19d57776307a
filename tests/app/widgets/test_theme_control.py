"""The window takes the chosen theme, and follows the desktop where that is the choice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fragscope.widgets import theme
from fragscope.widgets.theme_control import ThemeControl


@pytest.fixture
def owner(qapp: QApplication) -> Iterator[QWidget]:
    found = QWidget()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, "light")
    yield found
    shiboken6.delete(found)  # at once: what is left of it would follow the desktop too
    theme.apply(application, "light")


def desktop_turns(scheme: Qt.ColorScheme, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Qt does when the desktop's scheme changes, which has none offscreen."""
    tokens = theme.DARK if scheme is Qt.ColorScheme.Dark else theme.LIGHT
    monkeypatch.setattr(theme, "_system", lambda _: tokens)
    QApplication.styleHints().colorSchemeChanged.emit(scheme)


def test_like_the_desktop_follows_it_while_it_runs(
    owner: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = ThemeControl("system", owner)
    desktop_turns(Qt.ColorScheme.Dark, monkeypatch)
    assert theme.current() is theme.DARK
    assert control.choice == "system"
    desktop_turns(Qt.ColorScheme.Light, monkeypatch)
    assert theme.current() is theme.LIGHT


def test_a_choice_of_ones_own_stays(owner: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[str] = []
    monkeypatch.setattr(theme, "apply", lambda _, name: applied.append(name))
    control = ThemeControl("light", owner)
    desktop_turns(Qt.ColorScheme.Dark, monkeypatch)
    assert "light" not in applied  # windows of other tests may still follow as "system"
    control.choose("light")
    assert applied[-1] == "light"


def test_the_menu_offers_three_and_marks_one(owner: QWidget, qtbot: QtBot) -> None:
    control = ThemeControl("system", owner)
    actions = {action.data(): action for action in control.menu().actions()}
    assert list(actions) == ["system", "light", "dark"]
    with qtbot.waitSignal(control.changed) as changed:
        actions["dark"].trigger()
    assert changed.args == ["dark"]
    assert theme.current() is theme.DARK
    assert [name for name, action in actions.items() if action.isChecked()] == ["dark"]
    control.switch()
    assert theme.current() is theme.LIGHT
    assert [name for name, action in actions.items() if action.isChecked()] == ["light"]
