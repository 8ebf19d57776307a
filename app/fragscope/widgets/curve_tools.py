"""The strip over the curves: scrubber, axes, export, and what the legend's numbers are."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from fragscope_explainers.translation import tr

from . import theme
from .elided_label import ElidedLabel


class CurveTools(QWidget):
    """Actions of the curves, as buttons and in `menu`, which the plots show too."""

    _is_built = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scrub = self._toggle(
            tr("Scrub"),
            tr(
                "Show in every panel the picture that its curve scored at one share of pixels; "
                "drag in a plot or press the arrow keys there"
            ),
        )
        self.log_probability = self._toggle(tr("log y"), tr("Logarithmic axis of the probability"))
        self.log_share = self._toggle(tr("log x"), tr("Logarithmic axis of the share of pixels"))
        self.save = QAction(tr("Save curves as CSV ..."), self)
        self.copy = QAction(tr("Copy curves as text"), self)
        self.show_all = QAction(tr("Show all curves"), self)
        self.menu = QMenu(self)
        self.caption = ElidedLabel(parent=self)
        self._export = QToolButton(self)
        self._buttons: dict[QAction, QToolButton] = {}
        self._build()

    def button(self, action: QAction) -> QToolButton:
        """The button of a toggle."""
        return self._buttons[action]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icons()

    def _toggle(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)
        action.setToolTip(tip)
        return action

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE, 0, 2 * theme.SPACE, 0)
        row.setSpacing(theme.SPACE)
        toggles = (self.scrub, self.log_probability, self.log_share)
        for action in toggles:
            button = self._buttons[action] = QToolButton(self)
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setIconSize(QSize(16, 16))
            button.setAccessibleName(action.toolTip())
            row.addWidget(button)
        self._buttons[self.scrub].setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fill_menu(toggles)
        self._export.setObjectName("more")
        self._export.setMenu(self.menu)
        self._export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._export.setAutoRaise(True)
        self._export.setToolTip(tr("Save or copy the curves that are shown"))
        self._export.setAccessibleName(tr("Curves menu"))
        row.addWidget(self._export)
        self.caption.setObjectName("muted")
        self.caption.setFont(theme.tabular(self.caption.font()))
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.caption, stretch=1)
        self._is_built = True
        self._colour_icons()

    def _fill_menu(self, toggles: tuple[QAction, ...]) -> None:
        self.menu.addActions([self.save, self.copy])
        self.menu.addSeparator()
        self.menu.addActions([self.show_all, *toggles])

    def _colour_icons(self) -> None:
        muted = theme.current().muted
        self.scrub.setIcon(qtawesome.icon("mdi6.eraser", color=muted))
        self._export.setIcon(qtawesome.icon("mdi6.dots-horizontal", color=muted))
