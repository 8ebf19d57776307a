"""The fragments of panels whose own model sees the picture otherwise than the window's. QtCore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from . import preparation
from .jobs import Failed
from .panels import Panel
from .preparation import Prediction
from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid
    from fragscope_explainers.preprocessing import ModelInput


class OwnFragments(QObject):
    """Knows them where a run has cut them, and else cuts them as the window's are cut.

    Signals (GUI thread)
    -------
    changed() : fragments that were asked for are there.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._cut: dict[int, tuple[Prediction, Pyramid | None]] = {}
        session.image_changed.connect(self._cut.clear)

    def differ(self, panel: Panel) -> bool:
        """Whether a panel's model has another view of the picture than the window's."""
        session = self._session
        own, window = session.prediction_of(panel), session.prediction
        if panel.model is None or own is None or window is None:
            return False
        return own.model_input.geometry != window.model_input.geometry

    def of(self, panel: Panel) -> Pyramid | None:
        """Fragments on the input of a panel's own model; None while they are being cut."""
        model, prediction = panel.model, self._session.prediction_of(panel)
        if model is None or prediction is None:
            return None
        used = (p.pyramid for p in self._session.panels if p.model == model and p.pyramid)
        return next(used, None) or self._known_or_cut(model, prediction)

    def _known_or_cut(self, model: int, prediction: Prediction) -> Pyramid | None:
        known = self._cut.get(model)
        if known is not None and known[0] is prediction:
            return known[1]
        self._cut[model] = (prediction, None)
        self._session.in_background(
            lambda: _pyramid(prediction.model_input),
            lambda pyramid: self._take(model, prediction, pyramid),
            self._leave_out,
        )
        return None

    def _take(self, model: int, prediction: Prediction, pyramid: Pyramid) -> None:
        known = self._cut.get(model)
        if known is not None and known[0] is prediction:  # else another picture is in front
            self._cut[model] = (prediction, pyramid)
            self.changed.emit()

    def _leave_out(self, _: Failed) -> None:
        """A picture that cannot be cut has no outlines, of which the window's own tells already."""


def _pyramid(model_input: ModelInput) -> Pyramid:
    (found,) = preparation.cut_pyramid(model_input)
    return found


def level_like(pyramid: Pyramid, scale: int) -> int:
    """The level of a pyramid whose fragments are nearest in number to a scale."""
    return min(range(pyramid.levels), key=lambda level: abs(pyramid.scales[level] - scale))
