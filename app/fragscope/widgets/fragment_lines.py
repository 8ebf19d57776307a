"""The outlines of fragments in every view, each on what the model of its panel sees."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from fragscope_explainers.fragments import Pyramid, boundary_segments, fragment_outline
from fragscope_explainers.preprocessing import Geometry

from ..own_fragments import OwnFragments, level_like
from ..panels import Panel
from ..session import Session
from .image_view import ImageView
from .panel_grid import PanelGrid
from .pyramid_control import PyramidControl

_Outlined = tuple[Pyramid, int, Any]


class FragmentLines(QObject):
    """Draws what a `PyramidControl` looks at: the window's fragments, or a panel's own ones.

    Panels whose model has the window's view of the picture share its fragments. The others show
    theirs, at the level whose number of fragments is nearest to the one looked at.
    """

    def __init__(self, session: Session, control: PyramidControl, grid: PanelGrid) -> None:
        super().__init__(grid)
        self._session, self._control, self._grid = session, control, grid
        self.own = OwnFragments(session, self)
        self._outlined: dict[int, _Outlined] = {}
        self._pointed: dict[ImageView, tuple[Pyramid, int, int]] = {}
        control.outline_changed.connect(self._show)
        control.highlight_changed.connect(self._highlight)
        self.own.changed.connect(control.redraw)
        session.panel_changed.connect(self._follow_run)
        grid.hovered.connect(self._point_at)
        grid.left.connect(self._leave)

    def _show(self, outline: Any) -> None:
        """Draw outlines, as `boundary_segments` gives them; None takes them away."""
        self._leave()
        for view, panel in self._grid.views_with_panels():
            if panel is None or not self.own.differ(panel):
                view.show_fragments(outline, self._geometry(None))
            else:
                own = self._own_outline(panel) if outline is not None else None
                view.show_fragments(own, self._geometry(panel))

    def _highlight(self, outline: Any) -> None:
        """Mark one of the window's fragments where they are shown."""
        for view, panel in self._grid.views_with_panels():
            if panel is None or not self.own.differ(panel):
                view.show_highlight(outline, self._geometry(None))

    def _own_outline(self, panel: Panel) -> Any:
        pyramid, model = self.own.of(panel), panel.model
        if pyramid is None or model is None:
            return None
        level = self._level(pyramid)
        known = self._outlined.get(model)
        if known is None or known[0] is not pyramid or known[1] != level:
            known = (pyramid, level, boundary_segments(pyramid.labels[level]))
            self._outlined[model] = known
        return known[2]

    def _level(self, pyramid: Pyramid) -> int:
        looked_at = self._control.pyramid
        if looked_at is None:
            return 0
        return level_like(pyramid, looked_at.scales[min(self._control.level, looked_at.levels - 1)])

    def _point_at(self, x: float, y: float) -> None:
        """Mark a panel's own fragment under a point of the picture."""
        if not (self._control.shown.isChecked() or self._control.isVisible()):
            self._leave()
            return
        for view, panel in self._grid.views_with_panels():
            geometry = self._geometry(panel)
            if panel is None or geometry is None or not self.own.differ(panel):
                continue
            self._mark(view, panel, geometry, geometry.input_pixel(x, y))

    def _mark(
        self, view: ImageView, panel: Panel, geometry: Geometry, pixel: tuple[int, int] | None
    ) -> None:
        pyramid = self.own.of(panel) if pixel is not None else None
        if pyramid is None or pixel is None:
            if self._pointed.pop(view, None) is not None:
                view.show_highlight(None, None)
            return
        level = self._level(pyramid)
        label = int(pyramid.labels[level, pixel[1], pixel[0]])
        if self._pointed.get(view) != (pyramid, level, label):
            self._pointed[view] = (pyramid, level, label)
            view.show_highlight(fragment_outline(pyramid.labels[level], label), geometry)

    def _leave(self) -> None:
        """Mark none of the panels' own."""
        shown = self._grid.views
        for view in self._pointed:
            if view in shown:  # others are gone with their panels
                view.show_highlight(None, None)
        self._pointed.clear()

    def _follow_run(self, number: int) -> None:
        """Show the fragments that a run has really used, once they are other ones."""
        panel = next((p for p in self._session.panels if p.number == number), None)
        if panel is None or panel.model is None or panel.pyramid is None:
            return
        known = self._outlined.get(panel.model)
        if known is not None and known[0] is not self.own.of(panel):
            self._control.redraw()

    def _geometry(self, panel: Panel | None) -> Geometry | None:
        """What the model of a panel sees, or the window's."""
        session = self._session
        found = session.prediction if panel is None else session.prediction_of(panel)
        return None if found is None else found.model_input.geometry
