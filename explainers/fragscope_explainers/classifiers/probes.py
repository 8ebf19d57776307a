"""Cheap looks at a model on a picture that tell whether its settings can be right.

Some thirty forwards, before any map is drawn. A finding is not a verdict: it says what was seen,
and what to do if it is not meant to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..designs import RiseGrids
from ..errors import first_line
from ..fills import fill_values
from ..perturbation.masking import InputMasker
from ..preprocessing import ModelInput
from ..translation import tr
from ..types import Request
from .black_box import BlackBoxClassifier, raw_answers
from .form_probe import better_form
from .loaded import LoadedClassifier
from .model_settings import GUESSED, Known
from .torch_classifier import TorchClassifier, adapt

Severity = Literal["note", "warning"]

_STEADY = 1e-4
"""Largest difference of a probability between two equal questions: kernels that add in another
order move it by 1e-6, dropout by hundredths."""
_ALIKE = 1e-3
"""Largest difference that a picture's neighbours in a batch may make: what engines are allowed."""
_CONSTANT = 1e-4
"""Least variation of a class between a photo, noise, black and grey, as a share of the greatest
probability: rounding makes 1e-7, a model that looks at its input far more than a hundredth."""
_MOVING = 1e-3
"""Least standard deviation of the top class over masks: below it effects are smaller than what an
engine is allowed to differ by, and than any reader can see."""
_MASKS, _CELLS, _KEEP = 8, 7, 0.5
_SUM_TOLERANCE, _EDGE = 1e-3, 1e-6
"""How far a row of probabilities may be from 1, and one from 0 to 1, by rounding."""
_FEW_VALUES = 20
"""So many scores are rarely all between 0 and 1 by chance."""
_LEAST_CLASSES, _BELOW_ZERO = 5, 0.9
"""Scores for a softmax have a free offset and lie about 0; those that sigmoids were trained on lie
below 0 for every class that is not there, which is nearly all of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was seen.

    Attributes
    ----------
    kind : "not finite", "class count", "constant", "unsteady", "batch", "activation",
        "multi-label", "binary", "labels", "guessed", "form", "insensitive" or "failed".
    severity : "warning" where maps would mislead, "note" for what is good to know.
    text : one sentence: what was seen and what to do.
    """

    kind: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Answers to a photo and to pictures that have nothing in common with it.

    Attributes
    ----------
    raw : [P, K] as the model gives them, or None where they cannot be had.
    all, again : probabilities [P, C], asked twice; alone : [C] of the photo by itself.
    """

    classifier: LoadedClassifier
    model_input: ModelInput
    raw: Tensor | None
    all: Tensor
    again: Tensor
    alone: Tensor


def probe(classifier: LoadedClassifier, model_input: ModelInput) -> tuple[Finding, ...]:
    """Look at a model on a picture; warnings come first.

    Parameters
    ----------
    model_input : a picture in the model's own form.

    Raises
    ------
    ModelError
        The model does not answer.
    """
    pictures = _pictures(classifier, model_input)
    raw = _raw(classifier, pictures)
    found = [*_settings(classifier)]
    if raw is not None and max(raw.shape[1], 2) != len(classifier.labels):
        found.append(_class_count(classifier, raw))
    else:
        ask = classifier.probabilities
        answers = [ask(batch).cpu() for batch in (pictures, pictures, pictures[:1])]
        seen = _Seen(classifier, model_input, raw, answers[0], answers[1], answers[2][0])
        found += _behaviour(seen)
    return tuple(sorted(found, key=lambda finding: finding.severity == "note"))


def look_over(classifier: LoadedClassifier, model_input: ModelInput) -> tuple[Finding, ...]:
    """`probe` for whoever goes on anyway: a model that fails under it is a finding, too."""
    try:
        return probe(classifier, model_input)
    except Exception as error:  # noqa: BLE001  # a model of any make may raise anything
        why = tr("the model fails when it is looked over ({reason})", reason=first_line(error))
        return (
            Finding(
                "failed", "warning", tr("{why}; check its input size and batch length", why=why)
            ),
        )


# --- what is asked


def _pictures(classifier: LoadedClassifier, model_input: ModelInput) -> Tensor:
    """The photo, mirrored, grey, black and blurred, and noise, [P, C, h, w]."""
    values = model_input.tensor()
    fills = [torch.tensor(fill_values(fill, model_input)) for fill in ("mean", "black", "blur")]
    drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
    black, white = (torch.tensor(v)[:, None, None] for v in (model_input.black, model_input.white))
    noise = black + (white - black) * drawn
    return torch.stack([values, values.flip(2), *fills, noise]).to(classifier.device)


def _raw(classifier: LoadedClassifier, pictures: Tensor) -> Tensor | None:
    """The model's own numbers [P, K], before any activation."""
    form = classifier.preprocessing
    if isinstance(classifier, TorchClassifier):
        given = adapt(pictures, form.layout, form.dtype)
        with torch.inference_mode():
            return classifier.outputs.raw(classifier.module(given)).float().cpu()
    if isinstance(classifier, BlackBoxClassifier):
        given = adapt(pictures.cpu(), form.layout, form.dtype)
        return raw_answers(classifier.runner, given, classifier.outputs)
    return None


