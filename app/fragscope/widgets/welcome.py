"""What an empty window shows: a place to drop a picture, and samples to click."""

from __future__ import annotations

from pathlib import Path

import qtawesome
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr
from fragscope_resources.samples import SAMPLES

from . import theme
from .recent_menu import RecentMenu


class Welcome(QWidget):
    """The empty state.

    Signals (GUI thread)
    -------
    open_wanted() : the user wants a file dialog.
    sample_chosen(Path) : the user clicked a sample.
    """

    open_wanted = Signal()
    sample_chosen = Signal(Path)
    _is_built = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self.recent = QPushButton(tr("Recent"), self)
        self.recent.setToolTip(tr("Pictures, folders and sessions that were opened lately"))
        self.recent.hide()
        self._is_built = True
        self._colour_icon()
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * theme.SPACE)
        layout.addStretch(2)
        layout.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(_centred(tr("Drop a picture here"), 16))
        layout.addWidget(_centred(tr("and see which parts made the model say what it says."), 0))
        button = QPushButton(tr("Open a picture ..."), self)
        button.setToolTip(tr("Open a picture (Ctrl+O)"))
        button.clicked.connect(self.open_wanted)
        layout.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(6 * theme.SPACE)
        layout.addWidget(_centred(tr("Or try a sample:"), 0))
        layout.addLayout(self._samples())
        layout.addSpacing(3 * theme.SPACE)
        layout.addWidget(self.recent, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def set_recent(self, menu: RecentMenu) -> None:
        """Offer what was opened lately."""
        self.recent.setMenu(menu)
        self.recent.setVisible(bool(menu.known))
        menu.changed.connect(lambda: self.recent.setVisible(bool(menu.known)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icon()

    def _colour_icon(self) -> None:
        icon = qtawesome.icon("mdi6.image-plus-outline", color=theme.current().muted)
        self._icon.setPixmap(icon.pixmap(QSize(64, 64)))

    def _samples(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4 * theme.SPACE)
        row.addStretch()
        for entry in SAMPLES:
            button = QToolButton(self)
            button.setText(entry.label)
            button.setToolTip(
                tr("{label}; photo: {credit}", label=entry.label, credit=entry.credit)
            )
            button.setIcon(_thumbnail(entry.path))
            button.setIconSize(QSize(144, 96))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setAutoRaise(True)
            button.clicked.connect(lambda _=False, path=entry.path: self.sample_chosen.emit(path))
            row.addWidget(button)
        row.addStretch()
        return row


def _thumbnail(path: Path) -> QIcon:
    pixels = QPixmap(str(path)).scaled(
        QSize(288, 192),
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (pixels.width() - 288) // 2, (pixels.height() - 192) // 2
    return QIcon(pixels.copy(left, top, 288, 192))


def _centred(text: str, bigger: int) -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    if bigger:
        font = label.font()
        font.setPointSize(bigger)
        font.setWeight(font.Weight.DemiBold)
        label.setFont(font)
    else:
        label.setObjectName("muted")
    return label
