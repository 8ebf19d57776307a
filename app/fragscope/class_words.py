"""What is said of the explained class: its name, the contrast, and how sure the model is. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .preparation import Prediction

CLOSE = 0.05
"""The two most probable classes are close where their probabilities differ by less."""
_LEAST_TENTH = 0.0005
MINUS = "\u2212"

Label = Callable[[int], str]


def map_name(label: Label, target: int, against: int | None) -> str:
    """Name of a map: of a class, or of what speaks for it rather than for another."""
    name = label(target)
    return name if against is None else f"{name} {MINUS} {label(against)}"


def percent(probability: float) -> str:
    """A probability in a few characters."""
    return f"{probability:.0%}" if 0.01 <= probability < 0.995 else tenths(probability)


def tenths(probability: float) -> str:
    """A probability to a tenth of a per cent; one that is less, and not 0, says so."""
    return "<0.1%" if 0 < probability < _LEAST_TENTH else f"{probability:.1%}"


def named_percent(prediction: Prediction, label: Label, index: int) -> str:
    """A class and its probability."""
    return f"{label(index)} {percent(float(prediction.probabilities[index]))}"


def is_predicted(prediction: Prediction, target: int) -> bool:
    """Whether no class is more probable."""
    return bool(prediction.probabilities[target] >= prediction.probabilities.max())


def close_pair(prediction: Prediction) -> tuple[int, int] | None:
    """The two most probable classes where they are close, more probable first."""
    if len(prediction.top) < 2:
        return None
    first, second = prediction.top[:2]
    apart = float(prediction.probabilities[first] - prediction.probabilities[second])
    return (first, second) if apart < CLOSE else None
