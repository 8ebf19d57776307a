"""The panels in a grid that fills the space, with linked zoom, pan, crosshair and swipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.translation import tr

from ..colours import Display, Span, method_colour
from ..panels import Panel
from ..ranges import Ranges
from ..session import Session
from . import theme
from .image_view import ImageView
from .linked_views import LinkedViews
from .method_panel import MethodPanel
from .no_panels import NoPanels
from .panel_area import space_of
from .panel_maps import PanelMaps
from .panel_places import PanelPlaces
from .tiling import LEAST_HEIGHT, LEAST_WIDTH, cells, columns_for, places


class PanelGrid(PanelPlaces):
    """All panels of a session, and differences of two of them.

    Signals (GUI thread)
    -------
    hovered(float, float) : the pointer is over this point of the picture, in any panel.
    left() : the pointer left the picture.
    panels_built() : panels were made or removed.
    model_wanted(int) : a model that is not loaded yet is to be chosen for the panel of this number.
    method_chosen(int, str) : another method for the panel with this number.
    asked(int, str) : a request of `panel_header.REQUESTS` that is not about the arrangement.
    """

    hovered = Signal(float, float)
    left = Signal()
    panels_built = Signal()
    model_wanted = Signal(int)
    method_chosen = Signal(int, str)
    asked = Signal(int, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.panels: dict[int, MethodPanel] = {}
        self.linked = LinkedViews(lambda: self.views, self)
        self.linked.hovered.connect(self.hovered)
        self.linked.left.connect(self.left)
        self.maps = PanelMaps(session, lambda: self.panels, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Panels"))
        self.setAccessibleDescription(tr("Keys 1 to 9 maximise a panel"))
        self._columns = 1
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * theme.SPACE)
        self._nothing = NoPanels(self)
        self._nothing.panels_wanted.connect(session.use_panels)
        self._nothing.windows_wanted.connect(self._bring_all_back)
        self._arrangement: dict[str, Callable[[int], None]] = {
            "maximise": self.maximise,
            "detach": self.detach,
            "unlink": lambda number: self.linked.toggle_alone(self.panels[number].view),
            "earlier": lambda number: self._step(number, -1),
            "later": lambda number: self._step(number, 1),
        }
        session.panels_changed.connect(self.rebuild)
        session.panel_changed.connect(self.refresh)
        session.panel_added.connect(self._on_added)
        session.restored.connect(self._forget_place)
        session.image_changed.connect(self._show_image)
        session.predicted.connect(self._show_frame)
        session.target_changed.connect(self.refresh_all)
        session.painting_changed.connect(self._repaint)
        session.model_changed.connect(self.refresh_all)
        self.rebuild()

    # -- panels -----------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Make widgets for new panels, drop those of removed ones, and lay all out."""
        wanted = {panel.number: panel for panel in self._session.panels}
        if wanted.keys() - self.panels.keys():  # further panels are to be seen
            self.maximised = None
        for number, widget in list(self.panels.items()):
            known = wanted.get(number)
            if known is None or widget.method_name != known.method.name:
                self._drop(number, keep_window=known is not None)
        for difference in [d for d in self.differences if d.is_stale]:
            self.differences.remove(difference)
            difference.deleteLater()
        fresh = [number for number in wanted if number not in self.panels]
        for number in fresh:
            self.panels[number] = self._make(wanted[number])
            if number in self.floating:
                self.floating[number].hold(self.panels[number])
        self._name_windows()
        self._arrange()
        for number in fresh:
            self._fill(self.panels[number].view)
        self._show_frame()
        self.refresh_all()
        self.panels_built.emit()

    # -- what they show ---------------------------------------------------------------------

    def set_display(self, display: Display) -> None:
        """Use another colour map, opacity or part of the maps."""
        self.maps.display = display
        self._redraw()

    def show_maps(self, shown: bool) -> None:
        """Show the maps, or the picture alone."""
        for view in self.views:
            view.shows_map = shown
        self.maps.show_again()
        for difference in self.differences:
            difference.show_again()

    def refresh(self, number: int) -> None:
        """Show a panel's newest state, and the others again where its range is theirs."""
        if number in self.panels:
            self.panels[number].refresh()
            self.maps.refresh()
            for difference in self.differences:
                if number in difference.numbers:
                    difference.refresh(self.maps.display)

    def refresh_all(self) -> None:
        """Show every panel's newest state; one that has left the session goes at the rebuild."""
        present = {panel.number for panel in self._session.panels}
        for number in self.panels.keys() & present:
            self.panels[number].refresh()
        self._redraw()

    def show_tried(self, pixels: UInt8Array) -> None:
        """Show the bare picture through a window that is tried, in pixels [h, w, 3]."""
        for view in self.views:
            view.show_pixels(pixels, bare=True)

    def show_pixels(self) -> None:
        """Show the picture through the window that is set, with the maps over it again."""
        preview = self._session.preview
        if preview is not None:
            for view in self.views:
                view.show_pixels(preview)

    @property
    def _geometry(self) -> Geometry | None:
        prediction = self._session.prediction
        return prediction.model_input.geometry if prediction is not None else None

    def _repaint(self) -> None:
        """Show the maps that are made of fragments anew."""
        for panel in self._session.panels:
            if panel.pyramid is not None:
                self.refresh(panel.number)

    def show_altered(self, number: int, rgb: UInt8Array | None, caption: str) -> None:
        """Show other pixels and a caption in a panel; None brings its map back."""
        if number in self.panels:
            self.panels[number].show_altered(rgb, caption)

    def fit_or_frame(self) -> None:
        """Show the whole picture, or, where it is shown already, what the model sees of it."""
        self.linked.fit_or_frame(self._geometry)

    @property
    def spans(self) -> dict[int, Span]:
        """Colour ranges of the maps on the screen, by the panel's number."""
        return self.maps.spans

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        return self.maps.is_settled and all(found.is_settled for found in self.differences)

    @property
    def ranges(self) -> Ranges[int]:
        """What gives the maps their colour ranges."""
        return self.maps.ranges

    @property
    def views(self) -> list[ImageView]:
        """The picture views, in the order of the panels, differences last.

        A panel of the session that is not built yet has none: others hear of it first.
        """
        built = (self.panels.get(panel.number) for panel in self._session.panels)
        own = [panel.view for panel in built if panel is not None]
        return [*own, *(difference.view for difference in self.differences)]

    def views_with_panels(self) -> list[tuple[ImageView, Panel | None]]:
        """The picture views with the panel whose model's input each lies on.

        A difference lies on the first of its two maps.
        """
        panels = {panel.number: panel for panel in self._session.panels}
        shown = {self.panels[number].view: number for number in self.panels}
        shown |= {difference.view: difference.numbers[0] for difference in self.differences}
        return [(view, panels.get(shown[view])) for view in self.views]

    @property
    def hovered_panel(self) -> Panel | None:
        """The panel that the pointer is over, or was last."""
        found = dict(self.views_with_panels())
        under = self.linked.under
        return found.get(under) if under is not None else None

    def shown_panels(self) -> list[MethodPanel]:
        """The panels of methods that have a place in the grid now."""
        return [widget for widget in self._in_grid() if isinstance(widget, MethodPanel)]

    def minimumSizeHint(self) -> QSize:
        """Height for all rows; the width of one panel: they stand otherwise where it is narrow."""
        rows, gap = math.ceil(len(self._in_grid()) / self._columns), self._layout.spacing()
        return QSize(LEAST_WIDTH, rows * (LEAST_HEIGHT + gap) - gap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._best_columns(len(self._in_grid())) != self._columns:
            self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.maps.refresh()

    # -- inside -----------------------------------------------------------------------------

    def _redraw(self) -> None:
        self.maps.refresh()
        for difference in self.differences:
            difference.refresh(self.maps.display)

    def _make(self, panel: Panel) -> MethodPanel:
        widget = MethodPanel(self._session, panel, method_colour(panel.number), self)
        self.linked.connect_view(widget.view)
        widget.method_chosen.connect(self.method_chosen)
        widget.asked.connect(self._on_request)
        widget.difference_wanted.connect(self.show_difference)
        widget.place_wanted.connect(self._take_place)
        return widget

    def _fill(self, view: ImageView) -> None:
        view.show_image(self._session.image, self._session.preview)
        self._frame(view)
        self.linked.follow(view)

    def _frame(self, view: ImageView) -> None:
        """Outline what the model sees that a view is of."""
        panel = dict(self.views_with_panels()).get(view)
        session = self._session
        found = session.prediction_of(panel) if panel is not None else session.prediction
        if found is not None:
            view.show_frame(found.model_input)

    def _arrange(self) -> None:
        """Lay out what has a place in the grid, and hide the rest."""
        if self.maximised not in self.panels:
            self.maximised = None
        self._keep_place()
        shown = self._in_grid()
        everything: Sequence[QWidget] = [*self.panels.values(), *self.differences]
        for widget in everything:
            if widget.parent() is self:
                self._layout.removeWidget(widget)
                widget.setVisible(widget in shown)
        self._nothing.setVisible(not shown)
        if not shown:
            self._nothing.explain(detached=bool(self.floating))
            self._layout.addWidget(self._nothing, 0, 0)
        columns = self._columns = self._best_columns(len(shown))
        rows, across = math.ceil(len(shown) / columns), cells(len(shown), columns)
        for widget, (row, cell, span) in zip(shown, places(len(shown), columns), strict=True):
            self._layout.addWidget(widget, row, cell, 1, span)
        for index in range(max(self._layout.columnCount(), self._layout.rowCount())):
            self._layout.setColumnStretch(index, 1 if index < across else 0)
            self._layout.setRowStretch(index, 1 if index < rows else 0)
        self.updateGeometry()
        self.maps.refresh()  # what was out of sight may have been left behind

    def _best_columns(self, count: int) -> int:
        image = self._session.image
        aspect = image.width / image.height if image is not None else 1.5
        space = space_of(self)
        return columns_for(count, space.width(), space.height(), aspect)

    def _in_grid(self) -> list[QWidget]:
        """The widgets that share the space now."""
        if self.maximised is not None and self.maximised not in self.floating:
            return [self.panels[self.maximised]]
        numbers = [panel.number for panel in self._session.panels]
        own = [self.panels[number] for number in numbers if number not in self.floating]
        return [*own, *self.differences]

    def _on_request(self, number: int, request: str) -> None:
        if request in self._arrangement:
            self._arrangement[request](number)
        elif request == "model":
            self.model_wanted.emit(number)
        else:
            self.asked.emit(number, request)

    def _bring_all_back(self) -> None:
        for number in list(self.floating):
            self.detach(number)

    def _on_added(self, number: int) -> None:
        self._show_soon(self.panels[number])

    def _take_place(self, number: int, other: int) -> None:
        self._session.move_panel(number, self._session.panels.place(other))

    def _step(self, number: int, by: int) -> None:
        self._session.move_panel(number, self._session.panels.place(number) + by)

    def _drop(self, number: int, *, keep_window: bool) -> None:
        widget = self.panels.pop(number)
        if number in self.floating and not keep_window:
            self.floating.pop(number).deleteLater()
        widget.deleteLater()

    def _show_image(self) -> None:
        for view in self.views:
            view.stays_whole = True
        for view in self.views:
            self._fill(view)
        self._arrange()
        self.maps.clear()
        self.refresh_all()

    def _show_frame(self) -> None:
        for view in self.views:
            self._frame(view)
        self.maps.show_again()  # what is not new is not drawn again by itself
