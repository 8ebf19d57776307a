"""The method panels in a grid that fills the space, with linked zoom, pan and crosshair."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from fragscope_explainers.images import UInt8Array

from ..colours import Display, method_colour
from ..panels import Panel
from ..session import Session
from . import theme
from .image_view import ImageView
from .method_panel import MethodPanel

_WISHES = ("parameters_wanted", "removal_wanted", "rerun_wanted", "export_wanted", "more_wanted")


class PanelGrid(QWidget):
    """All panels of a session.

    Signals (GUI thread)
    -------
    hovered(float, float) : the pointer is over this point of the picture, in any panel.
    left() : the pointer left the picture.
    panels_built() : panels were made or removed.
    method_chosen(int, str), parameters_wanted(int), removal_wanted(int), rerun_wanted(int),
    export_wanted(int), more_wanted(int) : what a panel with this number asks for.
    """

    hovered = Signal(float, float)
    left = Signal()
    panels_built = Signal()
    method_chosen = Signal(int, str)
    parameters_wanted = Signal(int)
    removal_wanted = Signal(int)
    rerun_wanted = Signal(int)
    export_wanted = Signal(int)
    more_wanted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._display = Display()
        self.panels: dict[int, MethodPanel] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * theme.SPACE)
        session.panels_changed.connect(self.rebuild)
        session.panel_changed.connect(self.refresh)
        session.image_changed.connect(self._show_image)
        session.predicted.connect(self._show_frame)
        session.target_changed.connect(self.refresh_all)
        session.model_changed.connect(self.refresh_all)
        self.rebuild()

    def rebuild(self) -> None:
        """Make widgets for new panels, drop those of removed ones, and lay all out."""
        wanted = {panel.number: panel for panel in self._session.panels}
        for number, widget in list(self.panels.items()):
            if number not in wanted or widget.method_name != wanted[number].method.name:
                self.panels.pop(number).deleteLater()
        fresh = [number for number in wanted if number not in self.panels]
        for number in fresh:
            self.panels[number] = self._make(wanted[number])
        self._arrange()
        for number in fresh:
            self._fill(self.panels[number].view)
            self.refresh(number)
        self.panels_built.emit()

    def set_display(self, display: Display) -> None:
        """Use another colour map or opacity."""
        self._display = display
        self.refresh_all()

    def show_maps(self, shown: bool) -> None:
        """Show the maps, or the picture alone."""
        for view in self.views:
            view.shows_map = shown
        self.refresh_all()

    def refresh(self, number: int) -> None:
        """Show a panel's newest state."""
        if number in self.panels:
            self.panels[number].refresh(self._display)

    def refresh_all(self) -> None:
        """Show every panel's newest state."""
        for number in self.panels:
            self.refresh(number)

    def show_fragments(self, outline: Any) -> None:
        """Draw outlines, as `boundary_segments` gives them, in all panels; None for none."""
        prediction = self._session.prediction
        geometry = prediction.model_input.geometry if prediction is not None else None
        for view in self.views:
            view.show_fragments(outline, geometry)

    def show_altered(self, number: int, rgb: UInt8Array | None, caption: str) -> None:
        """Show other pixels and a caption in a panel; None brings its map back."""
        if number in self.panels:
            self.panels[number].show_altered(rgb, caption)

    def fit(self) -> None:
        """Show the whole picture in all panels."""
        for view in self.views:
            view.fit()

    def fit_or_frame(self) -> None:
        """Show the whole picture, or, where it is shown already, what the model sees of it."""
        prediction = self._session.prediction
        whole = all(view.stays_whole for view in self.views)
        if prediction is None or not whole:
            self.fit()
            return
        for view in self.views:
            view.show_frame_only(prediction.model_input.geometry)

    @property
    def views(self) -> list[ImageView]:
        """The picture views, in the order of the panels."""
        return [self.panels[panel.number].view for panel in self._session.panels]

    def colour(self, number: int) -> str:
        """Colour of a panel's method."""
        return method_colour(number)

    def _make(self, panel: Panel) -> MethodPanel:
        widget = MethodPanel(self._session, panel, self.colour(panel.number), self)
        widget.view.hovered.connect(self._on_hover)
        widget.view.left.connect(self._on_leave)
        widget.view.moved.connect(self._on_moved)
        widget.view.fit_wanted.connect(self.fit)
        for name in ("method_chosen", *_WISHES):
            getattr(widget, name).connect(getattr(self, name))
        return widget

    def _fill(self, view: ImageView) -> None:
        view.show_image(self._session.image, self._session.preview)
        if self._session.prediction is not None:
            view.show_frame(self._session.prediction.model_input)
        zoomed = next((v for v in self.views if v is not view and not v.stays_whole), None)
        if zoomed is not None:
            view.show_region(zoomed.box.viewRect())

    def _arrange(self) -> None:
        count = len(self.panels)
        columns = math.ceil(math.sqrt(count)) if count else 1
        for index, panel in enumerate(self._session.panels):
            row, column = divmod(index, columns)
            self._layout.addWidget(self.panels[panel.number], row, column)
        for index in range(max(self._layout.columnCount(), self._layout.rowCount())):
            self._layout.setColumnStretch(index, 1 if index < columns else 0)
            self._layout.setRowStretch(index, 1 if index < math.ceil(count / columns) else 0)

    def _show_image(self) -> None:
        for view in self.views:
            view.stays_whole = True
        for view in self.views:
            self._fill(view)
        self.refresh_all()

    def _show_frame(self) -> None:
        prediction = self._session.prediction
        if prediction is not None:
            for view in self.views:
                view.show_frame(prediction.model_input)

    def _on_hover(self, x: float, y: float) -> None:
        for view in self.views:
            view.show_crosshair(x, y)
        self.hovered.emit(x, y)

    def _on_moved(self, region: QRectF) -> None:
        """What one view shows, all show.

        Views linked by pyqtgraph would align to each other's place on the screen instead, and
        panels of one row need not be equally high.
        """
        for view in self.views:
            if view is not self.sender():
                view.show_region(region)

    def _on_leave(self) -> None:
        for view in self.views:
            view.hide_crosshair()
        self.left.emit()
