"""Sets of panels that answer a common question. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr

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


def supported(
    choices: Iterable[Choice], why: Callable[[str], str]
) -> tuple[tuple[Choice, ...], str]:
    """Those panels that a model can be explained by, and a sentence about those left out.

    Parameters
    ----------
    why : why a method cannot explain the model; empty where it can.
    """
    wanted = tuple(choices)
    refused = {name: why(name) for name, _ in wanted if why(name)}
    kept = tuple(choice for choice in wanted if choice[0] not in refused)
    names = tr(" and ").join(methods.method(name).label for name in refused)
    first = next(iter(refused.values()), "")
    return kept, tr("{names} left out: {first}", names=names, first=first) if refused else ""


def for_both(
    choices: Sequence[Choice], why: Callable[[str], str], other: str
) -> tuple[tuple[Choice, ...], str]:
    """Those panels that two models can be explained by, and a sentence where some are not.

    What one of them does not allow is left out for both: half of a pair compares nothing. A
    method that asks any model takes its place.

    Parameters
    ----------
    why : why a method cannot explain one of the models; empty where it can explain both.
    other : how the second model is called.
    """
    kept, left_out = supported(choices, why)
    if not left_out:
        return kept, ""
    missing = [name for name, _ in choices if why(name)]
    labels = {name: methods.method(name).label for name in (*missing, _ANY_MODEL)}
    sentence = tr(
        "{names} cannot explain both the window's model and {other}; {label} takes its place.",
        names=tr(" and ").join(labels[name] for name in missing),
        other=other,
        label=labels[_ANY_MODEL],
    )
    return (*kept, (_ANY_MODEL, {})), sentence


_ANY_MODEL = "rise"
TWO_MODELS = Preset(
    tr("Two models"),
    tr("Do two models look at the same parts?"),
    (("mfpp", {}), ("grad-cam", {})),
)
"""Each of its panels is shown for the window's model and for another one."""

PRESETS = (
    Preset(
        tr("All kinds of methods"),
        tr("Do masks, gradients and activations point at the same parts?"),
        (("mfpp", {}), ("rise", {}), ("integrated-gradients", {}), ("grad-cam", {})),
    ),
    Preset(
        tr("MFPP, RISE and Grad-CAM"),
        tr("Do two black-box methods agree with the usual baseline?"),
        (("mfpp", {}), ("rise", {}), ("grad-cam", {})),
    ),
    Preset(
        tr("Estimators"),
        tr("Does it matter how the scores of the same masks become a map?"),
        tuple(
            ("mfpp", {"estimator": name}) for name in ("assisted", "difference", "mean", "ridge")
        ),
    ),
    Preset(
        tr("Aligned and published MFPP"),
        tr("Does the published random crop of masks change the map?"),
        (("mfpp", {}), ("mfpp-paper", {}), ("mfpp-notebook", {})),
    ),
    Preset(
        tr("Gradients"),
        tr("What do the methods say that see into the network?"),
        (
            ("saliency", {}),
            ("integrated-gradients", {}),
            ("smoothgrad", {}),
            ("grad-cam", {}),
        ),
    ),
)
