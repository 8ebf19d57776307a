"""How far the pictures of the strip are that are being explained; pause and cancel."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import tr, trn

from ..album import Album
from ..album_queue import QueueState
from ..pictures import Progress
from . import theme


class QueueControl(QWidget):
    """Is in sight while pictures wait to be explained, or one is explained behind the others."""

    _is_built = False

    def __init__(self, album: Album, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._album = album
        self.told = QLabel(self)
        self.bar = QProgressBar(self)
        self.pause_button, self.cancel_button = QToolButton(self), QToolButton(self)
        self._build()
        self.refresh()

    def refresh(self) -> None:
        """Show how far the album is now."""
        state, behind = self._album.queue_state, self._behind()
        self.setVisible(state is not None or behind > 0)
        self.pause_button.setVisible(state is not None)
        self.bar.setVisible(state is not None)
        if state is None:
            self.told.setText(
                trn(
                    "{count} other picture is being explained",
                    "{count} other pictures are being explained",
                    behind,
                )
            )
            return
        self.told.setText(queue_text(state))
        self.bar.setRange(0, state.total)
        self.bar.setValue(state.done)
        self.pause_button.setChecked(state.is_held)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._name_pause()

    # -- inside -----------------------------------------------------------------------------

    def _behind(self) -> int:
        """Pictures that are explained though nobody looks at them and none waits."""
        front = self._album.picture
        busy = (p for p in self._album.pictures if p.progress is Progress.BUSY)
        return sum(picture is not front for picture in busy)

    def _build(self) -> None:
        self.told.setWordWrap(True)
        self.told.setFont(theme.tabular(self.told.font()))
        self.told.setAccessibleName(tr("Progress of all pictures"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(2 * theme.SPACE)
        self.bar.setAccessibleName(tr("Progress of all pictures"))
        self.pause_button.setCheckable(True)
        self.pause_button.clicked.connect(self._album.hold_queue)
        self.pause_button.toggled.connect(lambda _: self._name_pause())
        self.cancel_button.clicked.connect(lambda _=False: self._album.cancel_queue())
        cancel = tr("Cancel: explain no further pictures; what is there stays")
        self.cancel_button.setToolTip(cancel)
        self.cancel_button.setAccessibleName(cancel)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.bar, stretch=1)
        for button in (self.pause_button, self.cancel_button):
            button.setAutoRaise(True)
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.told)
        layout.addLayout(row)
        self._is_built = True
        self._name_pause()

    def _name_pause(self) -> None:
        """Say what the button does now, and draw both in the theme's colours."""
        held, colour = self.pause_button.isChecked(), theme.current().text
        icon = "mdi6.play" if held else "mdi6.pause"
        text = tr("Let the pictures go on") if held else tr("Pause all pictures behind this one")
        self.pause_button.setToolTip(text)
        self.pause_button.setAccessibleName(text)
        self.pause_button.setIcon(qtawesome.icon(icon, color=colour))
        self.cancel_button.setIcon(qtawesome.icon("mdi6.close", color=colour))


def queue_text(state: QueueState) -> str:
    """How far the pictures are, in a few words."""
    told = {"done": state.done, "total": state.total}
    if state.is_held:
        return tr("{done} of {total}, paused", **told)
    return tr("{done} of {total} explained", **told)
