"""What the hints of the window say, and where."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from fragscope_explainers.translation import tr

from .curves_view import CurvesView
from .hints import Hint
from .panel_area import area_of
from .panel_grid import PanelGrid
from .side_bar import SideBar

Place = Callable[[], tuple[QWidget, QRect] | None]


def tour(grid: PanelGrid, side: SideBar, curves: CurvesView) -> tuple[Hint, ...]:
    """Five hints, in the order of a first look around."""
    return (
        Hint(
            tr("The map and its colours"),
            tr(
                "Colours say how much a pixel speaks for the class. The bar gives the values: "
                "red is "
                "for the class and blue against it, or, where nothing is against, brighter is more."
            ),
            lambda: _scrolled_to(next((p.scale for p in grid.shown_panels()), None)),
        ),
        Hint(
            tr("Every class at once"),
            tr(
                "Click a class to explain it instead. The star pins it, vs subtracts it from the "
                "one "
                "that is explained."
            ),
            lambda: _whole(side.classes.list),
        ),
        Hint(
            tr("Fragments"),
            tr(
                "The picture is cut at several levels. Look at them one by one, weight them, or "
                "cut "
                "the picture in another way."
            ),
            _tab(side, tr("Fragments")),
        ),
        Hint(
            tr("What if?"),
            tr("Erase or keep parts of the picture here and see at once what the model says then."),
            _tab(side, tr("What if")),
        ),
        Hint(
            tr("Scrub through the proof"),
            tr(
                "The curves show how the probability falls while the strongest pixels go. Switch "
                "this "
                "on and drag in a plot to see the very picture that was scored."
            ),
            lambda: _whole(curves.tools.button(curves.tools.scrub)),
        ),
    )


def _whole(widget: QWidget | None) -> tuple[QWidget, QRect] | None:
    if widget is None or not widget.isVisible():
        return None
    return widget, widget.rect()


def _scrolled_to(widget: QWidget | None) -> tuple[QWidget, QRect] | None:
    """The place of a part of a panel, which is brought into sight for it."""
    area = area_of(widget) if widget is not None else None
    if area is not None and widget is not None and widget.isVisible():
        area.ensureWidgetVisible(widget)
    return _whole(widget)


def _tab(side: SideBar, title: str) -> Place:
    """The place of a tab with this title."""

    def place() -> tuple[QWidget, QRect] | None:
        bar = side.tabs.tabBar()
        index = next((i for i in range(bar.count()) if bar.tabText(i) == title), None)
        return None if index is None or not bar.isVisible() else (bar, bar.tabRect(index))

    return place
