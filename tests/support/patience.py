"""A bot that waits longer than usual, because tests also run beside other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

_USUAL, _PATIENT = 5_000, 60_000


class PatientBot(QtBot):
    """Waits up to a minute for what is to happen, where the usual bot gives up after seconds.

    A test that passes takes no longer; short waits for what must not happen stay short.
    """

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = _USUAL) -> None:
        super().waitUntil(callback, timeout=_patient(timeout))

    def waitSignal(self, signal: Any, *, timeout: int = _USUAL, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=_patient(timeout), **options)

    def waitSignals(self, signals: list[Any], *, timeout: int = _USUAL, **options: Any) -> Any:
        return super().waitSignals(signals, timeout=_patient(timeout), **options)

    def waitExposed(self, widget: Any, *, timeout: int = _USUAL) -> Any:
        return super().waitExposed(widget, timeout=_patient(timeout))


def _patient(timeout: int) -> int:
    return max(timeout, _PATIENT) if timeout >= _USUAL else timeout
