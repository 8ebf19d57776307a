"""Values of parameters that suit a panel's model and picture, found on the worker. Only QtCore."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from fragscope_explainers.parameters import Parameter, parameters

from .panels import Panel
from .session import Session

if TYPE_CHECKING:
    from fragscope_explainers.types import DifferentiableClassifier

Offer = Callable[[str, list[tuple[str, str]]], None]
"""Told a parameter's name, and values with a few words about each."""


def suggest(session: Session, panel: Panel, offer: Offer) -> None:
    """Find values for the parameters of a panel's method that wait for some; silent without."""
    prediction = session.prediction_of(panel)
    wanted = [p for p in parameters(panel.method.load()) if p.suggested == "layers"]
    if prediction is None or not wanted or session.why_unsupported(panel.method.name, panel):
        return
    model_input, classifier = prediction.model_input, prediction.classifier

    def find() -> list[tuple[str, str]]:
        from fragscope_explainers.gradient.layers import layers

        batch = model_input.tensor(classifier.device)[None]
        found = layers(cast("DifferentiableClassifier", classifier), batch)
        return [(choice.name, choice.about) for choice in reversed(found)]

    session.in_background(find, lambda found: _tell(wanted, found, offer), lambda _: None)


def _tell(wanted: list[Parameter], found: list[tuple[str, str]], offer: Offer) -> None:
    for parameter in wanted:
        offer(parameter.name, found)
