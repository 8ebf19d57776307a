from __future__ import annotations

import pytest

from fragscope import display

NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A Linux machine without a screen."""
    monkeypatch.setattr(display.sys, "platform", "linux")
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_bare_machine_has_none(bare: pytest.MonkeyPatch) -> None:
    assert not display.is_present()
    bare.setenv("DISPLAY", "")
    assert not display.is_present()


@pytest.mark.parametrize("name", NAMES)
def test_one_variable_is_enough(bare: pytest.MonkeyPatch, name: str) -> None:
    bare.setenv(name, "something")
    assert display.is_present()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_desktop_systems_always_have_one(bare: pytest.MonkeyPatch, platform: str) -> None:
    bare.setattr(display.sys, "platform", platform)
    assert display.is_present()
