"""Whether a model would be far more certain of a picture if its input had another form.

Colours in the other order, another mean, another range: each leaves the model able to answer, and
wrong. One picture proves nothing, so only a great difference counts, the answer has to be the same
for the mirrored picture, and what the model's own source states is not doubted.

Certainty alone says little of the range: values 255 times as great make any network certain. So
another range is tried only where the photo hardly differs from a grey picture for the model, which
is what values near 0 look like to a model of bytes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..preprocessing import ChannelOrder, ModelInput, Preprocessing
from ..translation import mark
from .loaded import LoadedClassifier
from .model_settings import IMAGENET_MEAN, IMAGENET_STD, SET, Known

_UNCERTAIN, _CERTAIN = 0.4, 0.9
"""Most certainty as it is, and least with another form, from chance, 0, to 1. Of 14 photos that the
bundled model saw in its own form and four others, another form once raised 0.30 to 0.78, and else
by 0.2 at most; of photos that it is sure of, bytes in place of its own range left 0.08."""
_BLIND = 0.1
"""Most that a photo and a grey picture differ (total variation) where the model sees nothing."""


@dataclass(frozen=True, slots=True)
class BetterForm:
    """Another form of input.

    Attributes
    ----------
    what : the form in words, after "for inputs".
    setting : how to choose it, such as "model.order=BGR".
    label, probability : the class that the model names then, and how certain it is, 0 to 1.
    now : its greatest certainty as it is.
    is_guessed : whether nobody stated the setting that would change.
    """

    what: str
    setting: str
    label: str
    probability: float
    now: float
    is_guessed: bool


@dataclass(frozen=True, slots=True)
class _Try:
    what: str
    fields: tuple[str, ...]
    setting: str
    form: Preprocessing


def better_form(
    classifier: LoadedClassifier, model_input: ModelInput, answers: Tensor
) -> Generator[tuple[()], None, BetterForm | None]:
    """The least change of the input's form that makes a model far more certain, if any does.

    Parameters
    ----------
    answers : probabilities [P, C] of the photo, the mirrored photo, a grey picture and others.

    Yields
    ------
    (), after each question.

    Raises
    ------
    ModelError
        The model does not answer.
    """
    now = float(answers[0].max())
    if _above_chance(now, classifier) > _UNCERTAIN:
        return None
    is_blind = float((answers[0] - answers[2]).abs().sum()) / 2 < _BLIND
    for attempt in _tries(classifier.preprocessing, is_blind=is_blind):
        known = [classifier.settings.known.get(name) for name in attempt.fields]
        if all(entry is not None and _is_stated(entry) for entry in known):
            continue
        values = attempt.form.apply(model_input.image).tensor()
        pair = torch.stack([values, values.flip(2)]).to(classifier.device)
        both = classifier.probabilities(pair).cpu().amin(0)  # sure of the mirrored picture, too
        yield ()
        best, top = float(both.max()), int(both.argmax())
        if _above_chance(best, classifier) >= _CERTAIN:
            is_guessed = any(entry is not None and entry.guessed for entry in known)
            label = classifier.labels[top]
            return BetterForm(attempt.what, attempt.setting, label, best, now, is_guessed)
    return None


def _above_chance(probability: float, classifier: LoadedClassifier) -> float:
    """How far a probability is on the way from chance to 1."""
    chance = 1 / len(classifier.labels)
    return (probability - chance) / (1 - chance)


def _is_stated(entry: Known) -> bool:
    return not entry.guessed and entry.source != SET


def _tries(form: Preprocessing, *, is_blind: bool) -> Iterator[_Try]:
    """Plausible other forms, the least changes first."""
    if form.colours == 3:
        order: ChannelOrder = "RGB" if form.order == "BGR" else "BGR"
        other = replace(form, order=order)
        yield _Try(
            mark("with colours as {order}", order=order), ("order",), f"model.order={order}", other
        )
    if form.dtype == "uint8":  # bytes have no other range
        return
    scales = ("mean", "std", "range")
    for what, mean, std, top in _SCALES:
        wide = len(mean) == 3
        if (wide and form.colours != 3) or (top > 1 and not is_blind):
            continue
        other = replace(form, mean=_fitted(mean, form, 0), std=_fitted(std, form, 1), range=top)
        if other != form:
            texts = (",".join(f"{value:g}" for value in values) for values in (mean, std))
            setting = "model.mean={} model.std={}".format(*texts)
            yield _Try(what, scales, f"{setting} model.range={top:g}", other)


_SCALES: tuple[tuple[str, tuple[float, ...], tuple[float, ...], float], ...] = (
    (mark("from 0 to 1"), (0.0,), (1.0,), 1.0),
    (mark("from -1 to 1"), (0.5,), (0.5,), 1.0),
    (mark("normalised as ImageNet"), IMAGENET_MEAN, IMAGENET_STD, 1.0),
    (mark("from 0 to 255"), (0.0,), (1.0,), 255.0),
)


def _fitted(values: tuple[float, ...], form: Preprocessing, alpha: float) -> tuple[float, ...]:
    """One number for each channel; an alpha channel gets its own."""
    colours = values if len(values) == form.colours else values * form.colours
    return (*colours, *(alpha,) * (form.channels - form.colours))
