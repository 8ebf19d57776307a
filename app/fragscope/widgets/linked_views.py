"""Zoom, pan, crosshair and swipe that the views of one picture share."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, QRectF, Signal

from fragscope_explainers.preprocessing import Geometry

from .image_view import ImageView


class LinkedViews(QObject):
    """Lets views follow each other; one can be told to zoom on its own.

    Parameters
    ----------
    views : gives the views that there are now.

    Signals (GUI thread)
    -------
    hovered(float, float) : the pointer is over this point of the picture, in any view.
    left() : the pointer left the picture.
    window_dragged(float, float), window_let_go() : as `PictureBox` tells them, of any view.
    """

    hovered = Signal(float, float)
    left = Signal()
    window_dragged = Signal(float, float)
    window_let_go = Signal()

    def __init__(self, views: Callable[[], list[ImageView]], parent: QObject) -> None:
        super().__init__(parent)
        self._views = views
        self._alone: set[ImageView] = set()
        self.under: ImageView | None = None
        """The view that the pointer is over, or was last."""

    def connect_view(self, view: ImageView) -> None:
        """Let a new view lead the others."""
        view.hovered.connect(self._on_hover)
        view.left.connect(self._on_leave)
        view.moved.connect(self._on_moved)
        view.swiped.connect(self._on_swipe)
        view.fit_wanted.connect(self._fit_like)
        view.box.window_dragged.connect(self.window_dragged)
        view.box.window_let_go.connect(self.window_let_go)

    def toggle_alone(self, view: ImageView) -> None:
        """Let a view zoom on its own, or with the others again."""
        self._alone = {known for known in self._views() if known in self._alone} ^ {view}
        if view not in self._alone:
            self.follow(view)

    @property
    def alone(self) -> list[ImageView]:
        """The views that zoom on their own."""
        return [view for view in self._views() if view in self._alone]

    def set_alone(self, views: Collection[ImageView]) -> None:
        """Let these views zoom on their own, and all others together."""
        for view in self._views():
            if (view in views) != (view in self._alone):
                self.toggle_alone(view)

    def follow(self, view: ImageView) -> None:
        """Show the region that the other linked views show."""
        others = [other for other in self.together if other is not view]
        zoomed = next((other for other in others if not other.stays_whole), None)
        if zoomed is not None:
            view.show_region(zoomed.box.viewRect())
        view.swipe_to(next((other.swipe for other in others), None))

    @property
    def together(self) -> list[ImageView]:
        """The views that zoom and pan together."""
        return [view for view in self._views() if view not in self._alone]

    def fit(self) -> None:
        """Show the whole picture in all views that zoom together."""
        for view in self.together:
            view.fit()

    def fit_or_frame(self, geometry: Geometry | None) -> None:
        """Show the whole picture, or, where it is shown already, what the model sees of it."""
        if geometry is None or not all(view.stays_whole for view in self.together):
            self.fit()
            return
        for view in self.together:
            view.show_frame_only(geometry)

    def toggle_swipe(self) -> None:
        """Show maps left of a line that can be dragged and the picture right of it, or all."""
        self.swipe_to(0.5 if self.swipe is None else None)

    @property
    def swipe(self) -> float | None:
        """Where the line between maps and picture stands, or None where there is none."""
        return next((view.swipe for view in self._views() if view.swipe is not None), None)

    def swipe_to(self, share: float | None) -> None:
        """Let the line stand somewhere else in all views; None takes it away."""
        for view in self._views():
            view.swipe_to(share)

    def _fit_like(self) -> None:
        """Fit the view that was double-clicked, and those that zoom with it."""
        view = self.sender()
        if isinstance(view, ImageView) and view in self._alone:
            view.fit()
        else:
            self.fit()

    def _on_hover(self, x: float, y: float) -> None:
        view = self.sender()
        self.under = view if isinstance(view, ImageView) else None
        for shown in self._views():
            shown.show_crosshair(x, y)
        self.hovered.emit(x, y)

    def _on_moved(self, region: QRectF) -> None:
        """What one view shows, all linked ones show.

        Views linked by pyqtgraph would align to each other's place on the screen instead, and
        panels of one row need not be equally high.
        """
        together = self.together
        for view in together if self.sender() in together else ():
            if view is not self.sender():
                view.show_region(region)

    def _on_swipe(self, share: float) -> None:
        for view in self._views():
            if view is not self.sender():
                view.swipe_to(share)

    def _on_leave(self) -> None:
        for view in self._views():
            view.hide_crosshair()
        self.left.emit()
