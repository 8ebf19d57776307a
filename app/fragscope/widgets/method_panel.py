"""One method's panel: header, picture with map, progress, and its states."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.registry import methods

from ..colours import Display
from ..panels import Panel, Status
from ..session import Session
from . import theme
from .image_view import ImageView
from .progress_text import fraction_done, progress_text


class MethodPanel(QFrame):
    """Shows one panel of a session and offers what can be done with it.

    Signals (GUI thread)
    -------
    method_chosen(int, str) : another method was picked for this panel.
    parameters_wanted(int), removal_wanted(int), rerun_wanted(int), export_wanted(int),
    more_wanted(int).
    """

    method_chosen = Signal(int, str)
    parameters_wanted = Signal(int)
    removal_wanted = Signal(int)
    rerun_wanted = Signal(int)
    export_wanted = Signal(int)
    more_wanted = Signal(int)
    _is_built = False

    def __init__(
        self, session: Session, panel: Panel, colour: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.number, self.method_name = panel.number, panel.method.name
        self._session, self._colour = session, colour
        self.view = ImageView(self)
        self._method = QToolButton(self)
        self._method.setText(panel.method.label)
        self._class = QLabel(parent=self)
        self._menu_button = QToolButton(parent=self)
        self._bar = QProgressBar(parent=self)
        self._progress = QLabel(parent=self)
        self._message = QLabel(parent=self)
        self._caption = ""
        self._retry = QToolButton(self)
        self._retry.setText("Run again")
        self._build()
        self.view.setAccessibleName(f"{panel.method.label} map")

    @property
    def colour(self) -> str:
        return self._colour

    def refresh(self, display: Display) -> None:
        """Show what the session's panel holds now."""
        panel = self._session.panel(self.number)
        target = self._session.target
        self._class.setText("" if target is None else self._session.label(target))
        self._class.setToolTip(self._class.text())
        self._show_progress()
        active = panel.status in (Status.RUNNING, Status.PAUSED, Status.WAITING)
        self._bar.setVisible(active)
        self._bar.setValue(round(1000 * fraction_done(panel)))
        self._show_failure(panel)
        self._show_map(panel, display)

    def show_altered(self, rgb: UInt8Array | None, caption: str) -> None:
        """Show other pixels [h, w, 3] where the model looks, and what they are; None: the map."""
        self.view.show_altered(rgb)
        self._caption = caption
        self._show_progress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _show_map(self, panel: Panel, display: Display) -> None:
        prediction, target = self._session.prediction, self._session.target
        if prediction is None or target is None:
            return
        values = panel.saliency(target)
        signed = panel.state is not None and panel.state.snapshot.is_signed
        self.view.show_map(values, prediction.model_input.geometry, display, signed=signed)

    def _show_progress(self) -> None:
        progress = progress_text(self._session.panel(self.number), self._session.target)
        self._progress.setText(self._waiting_text() or self._caption or progress)
        self._progress.setToolTip(self._progress.text())

    def _waiting_text(self) -> str:
        """What a new picture waits for, before its runs begin."""
        if self._session.image is None or self._session.prediction is not None:
            return ""
        loading = self._session.classifier is None
        return "loading the model ..." if loading else "asking the model ..."

    def _show_failure(self, panel: Panel) -> None:
        failed = panel.status is Status.FAILED and panel.failure is not None
        stopped = panel.status is Status.CANCELLED
        self._message.setVisible(failed)
        self._retry.setVisible(failed or stopped)
        if panel.failure is not None and failed:
            self._message.setText(panel.failure.sentence)
            self._message.setToolTip(f"<pre>{panel.failure.details}</pre>")

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, theme.SPACE, 1, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(self._header())
        layout.addWidget(self._bar)
        layout.addWidget(self.view, stretch=1)
        layout.addWidget(self._message)
        layout.addLayout(self._footer())
        self._bar.setObjectName("thin")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # else the picture jumps when a run ends
        self._bar.setSizePolicy(policy)
        self._bar.setStyleSheet(f"QProgressBar::chunk {{ background: {self._colour}; }}")
        self._message.setObjectName("error")
        self._message.setWordWrap(True)
        self._message.setContentsMargins(8, 0, 8, 0)
        self._message.setVisible(False)
        self.setMinimumSize(220, 180)
        self._is_built = True

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 4, 0)
        row.setSpacing(2 * theme.SPACE)
        swatch = QLabel(self)
        swatch.setFixedSize(12, 12)
        swatch.setStyleSheet(f"background: {self._colour}; border-radius: 3px;")
        self._method.setMenu(self._method_menu())
        self._method.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._method.setAutoRaise(True)
        self._method.setToolTip("Choose another method for this panel")
        self._class.setObjectName("muted")
        self._class.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._class.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._menu_button.setMenu(self._more_menu())
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu_button.setAutoRaise(True)
        self._menu_button.setToolTip("Parameters, run again, export, remove")
        self._menu_button.setAccessibleName("Panel menu")
        self._colour_icons()
        row.addWidget(swatch)
        row.addWidget(self._method)
        row.addWidget(self._class, stretch=1)
        row.addWidget(self._menu_button)
        return row

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        self._progress.setFont(theme.tabular(self._progress.font()))
        self._progress.setObjectName("muted")
        self._progress.setMinimumHeight(20)
        self._progress.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._retry.clicked.connect(lambda: self.rerun_wanted.emit(self.number))
        self._retry.setVisible(False)
        row.addWidget(self._progress, stretch=1)
        row.addWidget(self._retry)
        return row

    def _method_menu(self) -> QMenu:
        menu = QMenu(self)
        for entry in methods:
            action = menu.addAction(entry.label)
            action.triggered.connect(
                lambda _=False, name=entry.name: self.method_chosen.emit(self.number, name)
            )
        return menu

    def _more_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, signal in (
            ("Parameters ...", self.parameters_wanted),
            ("Run again", self.rerun_wanted),
            ("Run with twice the masks", self.more_wanted),
            ("Export map ...", self.export_wanted),
            ("Remove panel", self.removal_wanted),
        ):
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, signal=signal: signal.emit(self.number))
        return menu

    def _colour_icons(self) -> None:
        self._menu_button.setIcon(
            qtawesome.icon("mdi6.dots-horizontal", color=theme.current().muted)
        )
