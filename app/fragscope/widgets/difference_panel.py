"""Where two panels' maps differ, and how much they agree."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import qtawesome
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from fragscope_explainers.preprocessing import Geometry
from fragscope_explainers.types import FloatArray

from ..colours import Display, colourise, layer, lookup_table
from ..jobs import Failed
from ..panels import Panel
from ..session import Session
from . import theme
from .colour_bar import ColourBar
from .elided_label import ElidedLabel
from .image_view import ImageView


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
        self._computing: _Pair | None = None
        self._wanted: _Pair | None = None
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
        """Show the difference of what the two panels hold now; it is computed on the worker."""
        self._display = display
        if self.is_stale:
            return
        names = self._session.names()
        self._title.setText(" \N{MINUS SIGN} ".join(names[number] for number in self.numbers))
        first, second = (self._session.panel(number) for number in self.numbers)
        pair = _Pair.of(self._session, first, second)
        self._wanted = pair
        if pair is None:
            self._show(None)
        elif self._computing is None:
            self._compute(pair)

    def _compute(self, pair: _Pair) -> None:
        self._computing = pair
        self._session.in_background(pair.compared, self._take, self._fail)

    def _take(self, found: _Compared) -> None:
        if not isValid(self):  # closed meanwhile
            return
        done, self._computing = self._computing, None
        if self._wanted is not None:
            self._show(found)
            if self._wanted is not done:
                self._compute(self._wanted)

    def _fail(self, failed: Failed) -> None:
        if isValid(self):
            self._computing = None
            self._facts.setText(failed.sentence)

    def _show(self, found: _Compared | None) -> None:
        self._scale.setVisible(found is not None)
        if found is None:
            self.view.show_map(None)
            self._facts.setText("waiting for both maps")
            return
        shown = layer(found.values, self._display, signed=True)
        self.view.show_map(colourise(shown, self._display), self._display.greying)
        table = lookup_table(self._display.colour_map, signed=shown.is_signed)
        self._scale.show_range(shown.span(self._display.clip), table, found.unit)
        self._facts.setText(found.facts)
        self._facts.setToolTip(found.facts)

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
        self._close.setToolTip("Close the difference")
        self._close.setAccessibleName("Close the difference")
        self._close.clicked.connect(lambda: self.removal_wanted.emit())
        header.addWidget(self._title, stretch=1)
        header.addWidget(self._close)
        self._facts.setObjectName("muted")
        self._facts.setFont(theme.tabular(self._facts.font()))
        self._facts.setMinimumHeight(20)
        self._facts.setContentsMargins(8, 0, 8, 0)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.view.setAccessibleName("Difference of two maps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, theme.SPACE, 1, theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addLayout(header)
        layout.addWidget(self.view, stretch=1)
        layout.addWidget(self._scale)
        layout.addWidget(self._facts)
        self.setMinimumSize(220, 180)
        self._is_built = True


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """A difference [h, w], its unit, and the agreement of the two maps in a line."""

    values: FloatArray
    unit: str
    facts: str


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two maps with their units and whether they are signed."""

    maps: tuple[FloatArray, FloatArray]
    units: tuple[str, str]
    signed: tuple[bool, bool]
    geometries: tuple[Geometry, Geometry]

    @classmethod
    def of(cls, session: Session, first: Panel, second: Panel) -> _Pair | None:
        """What two panels show, or None where one shows nothing yet."""
        own, others = session.aspect_of(first), session.aspect_of(second)
        if own is None or others is None:
            return None
        one, other = first.saliency(own), second.saliency(others)
        predictions = [session.prediction_of(panel) for panel in (first, second)]
        inputs = [found.model_input for found in predictions if found is not None]
        if one is None or other is None or len(inputs) < 2:
            return None
        signed = (first.is_signed(own), second.is_signed(others))
        units = (first.unit(own), second.unit(others))
        return cls((one, other), units, signed, (inputs[0].geometry, inputs[1].geometry))

    def compared(self) -> _Compared:
        """Subtract and correlate them; takes some ten milliseconds."""
        from fragscope_explainers.metrics.agreement import (
            TOP_SHARE,
            agreement,
            carried,
            difference,
        )

        scaled = self.units[0] != self.units[1]
        onto, other = self.geometries
        maps = (self.maps[0], carried(self.maps[1], other, onto))
        found = agreement(*maps)
        rank = "unknown" if isnan(found.spearman) else f"{found.spearman:.2f}"
        parts = [f"rank correlation {rank}", f"top {TOP_SHARE:.0%} overlap {found.overlap:.0%}"]
        unit = "share of each map's range" if scaled else self.units[0]
        facts = "   ".join([*parts, "own ranges"] if scaled else parts)
        return _Compared(difference(*maps, self.signed, scaled=scaled), unit, facts)
