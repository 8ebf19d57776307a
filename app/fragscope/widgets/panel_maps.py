"""The maps of the panels that can be seen: computed elsewhere, shown one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from ..colours import Display, Span
from ..drawings import Artist, Drawing, MapWish
from ..ranges import Ranges
from ..session import Session
from .method_panel import MethodPanel


class PanelMaps(QObject):
    """Gathers what is to be drawn during one turn of the event loop, and shows what has changed.

    Parameters
    ----------
    panels : gives the panels that there are now, by number.
    """

    def __init__(
        self,
        session: Session,
        panels: Callable[[], Mapping[int, MethodPanel]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._panels = session, panels
        self.display = Display()
        self.drawings: dict[int, Drawing] = {}
        """What is on the screen, by the panel's number."""
        self._artist, self._picture = Artist(), session.picture
        self._greying = self.display.greying
        self._shown: dict[int, tuple[MethodPanel, Drawing, float]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._show_next)

    def refresh(self) -> None:
        """Draw anew, once in this turn of the event loop, what has changed."""
        self._timer.start(0)

    def clear(self) -> None:
        """Forget what is on the screen, as when another picture comes."""
        self.drawings.clear()
        self._shown.clear()
        self._picture = self._session.picture
        self.refresh()

    def show_again(self) -> None:
        """Lay the same maps over the picture again; a view that hides its map takes it away."""
        for number, (panel, drawing, greying) in self._shown.items():
            if self._panels().get(number) is panel:
                panel.show_drawing(drawing, greying)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        waiting = self._timer.isActive() or self._next.isActive()
        return not waiting and not self._session.screen_work.is_busy(self)

    @property
    def ranges(self) -> Ranges[int]:
        """What gives the maps their colour ranges."""
        return self._artist.ranges

    @property
    def spans(self) -> dict[int, Span]:
        """Colour ranges of the maps on the screen, by the panel's number."""
        return {number: drawing.span for number, drawing in self.drawings.items()}

    def _wanted(self) -> dict[int, MapWish]:
        """Maps of panels in sight; others only where their values change the colours of those."""
        joined = self.display.shared or self.display.locked
        wishes = {
            number: panel.wish()
            for number, panel in self._panels().items()
            if joined or panel.isVisible()
        }
        return {number: wish for number, wish in wishes.items() if wish is not None}

    def _ask(self) -> None:
        artist, wishes, display, picture = self._artist, self._wanted(), self.display, self._picture
        for number in self.drawings.keys() - wishes.keys():
            self._take_away(number)
        self._session.screen_work.ask(
            self,
            lambda: artist.draw(wishes, display),
            lambda drawn: self._take(drawn, display, picture),
        )

    def _take(self, drawn: dict[int, Drawing], display: Display, picture: object) -> None:
        if isValid(self) and picture is self._picture:
            self.drawings, self._greying = drawn, display.greying
            self._show_next()

    def _show_next(self) -> None:
        """Show one map that has changed; others in further turns, so that each is painted alone."""
        for number, panel in self._panels().items():
            drawing = self.drawings.get(number)
            if drawing is None or panel.wish() is None:
                self._take_away(number)
            elif self._shown.get(number) != (panel, drawing, self._greying):
                self._show(number, panel, drawing)
                self._next.start(0)
                return

    def _show(self, number: int, panel: MethodPanel, drawing: Drawing) -> None:
        self._shown[number] = (panel, drawing, self._greying)
        self._session.panel(number).remember(drawing.wish, drawing.values)
        panel.show_drawing(drawing, self._greying)

    def _take_away(self, number: int) -> None:
        self.drawings.pop(number, None)
        self._shown.pop(number, None)
        panel = self._panels().get(number)
        if panel is not None:
            panel.show_drawing(None, 0.0)