def _masked(seen: _Seen) -> Tensor:
    """Probabilities [N, C] of the photo under soft masks as RISE draws them."""
    grids = RiseGrids(seen.classifier.input_size, _CELLS, _KEEP, seed=0)
    masks = grids.masks(*grids.draw(_MASKS), seen.classifier.device)
    masker = InputMasker(seen.classifier, Request(seen.model_input, target=0))
    return seen.classifier.probabilities(masker(masks)).cpu()


# --- what is told


def _settings(classifier: LoadedClassifier) -> Iterator[Finding]:
    """What nobody stated about the model."""
    settings = classifier.settings
    guessed = [name for name in settings.guessed if _matters(name, settings.known)]
    if guessed:
        yield Finding(
            "guessed",
            "note",
            tr(
                "nobody states {guessed}, so they are guessed; compare them with how the "
                "model was trained, and set what differs, such as model.mean=0.5",
                guessed=", ".join(guessed),
            ),
        )
    if settings.labels.startswith(GUESSED):
        yield Finding(
            "labels",
            "note",
            tr(
                "the class names are {labels}; give the right ones with model.labels=FILE",
                labels=settings.labels,
            ),
        )


def _matters(name: str, known: Mapping[str, Known]) -> bool:
    """Whether a guess changes anything."""
    return name != "output" and (name != "short_side" or known["resize"].value == "crop")


def _class_count(classifier: LoadedClassifier, raw: Tensor) -> Finding:
    return Finding(
        "class count",
        "warning",
        tr(
            "the model answers with {shape:,} numbers and has {count:,} class "
            "names; give one name a class with model.labels=FILE",
            shape=raw.shape[1],
            count=len(classifier.labels),
        ),
    )


def _behaviour(seen: _Seen) -> list[Finding]:
    masked = _masked(seen)
    answers = (seen.all, seen.again, seen.alone, masked)
    if not all(bool(torch.isfinite(answer).all()) for answer in answers):
        return [
            Finding(
                "not finite",
                "warning",
                tr(
                    "the model answers with NaN or infinity for some pictures (grey, black, "
                    "noise or "
                    "masked ones); check mean, std and range, and its precision"
                ),
            )
        ]
    found = [*_unsteady(seen), *_activation(seen), *_constant(seen)]
    kinds = {finding.kind for finding in found}
    if not kinds & {"constant", "unsteady"}:
        found += _insensitive(seen, masked)
    if not kinds & {"activation", "unsteady"}:
        found += _form(seen)
    return found


def _unsteady(seen: _Seen) -> Iterator[Finding]:
    again = float((seen.all - seen.again).abs().max())
    beside = float((seen.all[0] - seen.alone).abs().max())
    if again > _STEADY:
        yield Finding(
            "unsteady",
            "warning",
            tr(
                "the same picture gets probabilities that differ by up to {again:.2g} when it is "
                "asked about again; switch dropout and other chance off in the model",
                again=again,
            ),
        )
    elif beside > _ALIKE:
        yield Finding(
            "batch",
            "warning",
            tr(
                "a picture's probabilities change by up to {beside:.2g} with the other pictures of "
                "its batch; freeze the model's batch statistics (evaluation mode), or explain with "
                "batches of one",
                beside=beside,
            ),
        )


def _constant(seen: _Seen) -> Iterator[Finding]:
    spread = float((seen.all.amax(0) - seen.all.amin(0)).max())
    if spread < _CONSTANT * float(seen.all.max()):
        yield Finding(
            "constant",
            "warning",
            tr(
                "the model gives a photo, noise, a black and a grey picture the same answer, so "
                "there "
                "is nothing to explain; check its weights, range, mean and std"
            ),
        )


