"""Keeps the wheel for the column that scrolls: fields under the pointer take it once in focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class WheelGuard(QObject):
    """Lets the wheel pass fields of some widgets, unless they have the focus."""

    def guard(self, widget: QWidget) -> None:
        """Guard all fields inside a widget, and those that come later."""
        widget.installEventFilter(self)
        for field in widget.findChildren(QWidget):
            field.installEventFilter(self)
            _take_focus_by_click(field)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ChildPolished:
            child = event.child()  # type: ignore[attr-defined]
            if isinstance(child, QWidget):
                self.guard(child)
        wheel = event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget)
        if wheel and _is_field(watched) and not watched.hasFocus():  # type: ignore[attr-defined]
            event.ignore()  # the area around it scrolls
            return True
        return super().eventFilter(watched, event)


def _is_field(watched: QObject) -> bool:
    fields = (QAbstractSlider, QAbstractSpinBox, QComboBox)
    return isinstance(watched, fields) and not isinstance(watched, QScrollBar)


def _take_focus_by_click(field: QWidget) -> None:
    """The wheel would give it the focus otherwise, and then turn it."""
    if _is_field(field) and field.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
