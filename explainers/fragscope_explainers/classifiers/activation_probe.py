"""Whether an activation is missing, applied twice, or of another kind than outputs look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from ..translation import mark
from .findings import Finding, Seen

_SUM_TOLERANCE, _EDGE = 1e-3, 1e-6
"""How far a row of probabilities may be from 1, and one from 0 to 1, by rounding."""
_FEW_VALUES = 20
"""So many scores are rarely all between 0 and 1 by chance."""
_LEAST_CLASSES, _BELOW_ZERO = 5, 0.9
"""Scores for a softmax have a free offset and lie about 0; those that sigmoids were trained on lie
below 0 for every class that is not there, which is nearly all of them."""


def activation(seen: Seen) -> Iterator[Finding]:
    raw = seen.raw
    if raw is None:
        return
    if raw.shape[1] == 1:
        yield Finding(
            "binary",
            "note",
            mark(
                "the model gives one number a picture, read as {what} of '{yes}', and '{no}' is "
                "what remains; if that is wrong, set model.activation, or model.labels to a file "
                "with both names",
                what=_of_one_number(seen),
                no=seen.classifier.labels[0],
                yes=seen.classifier.labels[1],
            ),
        )
    for looks, tell in _READINGS:
        if looks(seen, raw):
            yield tell(raw)
            return


def _of_one_number(seen: Seen) -> str:
    is_share = seen.classifier.outputs.activation == "none"
    return mark("the probability") if is_share else mark("the score before a sigmoid")


# --- readings of raw outputs, the first that looks right is told

_Looks = Callable[[Seen, Tensor], bool]
_Tell = Callable[[Tensor], Finding]


def _in_range(raw: Tensor) -> bool:
    return bool(((raw >= -_EDGE) & (raw <= 1 + _EDGE)).all())


def _sums_to_one(raw: Tensor) -> bool:
    return raw.shape[1] > 1 and bool(((raw.sum(1) - 1).abs() < _SUM_TOLERANCE).all())


def _looks_missing(seen: Seen, raw: Tensor) -> bool:
    return seen.classifier.outputs.activation == "none" and not _in_range(raw)


def _tell_missing(raw: Tensor) -> Finding:
    low, high = float(raw.min()), float(raw.max())
    usual = "sigmoid" if raw.shape[1] == 1 else "softmax"
    return Finding(
        "activation",
        "warning",
        mark(
            "the model answers with numbers from {low:.3g} to {high:.3g}, which are no "
            "probabilities, "
            "and no activation is set; set model.activation={usual}",
            low=low,
            high=high,
            usual=usual,
        ),
    )


def _looks_twice(seen: Seen, raw: Tensor) -> bool:
    chosen = seen.classifier.outputs.activation
    enough = _sums_to_one(raw) or raw.numel() >= _FEW_VALUES or raw.shape[1] == 1
    return chosen != "none" and _in_range(raw) and enough


def _tell_twice(raw: Tensor) -> Finding:
    sums = mark("that sum to 1") if _sums_to_one(raw) else mark("between 0 and 1")
    return Finding(
        "activation",
        "warning",
        mark(
            "the model already answers with probabilities {sums}, and another activation follows, "
            "which flattens them; set model.activation=none",
            sums=sums,
        ),
    )


def _looks_multi_label(seen: Seen, raw: Tensor) -> bool:
    chosen = seen.classifier.outputs.activation
    if raw.shape[1] < 2:
        return False
    if chosen == "none":
        return _in_range(raw) and not _sums_to_one(raw)
    known = seen.classifier.settings.known.get("activation")
    is_free = known is None or known.guessed
    below = (raw < 0).float().mean(1)
    return (
        chosen == "softmax"
        and is_free
        and raw.shape[1] >= _LEAST_CLASSES
        and bool((below >= _BELOW_ZERO).all())
    )


def _tell_multi_label(raw: Tensor) -> Finding:
    if _in_range(raw):
        text = mark(
            "the probabilities of a picture do not sum to 1, so each class is taken to be there or "
            "not by itself; if only one can be, check model.activation and model.output"
        )
    else:
        text = mark(
            "nearly all scores are below 0 for every picture, as in models for several classes at "
            "once; if it is one, set model.activation=sigmoid"
        )
    return Finding("multi-label", "note", text)


_READINGS: Sequence[tuple[_Looks, _Tell]] = (
    (_looks_missing, _tell_missing),
    (_looks_twice, _tell_twice),
    (_looks_multi_label, _tell_multi_label),
)
