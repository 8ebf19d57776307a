from __future__ import annotations

import os

import pytest

from fragscope_explainers.threads import wait_politely


def test_threads_are_told_to_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert wait_politely() is False  # torch is loaded already
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"


def test_the_users_choice_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    wait_politely()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
