"""What screen readers and tooltips say of controls."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def describe(*controls: tuple[QWidget, str, str]) -> None:
    """Give each control its accessible name and its tooltip."""
    for control, name, tip in controls:
        control.setAccessibleName(name)
        control.setToolTip(tip)
