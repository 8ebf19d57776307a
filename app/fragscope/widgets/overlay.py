"""A card over the window that Esc, or a click beside it, takes away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

_VEIL = QColor(0, 0, 0, 90)


class Overlay(QWidget):
    """Dims a window and shows `card` on it; afterwards the focus is where it was.

    Keys belong to the card while it is there, except those with Ctrl and F1 to F12, so that the
    keys that brought it take it away again.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.card = QFrame(self)
        self.card.setObjectName("card")
        self._focused: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    def toggle(self) -> None:
        """Show the card, or take it away."""
        if self.isVisible():
            self.dismiss()
        else:
            self.appear()

    def appear(self) -> None:
        """Show the card and give it the keys."""
        self._focused = QApplication.focusWidget()
        self._place()
        self.show()
        self.raise_()
        self.take_focus()

    def dismiss(self) -> None:
        """Take the card away and give the focus back."""
        self.hide()
        if self._focused is not None and self._focused.isVisible():
            self._focused.setFocus()
        self._focused = None

    def take_focus(self) -> None:
        """Give the focus to what takes the keys."""
        self.setFocus()

    # -- events -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            with_control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if not with_control and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12:
                event.accept()
                return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, _: bool) -> bool:
        """Keep the focus on the card."""
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), _VEIL)

    def _place(self) -> None:
        self.setGeometry(self._window.rect())


def inside(overlay: Overlay, alignment: Qt.AlignmentFlag, top: int) -> QVBoxLayout:
    """Lay an overlay's card out at some pixels from the top, and give the card's own layout."""
    around = QVBoxLayout(overlay)
    around.setContentsMargins(top, top, top, top)
    around.addWidget(overlay.card, alignment=alignment)
    return QVBoxLayout(overlay.card)
