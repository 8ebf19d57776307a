"""One share of pixels, erased or revealed in every panel at once. Only QtCore is used here.

Every panel shows the picture that its own curve scored: the order in which pixels go is the
curve's, the share is that of its nearest point, and the probability is read from it. The model is
not asked again.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.images import UInt8Array
from fragscope_explainers.metrics.pixel_order import end_pictures, picture_at
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind, FillName

from .curve_data import KIND_WORDS, curve_of, point_at, score_at, why_no_curve
from .jobs import Failed
from .panels import Panel
from .session import Session
from .throttle import Throttle

_FIRST_SHARE = 0.2
_TIMES_A_SECOND = 30

_Ends = tuple[UInt8Array, UInt8Array]
_Key = tuple[ModelInput, CurveKind, FillName]


class Scrubber(QObject):
    """Where the scrubber stands, and what the panels show there.

    Signals (GUI thread)
    -------
    moved() : it was switched on or off, or stands elsewhere.
    altered(int, object, str) : a panel is to show these pixels, uint8 [h, w, 3], and this caption;
        None brings its map back.
    """

    moved = Signal()
    altered = Signal(int, object, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.is_on = False
        self.kind: CurveKind = "deletion"
        self.share = _FIRST_SHARE
        self._ends: dict[_Key, _Ends | None] = {}
        self._throttle = Throttle(_TIMES_A_SECOND, self)
        self._throttle.due.connect(self._show_all)
        session.panel_changed.connect(self._follow)
        session.target_changed.connect(self.refresh)
        session.image_changed.connect(lambda: self.switch(False))

    def switch(self, on: bool) -> None:
        """Show altered pictures, or the maps again."""
        if on == self.is_on:
            return
        self.is_on = on
        self.moved.emit()
        if on:
            self.refresh()
            return
        self._ends = {}
        for panel in self._session.panels:
            self.altered.emit(panel.number, None, "")

    def move(self, kind: CurveKind, share: float) -> None:
        """Go to a share of pixels in [0, 1] of one kind of curve; switches on."""
        self.kind, self.share = kind, min(1.0, max(0.0, share))
        if not self.is_on:
            self.switch(True)
            return
        self.moved.emit()
        self.refresh()

    def stand(self, kind: CurveKind, share: float, *, on: bool) -> None:
        """Stand at a share of pixels in [0, 1], switched on or off."""
        self.switch(False)
        if on:
            self.move(kind, share)
            return
        self.kind, self.share = kind, share
        self.moved.emit()

    def refresh(self) -> None:
        """Show every panel's picture anew."""
        if self.is_on:
            self._throttle.mark(*(panel.number for panel in self._session.panels))

    def _follow(self, number: int) -> None:
        if self.is_on:
            self._throttle.mark(number)

    def _show_all(self, numbers: frozenset[int]) -> None:
        for panel in self._session.panels:
            if self.is_on and panel.number in numbers:
                self.altered.emit(panel.number, *self._view(panel))

    def _view(self, panel: Panel) -> tuple[UInt8Array | None, str]:
        curve = curve_of(panel, self._session.target_of(panel), self.kind)
        if curve is None or curve.ranks is None:
            kind, why = KIND_WORDS[self.kind], why_no_curve(panel)
            return None, tr("no {kind} curve: {why_no_curve}", kind=kind, why_no_curve=why)
        if self._session.picture.is_outdated(panel):
            return None, tr("of an earlier window, whose pixels are gone; run again")
        fraction = float(curve.fractions[point_at(curve, self.share)])
        ends = self._ends_of(panel, curve)
        if ends is None:
            return None, tr("preparing the picture ...")
        return picture_at(ends, curve.ranks, fraction), self._caption(panel, curve, fraction)

    def _caption(self, panel: Panel, curve: Curve, fraction: float) -> str:
        score, target = score_at(curve, fraction), self._session.target_of(panel)
        said = tr("the model is not asked there yet")
        if score is not None and target is not None:
            said = f"{self._session.label_of(panel, target)} {score:.2f}"
        is_older = panel.state is not None and not panel.state.scored_curves
        place = f"{KIND_WORDS[self.kind]} {round(100 * fraction)} %"
        return f"{place}: {said}" + (tr(" (earlier map)") if is_older else "")

    def _ends_of(self, panel: Panel, curve: Curve) -> _Ends | None:
        """First and last picture of a kind of curve; the worker makes them, as blurring is slow."""
        prediction = self._session.prediction_of(panel)
        if prediction is None:
            return None
        key = shown, kind, fill = (prediction.model_input, curve.kind, curve.fill)
        if key not in self._ends:
            self._ends[key] = None
            self._session.in_background(
                lambda: end_pictures(kind, shown, fill),
                lambda ends: self._take(key, ends),
                lambda failed: self._fail(key, failed),
            )
        return self._ends[key]

    def _fail(self, key: _Key, failed: Failed) -> None:
        """Say why there is no picture, and try again when the scrubber is switched on next."""
        self._ends.pop(key, None)
        self.switch(False)
        self._session.noticed.emit(failed.sentence)

    def _take(self, key: _Key, ends: _Ends) -> None:
        if key in self._ends:
            self._ends[key] = ends
            self.refresh()
