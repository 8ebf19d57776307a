"""The column beside the panels: classes, a tab for each kind of control, the pointer readout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import qtawesome
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.translation import tr

from ..colours import Display
from ..session import Session
from . import theme
from .class_section import ClassSection
from .display_control import DisplayControl
from .input_control import InputControl
from .layout_memory import tab_names
from .pyramid_control import PyramidControl
from .readout import Readout
from .wheel_guard import WheelGuard
from .window_control import WindowControl

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.findings import Finding

_LEAST_WIDTH = 284
_HEIGHTS = (214, 286, 212)
"""Of the sections where the window is 800 px high; more room is shared."""
_INPUT = "input"


class SideBar(QSplitter):
    """Stacks the sections; the borders between them can be dragged.

    Signals (GUI thread)
    -------
    maps_toggled(bool) : the maps are to be shown, or not.
    """

    maps_toggled = Signal(bool)

    def __init__(self, session: Session, display: Display, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.classes = ClassSection(session, self)
        self.pyramid = PyramidControl(session, self)
        self.display = DisplayControl(display, self)
        self.window_control = WindowControl(session, self)
        self.input = InputControl(session, self)
        self.readout = Readout(session, self)
        self.tabs = QTabWidget(self)
        self._maps_shown = True
        self._guard = WheelGuard(self)
        self._build()

    def toggle_map(self) -> None:
        """Hide the maps on the screen, or show them again; exports are not touched."""
        self._maps_shown = not self._maps_shown
        self.maps_toggled.emit(self._maps_shown)

    def show_input(self) -> None:
        """Bring what the model sees to the front."""
        self.tabs.setCurrentIndex(self._input_tab)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List what was seen of the model, and mark the tab where maps would mislead."""
        self.input.show_findings(findings)
        warns = any(finding.severity == "warning" for finding in findings)
        mark = qtawesome.icon("mdi6.alert", color=theme.current().warning) if warns else QIcon()
        self.tabs.setTabIcon(self._input_tab, mark)

    @property
    def _input_tab(self) -> int:
        return tab_names(self.tabs).index(_INPUT)

    def add_tab(self, name: str, title: str, widget: QWidget, tip: str) -> None:
        """Give a kind of control a tab of its own, which scrolls where it is too high.

        Parameters
        ----------
        name : what settings and session files call it.
        """
        area = _scrolling(widget)
        area.setObjectName(name)
        self._guard.guard(widget)
        self.tabs.setTabToolTip(self.tabs.addTab(area, title), tip)

    def _build(self) -> None:
        self.tabs.setDocumentMode(True)
        self.tabs.setIconSize(QSize(3 * theme.SPACE, 3 * theme.SPACE))
        self.tabs.setAccessibleName(tr("Controls"))
        self.tabs.tabBar().setAccessibleName(tr("Controls"))
        self._add_tabs()
        self.addWidget(_card(tr("CLASSES"), self.classes))
        self.addWidget(_card("", self.tabs))
        self.addWidget(_card(tr("AT THE POINTER"), _scrolling(self.readout)))
        for index, share in enumerate((6, 7, 4)):
            self.setStretchFactor(index, share)
        self.setSizes(list(_HEIGHTS))
        self.setChildrenCollapsible(False)
        self.setHandleWidth(2 * theme.SPACE)
        self.setMinimumWidth(_LEAST_WIDTH)
        self.pyramid.preview.changed.connect(
            lambda: self.readout.set_preview(self.pyramid.preview.pyramid is not None)
        )

    def _add_tabs(self) -> None:
        pieces = tr("The pieces of the picture that MFPP drops")
        self.add_tab("fragments", tr("Fragments"), self.pyramid, pieces)
        overlay = tr("How the maps are laid over the picture")
        self.add_tab("map", tr("Map"), self.display, overlay)
        seen = tr("What the model sees of the picture, and why")
        self.add_tab(_INPUT, tr("Input"), _stacked(self.window_control, self.input), seen)


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    widget.setAutoFillBackground(False)
    return area


def _stacked(*widgets: QWidget) -> QWidget:
    """Widgets one under the other; the last has the room that is left."""
    found = QWidget()
    layout = QVBoxLayout(found)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    layout.setStretch(len(widgets) - 1, 1)
    return found


def _card(title: str, widget: QWidget) -> QFrame:
    frame = QFrame()
    frame.setObjectName("card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, theme.SPACE, 1, theme.SPACE)
    layout.setSpacing(theme.SPACE)
    if title:
        heading = QLabel(title, frame)
        heading.setObjectName("heading")
        heading.setContentsMargins(8, theme.SPACE, 8, 0)
        layout.addWidget(heading)
    layout.addWidget(widget)
    return frame
