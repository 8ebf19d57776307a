"""Sets of panels that answer a common question. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Choice = tuple[str, Mapping[str, Any]]
"""Name of a method, and the parameters that differ from its defaults."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Panels to show together.

    Attributes
    ----------
    label : what the menu calls it.
    question : what it is good for, as a sentence.
    panels : methods with their parameters.
    """

    label: str
    question: str
    panels: tuple[Choice, ...] = field(default=())


PRESETS = (
    Preset(
        "All kinds of methods",
        "Do masks, gradients and activations point at the same parts?",
        (("mfpp", {}), ("rise", {}), ("integrated-gradients", {}), ("grad-cam", {})),
    ),
    Preset(
        "MFPP, RISE and Grad-CAM",
        "Do two black-box methods agree with the usual baseline?",
        (("mfpp", {}), ("rise", {}), ("grad-cam", {})),
    ),
    Preset(
        "Estimators",
        "Does it matter how the scores of the same masks become a map?",
        tuple(
            ("mfpp", {"estimator": name}) for name in ("assisted", "difference", "mean", "ridge")
        ),
    ),
    Preset(
        "Aligned and published MFPP",
        "Does the published random crop of masks change the map?",
        (("mfpp", {}), ("mfpp-paper", {}), ("mfpp-notebook", {})),
    ),
    Preset(
        "Gradients",
        "What do the methods say that see into the network?",
        (
            ("saliency", {}),
            ("integrated-gradients", {}),
            ("smoothgrad", {}),
            ("grad-cam", {}),
        ),
    ),
)
