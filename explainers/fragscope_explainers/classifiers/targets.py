"""From what a user types to a class index."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError, UnknownNameError
from ..translation import tr

TOP = "top1"


def resolve_target(text: str, labels: Sequence[str], probabilities: NDArray[np.floating]) -> int:
    """Index of the class that a text names.

    Parameters
    ----------
    text : "top1" for the predicted class, an index, or a class name in any case.
    labels : one name a class.
    probabilities : [C], to find the predicted class.

    Raises
    ------
    UnknownNameError
        No class has this name or index.
    ParameterError
        Several classes share the name.
    """
    text = text.strip()
    if text.lower() == TOP:
        return int(np.argmax(probabilities))
    if re.fullmatch(r"-?\d+", text):
        index = int(text)
        if not 0 <= index < len(labels):
            raise UnknownNameError(
                tr("class index"), text, [tr("0 to {count}", count=len(labels) - 1)]
            )
        return index
    found = [i for i, label in enumerate(labels) if label.lower() == text.lower()]
    if not found:
        raise UnknownNameError("class", text, labels)
    if len(found) > 1:
        listed = " or ".join(str(index) for index in found)
        raise ParameterError(
            tr(
                "several classes are called '{text}'; give the index: {listed}",
                text=text,
                listed=listed,
            )
        )
    return found[0]


def top_classes(probabilities: NDArray[np.floating], count: int = 5) -> tuple[int, ...]:
    """Indices of the most probable classes, most probable first."""
    order = np.argsort(-np.asarray(probabilities), kind="stable")[:count]
    return tuple(int(index) for index in order)