def _insensitive(seen: _Seen, masked: Tensor) -> Iterator[Finding]:
    top = int(seen.alone.argmax())
    moved = float(masked[:, top].std())
    if moved < _MOVING:
        yield Finding(
            "insensitive",
            "warning",
            tr(
                "'{labels}' hardly moves when half of the picture is masked "
                "(standard deviation {moved:.1g}), so maps of it are mostly noise; try another "
                "fill "
                "or class",
                labels=seen.classifier.labels[top],
                moved=moved,
            ),
        )


def _activation(seen: _Seen) -> Iterator[Finding]:
    raw = seen.raw
    if raw is None:
        return
    if raw.shape[1] == 1:
        yield Finding(
            "binary",
            "note",
            tr(
                "the model gives one number a picture, read as no and yes through "
                "{activation}; set model.activation if that is wrong",
                activation=seen.classifier.outputs.activation,
            ),
        )
    for looks, tell in _READINGS:
        if looks(seen, raw):
            yield tell(raw)
            return


def _form(seen: _Seen) -> Iterator[Finding]:
    better = better_form(seen.classifier, seen.model_input, seen.all)
    if better is not None:
        yield Finding(
            "form",
            "warning" if better.is_guessed else "note",
            tr(
                "this picture is '{label}' with {probability:.0%} for inputs "
                "{what}, and {now:.0%} at most as they are; if the model was trained "
                "so, set {setting}",
                label=better.label,
                probability=better.probability,
                what=better.what,
                now=better.now,
                setting=better.setting,
            ),
        )


# --- readings of raw outputs, the first that looks right is told

_Looks = Callable[[_Seen, Tensor], bool]
_Tell = Callable[[Tensor], Finding]


def _in_range(raw: Tensor) -> bool:
    return bool(((raw >= -_EDGE) & (raw <= 1 + _EDGE)).all())


def _sums_to_one(raw: Tensor) -> bool:
    return raw.shape[1] > 1 and bool(((raw.sum(1) - 1).abs() < _SUM_TOLERANCE).all())


def _looks_missing(seen: _Seen, raw: Tensor) -> bool:
    return seen.classifier.outputs.activation == "none" and not _in_range(raw)


def _tell_missing(raw: Tensor) -> Finding:
    low, high = float(raw.min()), float(raw.max())
    usual = "sigmoid" if raw.shape[1] == 1 else "softmax"
    return Finding(
        "activation",
        "warning",
        tr(
            "the model answers with numbers from {low:.3g} to {high:.3g}, which are no "
            "probabilities, "
            "and no activation is set; set model.activation={usual}",
            low=low,
            high=high,
            usual=usual,
        ),
    )


def _looks_twice(seen: _Seen, raw: Tensor) -> bool:
    chosen = seen.classifier.outputs.activation
    enough = _sums_to_one(raw) or raw.numel() >= _FEW_VALUES or raw.shape[1] == 1
    return chosen != "none" and _in_range(raw) and enough


def _tell_twice(raw: Tensor) -> Finding:
    sums = tr("that sum to 1") if _sums_to_one(raw) else tr("between 0 and 1")
    return Finding(
        "activation",
        "warning",
        tr(
            "the model already answers with probabilities {sums}, and another activation follows, "
            "which flattens them; set model.activation=none",
            sums=sums,
        ),
    )


def _looks_multi_label(seen: _Seen, raw: Tensor) -> bool:
    chosen = seen.classifier.outputs.activation
    if raw.shape[1] < 2:
        return False
    if chosen == "none":
        return _in_range(raw) and not _sums_to_one(raw)
    known = seen.classifier.settings.known.get("activation")
    is_free = known is None or known.is_guessed
    below = (raw < 0).float().mean(1)
    return (
        chosen == "softmax"
        and is_free
        and raw.shape[1] >= _LEAST_CLASSES
        and bool((below >= _BELOW_ZERO).all())
    )


def _tell_multi_label(raw: Tensor) -> Finding:
    if _in_range(raw):
        text = tr(
            "the probabilities of a picture do not sum to 1, so each class is taken to be there or "
            "not by itself; if only one can be, check model.activation and model.output"
        )
    else:
        text = tr(
            "nearly all scores are below 0 for every picture, as in models for several classes at "
            "once; if it is one, set model.activation=sigmoid"
        )
    return Finding("multi-label", "note", text)


_READINGS: Sequence[tuple[_Looks, _Tell]] = (
    (_looks_missing, _tell_missing),
    (_looks_twice, _tell_twice),
    (_looks_multi_label, _tell_multi_label),
)
