"""A line over the curves and scores while a contrast is shown: they are of one class's map."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ..session import Session
from . import theme
from .elided_label import ElidedLabel


class ContrastNote(ElidedLabel):
    """Says of which map curves and scores are; hidden while that is the map on the screen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.setObjectName("warning")
        self.setContentsMargins(2 * theme.SPACE, 0, 2 * theme.SPACE, theme.SPACE)
        for signal in (session.target_changed, session.predicted, session.image_changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the sentence, or hide it."""
        target, against = self._session.target, self._session.against
        if target is not None and against is not None:
            name = self._session.label(target)
            self.setText(f"Curves and scores are of the map of {name} alone, not of the contrast.")
            self.setToolTip(self.text())
        self.setVisible(against is not None)
