"""Which panels share the grid, have all of it, or have windows of their own, and differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr

from ..arrangement import Arrangement, Detached, Region
from ..changes import Change
from .difference_panel import DifferencePanel
from .floating_panel import FloatingPanel
from .panel_area import area_of

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from ..session import Session
    from .image_view import ImageView
    from .linked_views import LinkedViews
    from .method_panel import MethodPanel
    from .panel_maps import PanelMaps


class PanelPlaces(QWidget):
    """A part of `PanelGrid`, which tells what it uses of the rest.

    Signals (GUI thread)
    -------
    changing(object) : people are about to make this `Change` of the arrangement.
    """

    changing = Signal(object)

    if TYPE_CHECKING:
        panels: dict[int, MethodPanel]
        linked: LinkedViews
        maps: PanelMaps
        panels_built: SignalInstance
        _session: Session

        def _arrange(self) -> None: ...
        def _fill(self, view: ImageView) -> None: ...

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.differences: list[DifferencePanel] = []
        self.floating: dict[int, FloatingPanel] = {}
        self.maximised: int | None = None

    @property
    def alone(self) -> dict[int, Region | None]:
        """What panels that zoom on their own show, by their number; None is the whole picture."""
        views = {self.panels[number].view: number for number in self.panels}
        return {views[view]: view.region for view in self.linked.alone if view in views}

    def zoom_alone(self, regions: Mapping[int, Region | None]) -> None:
        """Let these panels zoom on their own, and all others together; numbers may be unknown."""
        found = {number: self.panels[number].view for number in regions if number in self.panels}
        self.linked.set_alone(found.values())
        for number, panel in self.panels.items():
            panel.header.show_alone(number in found)
        for number, view in found.items():
            region = regions[number]
            view.fit() if region is None else view.show_region(QRectF(*region))

    def maximise(self, number: int) -> None:
        """Give a panel all the space, or, where it has it already, bring the others back."""
        if number in self.floating:
            window = self.floating[number]
            window.showNormal() if window.isMaximized() else window.showMaximized()
            return
        ends = self.maximised == number
        text = tr("show all panels") if ends else tr("maximise {panel}", panel=self._name(number))
        self._tell(text)
        self.maximised = None if ends else number
        self._arrange()

    def maximise_place(self, place: int) -> None:
        """Maximise the panel in this place, counted from 0; beyond the last nothing happens."""
        if place < len(self._session.panels):
            self.maximise(self._session.panels[place].number)

    def detach(self, number: int) -> None:
        """Put a panel into a window of its own; closing that brings it back."""
        if number in self.floating:
            self.floating[number].close()
            return
        text = tr("give {panel} a window of its own", panel=self._name(number))
        self._tell(text)
        self._detach(number)

    def hide_windows(self) -> None:
        """Take windows from the screen; their panels stay in them."""
        for window in self.floating.values():
            window.hide()

    def close_windows(self) -> None:
        """Bring all panels back from windows of their own."""
        for number in list(self.floating):
            self._bring_back(number)

    def show_difference(self, first: int, second: int) -> None:
        """Add the difference of two panels' maps."""
        if any(found.numbers == (first, second) for found in self.differences):
            return
        one, other = self._name(first), self._name(second)
        text = tr("show the difference of {one} and {other}", one=one, other=other)
        self._tell(text)
        self._add_difference((first, second))
        self._show_soon(self.differences[-1])

    @property
    def arrangement(self) -> Arrangement:
        """How the panels share the window."""
        detached = tuple(window.detached(n) for n, window in sorted(self.floating.items()))
        return Arrangement(self.maximised, tuple(d.numbers for d in self.differences), detached)

    def arrange(self, wanted: Arrangement) -> None:
        """Share the window in this way, as far as the panels are there; windows stay in place."""
        detached = {one.number: one for one in wanted.detached if one.number in self.panels}
        for number in self.floating.keys() - detached.keys():
            self._bring_back(number)
        for number in detached.keys() - self.floating.keys():
            self._detach(number, detached[number])
        for difference in [d for d in self.differences if d.numbers not in wanted.differences]:
            self._close_difference(difference)
        shown = {difference.numbers for difference in self.differences}
        for pair in wanted.differences:
            if pair not in shown and self.panels.keys() >= set(pair):
                self._add_difference(pair)
        self.differences.sort(key=lambda found: wanted.differences.index(found.numbers))
        self.maximised = wanted.maximised
        self._arrange()

    # -- inside -----------------------------------------------------------------------------

    def _show_soon(self, widget: QWidget) -> None:
        """Scroll to what people have added."""
        area = area_of(self)
        if area is not None:
            area.show_soon(widget)

    def _keep_place(self) -> None:
        """Let what was in sight before a panel had all the space be in sight after it."""
        area = area_of(self)
        if area is None:
            return
        alone = self.maximised is not None and self.maximised not in self.floating
        area.keep_place() if alone else area.go_back()

    def _forget_place(self) -> None:
        area = area_of(self)
        if area is not None:
            area.forget_place()

    def _tell(self, text: str) -> None:
        """Say what people are about to change."""
        self.changing.emit(Change("arrangement", text))

    def _name_windows(self) -> None:
        names = self._session.names()
        for number, window in self.floating.items():
            window.setWindowTitle(f"{names[number]} - FragScope")

    def _name(self, number: int) -> str:
        return self._session.panels.names()[number]

    def _detach(self, number: int, place: Detached | None = None) -> None:
        self.maximised = None if self.maximised == number else self.maximised
        window = FloatingPanel(self.panels[number], self)
        window.closed.connect(lambda: self._on_window_closed(number))
        window.addActions(self.window().actions())  # keys work there, too
        self.floating[number] = window
        self._name_windows()
        self._arrange()
        if place is not None:
            window.take_place(place)
        window.show()

    def _on_window_closed(self, number: int) -> None:
        if number in self.floating and number in self.panels:
            text = tr("bring {panel} back from its window", panel=self._name(number))
            self._tell(text)
        self._bring_back(number)

    def _bring_back(self, number: int) -> None:
        window = self.floating.pop(number, None)
        if window is not None and number in self.panels:
            self.panels[number].setParent(self)
            had_keys = window.isActiveWindow()
            window.hide()
            if had_keys:
                self.window().activateWindow()  # else keys would go nowhere
            window.deleteLater()
            self._arrange()

    def _add_difference(self, numbers: tuple[int, int]) -> None:
        difference = DifferencePanel(self._session, numbers, self)
        difference.removal_wanted.connect(lambda: self._on_removal(difference))
        self.linked.connect_view(difference.view)
        self.differences.append(difference)
        self._arrange()
        self._fill(difference.view)
        difference.refresh(self.maps.display)
        self.panels_built.emit()

    def _on_removal(self, difference: DifferencePanel) -> None:
        one, other = (self._name(number) for number in difference.numbers)
        text = tr("close the difference of {one} and {other}", one=one, other=other)
        self._tell(text)
        self._close_difference(difference)

    def _close_difference(self, difference: DifferencePanel) -> None:
        self.differences.remove(difference)
        difference.deleteLater()
        self._arrange()
        self.panels_built.emit()
