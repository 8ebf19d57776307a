"""What stands under the panels: curves beside scores, and of which map they are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr

from ..session import Session
from . import theme
from .elided_label import ElidedLabel


class Evidence(QWidget):
    """Curves and scores of the explained class's own maps, which a contrast is not."""

    def __init__(
        self, session: Session, curves: QWidget, scores: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.note = ElidedLabel(parent=self)
        self.note.setObjectName("warning")
        self.note.setContentsMargins(2 * theme.SPACE, 0, 2 * theme.SPACE, theme.SPACE)
        self.beside = beside = QSplitter(Qt.Orientation.Horizontal, self)
        for widget, share in ((curves, 1), (scores, 0)):
            beside.addWidget(widget)
            beside.setStretchFactor(beside.count() - 1, share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.note)
        layout.addWidget(beside, stretch=1)
        for signal in (session.target_changed, session.predicted, session.image_changed):
            signal.connect(self.refresh)
        session.panel_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Say of which map curves and scores are, where that is not the map on the screen."""
        text = self._text()
        if text != self.note.text():
            self.note.setText(text)
            self.note.setToolTip(text)
        self.note.setVisible(bool(text))

    def _text(self) -> str:
        session = self._session
        if any(session.picture.is_outdated(panel) for panel in session.panels):
            return tr(
                "Some curves and scores (~) are of an earlier window; run their panels again."
            )
        if session.target is None or session.against is None:
            return ""
        name = session.label(session.target)
        return tr(
            "Curves and scores are of the map of {name} alone, not of the contrast.", name=name
        )
