"""How a window shows its session, as a value that a session file can hold."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from fragscope_explainers.what_if import ERASER_FILLS

from ..arrangement import Arrangement, Region
from ..edits import Edit
from ..session import Session
from ..stored_session import Scrubbed, StoredEdit, View
from ..what_if import WhatIf
from .curves_view import CurvesView
from .layout_memory import LayoutMemory
from .panel_grid import PanelGrid
from .side_bar import SideBar


class WindowState:
    """Reads and sets what the parts of one window show."""

    def __init__(
        self,
        session: Session,
        grid: PanelGrid,
        side: SideBar,
        what_if: WhatIf,
        layout: LayoutMemory,
        curves: CurvesView,
    ) -> None:
        self._session, self._grid, self._side = session, grid, side
        self._legend, self._scrubber = curves.legend, curves.scrubber
        self._what_if, self._layout = what_if, layout

    def capture(self) -> View:
        """How everything is shown now."""
        grid, side, scrubber = self._grid, self._side, self._scrubber
        arrangement = grid.arrangement
        return View(
            side.display.display,
            self._edit(),
            tuple(side.classes.pins.get(self._session.model_spec, ())),
            grid.ranges.locked if side.display.display.locked else {},
            side.pyramid.level,
            side.pyramid.shown.isChecked(),
            arrangement.maximised,
            arrangement.differences,
            self._region(),
            self._layout.sizes,
            self._layout.tab,
            arrangement.detached,
            self._legend.hidden,
            Scrubbed(scrubber.kind, scrubber.share, scrubber.is_on),
            grid.alone,
            grid.linked.swipe,
        )

    def restore(self, view: View) -> None:
        """Show the session, which is there, in this way."""
        grid, side = self._grid, self._side
        pins = {**side.classes.pins, self._session.model_spec: list(view.pins)}
        side.classes.restore_pins(pins)
        side.pyramid.weights.show_painting(self._session.painting)
        side.pyramid.slider.setValue(view.level)
        side.pyramid.shown.setChecked(view.fragments)
        grid.arrange(Arrangement())  # windows that are there already would stay in place
        grid.arrange(view.arrangement)
        grid.ranges.lock(view.spans)
        side.display.show_display(view.display)
        self._restore_edit(view.edit)
        self._legend.hide_only(view.hidden)
        if view.scrubber is not None:
            scrubbed = view.scrubber
            self._scrubber.stand(scrubbed.kind, scrubbed.share, on=scrubbed.on)
        self._layout.restore(view.sizes, view.tab)
        grid.zoom_alone(view.alone)
        if view.region is not None:
            for shown in grid.linked.together:
                shown.show_region(QRectF(*view.region))
        grid.linked.swipe_to(view.swipe)

    # -- inside -----------------------------------------------------------------------------

    def _region(self) -> Region | None:
        regions = (view.region for view in self._grid.linked.together)
        return next((region for region in regions if region is not None), None)

    def _edit(self) -> StoredEdit | None:
        what_if = self._what_if
        edit = what_if.edit
        if edit is None or not edit.marked.any():
            return None
        known = not what_if.is_asking and not what_if.failure
        return StoredEdit(
            edit,
            edit.marked,
            edit.keeps,
            edit.fill,
            what_if.probabilities if known else None,
            what_if.altered if known else None,
        )

    def _restore_edit(self, stored: StoredEdit | None) -> None:
        fill = next((f for f in ERASER_FILLS if stored is not None and f == stored.fill), None)
        if stored is None or fill is None:
            return
        marked = np.array(stored.marked)
        marked.flags.writeable = False
        edit = Edit(marked, stored.keeps, fill)
        if stored.probabilities is None:
            self._what_if.set_edit(edit)  # it was not asked about yet
        else:
            self._what_if.restore(edit, stored.probabilities, stored.altered)
