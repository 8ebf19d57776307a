"""Where two panels' maps differ, and how much they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import qtawesome
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray

from ..colours import Display, Span, UInt8Array, colourise, layer, lookup_table
from ..drawings import MapWish, wish_for
from ..panels import Panel
from ..session import Session
from . import theme
from .colour_bar import ColourBar
from .elided_label import ElidedLabel
from .image_view import ImageView
from .panel_header import HEADER
from .tiling import LEAST_HEIGHT, LEAST_WIDTH


class DifferencePanel(QFrame):
    """The map of one panel less that of another.

    Maps of one unit are subtracted as they are; others are brought to a common range first.

    Signals (GUI thread)
    -------
    removal_wanted() : the difference is not to be shown any longer.
    """

    removal_wanted = Signal()
    _is_built = False

    def __init__(
        self, session: Session, numbers: tuple[int, int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.numbers = numbers
        self._session = session
        self._methods = self._present_methods()
        self._display = Display()
        self._wanted: _Pair | None = None
        self._shown: _Shown | None = None
        self._classes = ""
        self.view = ImageView(self)
        self._title = ElidedLabel(parent=self)
        self._facts = ElidedLabel(parent=self)
        self._scale = ColourBar(self)
        self._close = QToolButton(self)
        self._build()

    @property
    def is_stale(self) -> bool:
        """Whether one of the panels is gone, or another method has taken its place."""
        return self._present_methods() != self._methods

    def _present_methods(self) -> list[str]:
        """Methods of the two panels, in their order; fewer where one is gone."""
        known = {panel.number: panel.method.name for panel in self._session.panels}
        return [known[number] for number in self.numbers if number in known]

    def refresh(self, display: Display) -> None:
        """Show the difference of what the two panels hold now; it is computed elsewhere."""
        self._display = display
        if self.is_stale:
            return
        names = self._session.names()
        self._title.setText(" \N{MINUS SIGN} ".join(names[number] for number in self.numbers))
        session = self._session
        panels = [session.panel(number) for number in self.numbers]
        first, second = (wish_for(panel.state, session.aspect_of(panel)) for panel in panels)
        asked = [session.prediction_of(panel) for panel in panels]
        geometries = [found.model_input.geometry for found in asked if found is not None]
        pair = _Pair.of(first, second, geometries)
        self._wanted = pair
        self._classes = self._two_classes(panels)
        if pair is None:
            self._take(None)
        elif self.isVisible():
            known = self._shown
            self._session.screen_work.ask(self, lambda: pair.drawn(display, known), self._take)

    def show_again(self) -> None:
        """Lay the same map over the picture again, or take it away where the view hides it."""
        if self._shown is not None:
            self.view.show_map(self._shown.rgba, self._display.greying)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        return not self._session.screen_work.is_busy(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh(self._display)

    def _take(self, found: _Shown | None) -> None:
        if not isValid(self):  # closed meanwhile
            return
        if found is not None and self._wanted is None:  # of a picture or a model that went
            return
        self._shown = found
        self._scale.setVisible(found is not None)
        if found is None:
            self.view.show_map(None)
            self._facts.setText(tr("waiting for both maps"))
            return
        self.view.show_map(found.rgba, self._display.greying)
        self._scale.show_range(found.span, found.table, found.compared.unit)
        said = (self._classes, found.compared.facts)
        self._facts.setText("   ".join(filter(None, said)))
        self._facts.setToolTip(" ".join(filter(None, (self._classes, found.compared.tip))))

    def _two_classes(self, panels: Sequence[Panel]) -> str:
        """Which classes the two maps are of, where these are not the same."""
        session = self._session
        shown = [(panel, session.target_of(panel)) for panel in panels]
        names = [session.label_of(panel, n) for panel, n in shown if n is not None]
        if len({name.casefold() for name in names}) < 2:
            return ""
        return tr("of two classes: {one}, {other}", one=names[0], other=names[1])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._is_built and event.type() == QEvent.Type.PaletteChange:
            self._colour_icon()

    def _colour_icon(self) -> None:
        self._close.setIcon(qtawesome.icon("mdi6.close", color=theme.current().muted))

    def _build(self) -> None:
        header = QHBoxLayout()
        header.setContentsMargins(8, 0, 4, 0)
        self._colour_icon()
        self._close.setAutoRaise(True)
        self._close.setToolTip(tr("Close the difference"))
        self._close.setAccessibleName(tr("Close the difference"))
        self._close.clicked.connect(lambda: self.removal_wanted.emit())
        header.addWidget(self._title, stretch=1)
        header.addWidget(self._close)
        header.addStrut(HEADER)
        self._facts.setObjectName("muted")
        self._facts.setFont(theme.tabular(self._facts.font()))
        self._facts.setMinimumHeight(20)
        self._facts.setContentsMargins(8, 0, 8, 0)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.view.setAccessibleName(tr("Difference of two maps"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, theme.SPACE, 1, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(header)
        layout.addSpacing(theme.SPACE + 3)  # where the others have their progress
        layout.addWidget(self.view, stretch=1)
        layout.addWidget(self._scale)
        layout.addWidget(self._facts)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._is_built = True


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A difference [h, w], its unit, the agreement of the two maps in a line, and all of it."""

    values: FloatArray
    unit: str
    facts: str
    tip: str


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A difference as it lies on the picture: colours [h, w, 4], and what they stand for."""

    pair: _Pair
    compared: _Compared
    rgba: UInt8Array
    span: Span
    table: UInt8Array


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """The two maps, and where each lies on the picture."""

    first: MapWish
    second: MapWish
    geometries: tuple[Geometry, Geometry]

    @classmethod
    def of(
        cls, first: MapWish | None, second: MapWish | None, geometries: Sequence[Geometry]
    ) -> _Pair | None:
        """What two panels show, or None where one shows nothing yet."""
        if first is None or second is None or len(geometries) < 2:
            return None
        return cls(first, second, (geometries[0], geometries[1]))

    def drawn(self, display: Display, known: _Shown | None) -> _Shown | None:
        """The difference in colours; what is known of the same maps is not compared again."""
        same = known is not None and known.pair.is_like(self)
        compared = known.compared if known is not None and same else self._compared()
        if compared is None:
            return None
        shown = layer(compared.values, display, signed=True)
        span = shown.span(display.clip)
        table = lookup_table(display.colour_map, signed=shown.is_signed)
        return _Shown(self, compared, colourise(shown, display, span), span, table)

    def is_like(self, other: _Pair) -> bool:
        """Whether the maps are the same."""
        alike = self.first.is_like(other.first) and self.second.is_like(other.second)
        return alike and self.geometries == other.geometries

    def _compared(self) -> _Compared | None:
        """Subtract and correlate the maps; takes some ten milliseconds."""
        from fragscope_explainers.metrics.agreement import (
            TOP_SHARE,
            agreement,
            carried,
            difference,
        )

        one, other = self.first.values(), self.second.values()
        if one is None or other is None:
            return None
        onto, own = self.geometries
        other = carried(other, own, onto)
        units = (self.first.unit, self.second.unit)
        signed = (self.first.is_signed, self.second.is_signed)
        scaled = units[0] != units[1]
        found = agreement(one, other)
        rank = tr("unknown") if isnan(found.spearman) else f"{found.spearman:.2f}"
        overlap = f"{found.overlap:.0%}"
        facts = tr("rank corr. {rank}   overlap {overlap}", rank=rank, overlap=overlap) + (
            tr("   own ranges") if scaled else ""
        )
        tip = tr(
            "Rank correlation {rank}; {overlap} of the strongest {top_share:.0%} are the same.",
            rank=rank,
            overlap=overlap,
            top_share=TOP_SHARE,
        )
        tip += tr(" Each map is brought to its own range first.") if scaled else ""
        unit = tr("share of each map's range") if scaled else units[0]
        return _Compared(difference(one, other, signed, scaled=scaled), unit, facts, tip)
