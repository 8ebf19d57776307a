"""Lets people edit in the pictures: clicks, strokes, menus and playback."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from fragscope_explainers.smallest_sets import Goal
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray
from fragscope_explainers.what_if import BoolArray, EraserFill

from ..changes import Change
from ..edits import Edit
from ..session import Session
from ..what_if import WhatIf
from .actions import Actions
from .brush import Brush, stroke
from .image_view import ImageView
from .panel_grid import PanelGrid
from .side_bar import SideBar
from .what_if_control import WhatIfControl

_TIP = tr("Erase or keep parts of the picture and see what the model says then")
_CURSORS = {"fragments": Qt.CursorShape.PointingHandCursor, "brush": Qt.CursorShape.CrossCursor}


class WhatIfEditor(QObject):
    """Joins the tab "What if" with the pictures of a window.

    The tools work, and the altered picture is shown, while the tab is in front.

    Signals (GUI thread)
    -------
    changing(object) : people are about to make this `Change` of the edit.
    """

    changing = Signal(object)

    def __init__(
        self, session: Session, grid: PanelGrid, side: SideBar, actions: Actions, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._grid, self._side, self._actions = session, grid, side, actions
        self.what_if = WhatIf(session, self)
        self.control = WhatIfControl(session, self.what_if, actions)
        self.brush = Brush(self)
        self._before_stroke: Edit | None = None
        self._brings_back = False
        self._series = itertools.count(1)
        self._search_number = 0
        self._menu_owner = parent
        self._views: list[ImageView] = []
        self._tab = side.tabs.count()
        side.add_tab("what if", tr("What if"), self.control, _TIP)
        self._wire_control()
        self._wire_pictures()
        self._attach()

    @property
    def is_front(self) -> bool:
        """Whether the tab is in front."""
        return self._side.tabs.currentIndex() == self._tab

    def bring_to_front(self) -> None:
        """Show the tab."""
        self._side.tabs.setCurrentIndex(self._tab)

    def fragment_at(self, x: float, y: float) -> BoolArray | None:
        """The fragment of the chosen level [h, w] under a point of the picture, if any."""
        prediction, labels = self._session.prediction, self._side.pyramid.labels
        if prediction is None or labels is None:
            return None
        pixel = prediction.model_input.geometry.input_pixel(x, y)
        if pixel is None:
            return None
        return cast(BoolArray, labels == labels[pixel[1], pixel[0]])

    def erase(self, part: BoolArray) -> None:
        """Erase a part [h, w] of what is left."""
        edit = self.what_if.edit
        if edit is not None:
            gone = replace(edit, marked=edit.erased, keeps=False)
            self._push(tr("erase a fragment"), gone.marking(part))

    def keep_only(self, part: BoolArray) -> None:
        """Erase all but a part [h, w]."""
        edit = self.what_if.edit
        if edit is not None:
            alone = Edit(np.zeros_like(part), True, edit.fill).marking(part)
            self._push(tr("keep one fragment"), alone)

    def reset(self) -> None:
        """Bring everything back."""
        edit = self.what_if.edit
        if edit is not None and edit.marked.any():
            self.bring_to_front()
            self._push(tr("bring everything back"), edit.marking(edit.marked, False))

    # -- edits ------------------------------------------------------------------------------

    def _push(
        self, text: str, edit: Edit, known: FloatArray | None = None, series: int = -1
    ) -> None:
        if self.what_if.edit is None:
            return
        if series < 0:
            self.take_over()
        key = f"search {series}" if series >= 0 else ""
        self.changing.emit(Change("edit", text, key, lasts=series >= 0))
        self.what_if.set_edit(edit, known)

    def take_over(self) -> None:
        """End search and playback: their next step would undo what is done by hand."""
        self.what_if.stop_search()
        self.control.smallest.pause()

    def _name_level(self, level: int) -> None:
        pyramid = self._side.pyramid.pyramid
        if pyramid is not None and level < pyramid.levels:
            self.control.name_level(level, pyramid.counts[level])

    def _on_click(self, x: float, y: float, keys: Qt.KeyboardModifier) -> None:
        part, edit = self.fragment_at(x, y), self.what_if.edit
        is_ours = self.is_front and self.control.tool == "fragments"
        if part is None or edit is None or not is_ours:
            return
        marks = not edit.marked[part].all()
        if keys & Qt.KeyboardModifier.ShiftModifier:
            marks = True
        elif keys & Qt.KeyboardModifier.ControlModifier:
            marks = False
        if (edit.marked[part] != marks).any():
            self._push(
                tr("mark a fragment") if marks else tr("unmark a fragment"),
                edit.marking(part, marks),
            )

    def _set_keeps(self, keeps: bool) -> None:
        edit = self.what_if.edit
        if edit is not None:
            self._push(
                tr("keep only this") if keeps else tr("erase this"),
                Edit(edit.marked, keeps, edit.fill),
            )

    def _set_fill(self, fill: EraserFill) -> None:
        edit = self.what_if.edit
        if edit is not None:
            self._push(tr("fill otherwise"), Edit(edit.marked, edit.keeps, fill))

    def _find(self, goal: Goal) -> None:
        self._search_number = next(self._series)
        labels = self._side.pyramid.labels
        if labels is not None:
            self.what_if.find(goal, labels)

    def _play(self, index: int) -> None:
        search = self.what_if.search
        if search is not None and index < len(search.steps):
            known = search.steps[index].probabilities
            self._push(tr("show a smallest set"), search.edit(index), known, self._search_number)

    # -- strokes ----------------------------------------------------------------------------

    def _begin_stroke(self, brings_back: bool) -> None:
        self.take_over()
        self._before_stroke, self._brings_back = self.what_if.edit, brings_back

    def _stroke(self, start: QPointF, end: QPointF) -> None:
        prediction, edit = self._session.prediction, self.what_if.edit
        if prediction is None or edit is None or self._before_stroke is None:
            return
        geometry = prediction.model_input.geometry
        first, last = (geometry.to_input(point.x(), point.y()) for point in (start, end))
        width = self.control.brush_diameter(geometry.input_size[0])
        part = stroke(geometry.input_size, first, last, width)
        if (edit.marked[part] == self._brings_back).any():
            if edit is self._before_stroke:
                self.changing.emit(Change("edit", tr("use the brush")))
            self.what_if.set_edit(edit.marking(part, not self._brings_back))

    def _end_stroke(self) -> None:
        self._before_stroke = None

    def _restart(self) -> None:
        """End a stroke that is under way: it belongs to an earlier picture."""
        self._before_stroke = None
        self._size_brush()
        self._arm()

    def _size_brush(self) -> None:
        prediction = self._session.prediction
        if prediction is not None:
            _, top, _, bottom = prediction.model_input.geometry.box
            self.brush.set_diameter(self.control.brush_diameter(1) * (bottom - top))

    # -- showing ----------------------------------------------------------------------------

    def _show(self, *_: object) -> None:
        """Show the altered picture while the tab is in front, else the maps."""
        rgb = self.what_if.altered if self.is_front else None
        for view in self._grid.views:
            view.show_altered(rgb)

    def _arm(self, *_: object) -> None:
        """Let the chosen tool work while the tab is in front."""
        tool = self.control.tool if self.is_front else "look"
        self.brush.set_active(tool == "brush" and self.what_if.edit is not None)
        for view in self._grid.views:
            view.viewport().setCursor(_CURSORS.get(tool, Qt.CursorShape.ArrowCursor))
            view.double_click_fits = tool == "look"  # quick clicks are for two fragments

    def _on_tab(self, *_: object) -> None:
        self._arm()
        self._show()

    def _attach(self) -> None:
        """Follow views that were made anew."""
        known, self._views = self._views, self._grid.views
        for view in self._views:
            if view not in known:
                view.clicked.connect(self._on_click)
                view.menu_wanted.connect(self._show_menu)
        self.brush.attach(self._views)
        self._on_tab()

    def _show_menu(self, x: float, y: float, place: QPoint) -> None:
        self.menu(x, y).popup(place)

    def menu(self, x: float, y: float) -> QMenu:
        """What can be done with this point of the picture."""
        menu = QMenu(self._menu_owner)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        part = self.fragment_at(x, y)
        for text, does in (
            (tr("Erase this fragment"), self.erase),
            (tr("Keep only this fragment"), self.keep_only),
        ):
            action = menu.addAction(text)
            action.setEnabled(part is not None)
            if part is not None:
                action.triggered.connect(lambda _=False, does=does: self._do(does, part))
        copy = menu.addAction(tr("Copy values"))
        copy.triggered.connect(
            lambda _=False: QApplication.clipboard().setText(self._side.readout.plain_text(x, y))
        )
        return menu

    def _do(self, does: Callable[[BoolArray], None], part: BoolArray) -> None:
        does(part)
        self.bring_to_front()

    # -- building ---------------------------------------------------------------------------

    def _wire_control(self) -> None:
        control = self.control
        control.tool_changed.connect(self._arm)
        control.keeps_changed.connect(self._set_keeps)
        control.fill_changed.connect(self._set_fill)
        control.brush_changed.connect(self._size_brush)
        control.smallest.wanted.connect(self._find)
        control.smallest.step_chosen.connect(self._play)
        self._actions.connect("reset", self.reset)

    def _wire_pictures(self) -> None:
        what_if = self.what_if
        what_if.restarted.connect(self._restart)
        what_if.changed.connect(self._show)
        what_if.changed.connect(self._allow_reset)
        self._side.tabs.currentChanged.connect(self._on_tab)
        self._side.pyramid.level_changed.connect(self._name_level)
        self._grid.panels_built.connect(self._attach)
        self._grid.hovered.connect(self.brush.show_ring)
        self._grid.left.connect(self.brush.hide_ring)
        self.brush.began.connect(self._begin_stroke)
        self.brush.moved.connect(self._stroke)
        self.brush.ended.connect(self._end_stroke)
        self._allow_reset()

    def _allow_reset(self) -> None:
        edit = self.what_if.edit
        self._actions["reset"].setEnabled(edit is not None and bool(edit.marked.any()))
