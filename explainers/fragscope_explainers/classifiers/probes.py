"""Cheap looks at a model on a picture that tell whether its settings can be right.

Some thirty forwards, before any map is drawn. A finding is not a verdict: it says what was seen,
and what to do if it is not meant to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from ..designs import RiseGrids
from ..errors import first_line
from ..fills import fill_values
from ..perturbation.masking import InputMasker
from ..preprocessing import ModelInput
from ..translation import mark
from ..types import Request
from .activation_probe import activation
from .black_box import BlackBoxClassifier, raw_answers
from .findings import Finding, Seen
from .form_probe import better_form
from .loaded import LoadedClassifier
from .model_settings import Known
from .torch_classifier import TorchClassifier, adapt

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
_TOGETHER = 2
"""Pictures in one question: two show whether neighbours matter, and are answered soon."""


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
    *_, found = _steps(classifier, model_input)
    return found


def look_over(classifier: LoadedClassifier, model_input: ModelInput) -> tuple[Finding, ...]:
    """`probe` for whoever goes on anyway: a model that fails under it is a finding, too."""
    *_, found = looks(classifier, model_input)
    return found


def looks(classifier: LoadedClassifier, model_input: ModelInput) -> Iterator[tuple[Finding, ...]]:
    """`look_over` in steps of one question each, of two pictures at most.

    Whoever takes the steps can stop between any two, or let others ask meanwhile.

    Yields
    ------
    Nothing, (), after each question; what was found at the end.
    """
    try:
        yield from _steps(classifier, model_input)
    except Exception as error:  # noqa: BLE001  # a model of any make may raise anything
        why = mark("the model fails when it is looked over ({reason})", reason=first_line(error))
        yield (
            Finding(
                "failed", "warning", mark("{why}; check its input size and batch length", why=why)
            ),
        )


def _steps(classifier: LoadedClassifier, model_input: ModelInput) -> Iterator[tuple[Finding, ...]]:
    pictures = _pictures(classifier, model_input)
    ask = _raw(classifier)
    raw = None if ask is None else (yield from _asked(ask, pictures))
    found = [*_settings(classifier)]
    if raw is not None and max(raw.shape[1], 2) != len(classifier.labels):
        found.append(_class_count(classifier, raw))
    else:
        found += yield from _behaviour(classifier, model_input, raw, pictures)
    yield tuple(sorted(found, key=lambda finding: finding.severity == "note"))


# --- what is asked


def _asked(ask: Callable[[Tensor], Tensor], pictures: Tensor) -> Generator[tuple[()], None, Tensor]:
    """Answers to pictures, [P, ...], of which few are asked about at a time."""
    answers = []
    for few in torch.split(pictures, _TOGETHER):
        answers.append(ask(few).cpu())
        yield ()
    return torch.cat(answers)


def _pictures(classifier: LoadedClassifier, model_input: ModelInput) -> Tensor:
    """The photo, mirrored, grey, black and blurred, and noise, [P, C, h, w]."""
    values = model_input.tensor()
    fills = [torch.tensor(fill_values(fill, model_input)) for fill in ("mean", "black", "blur")]
    drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
    black, white = (torch.tensor(v)[:, None, None] for v in (model_input.black, model_input.white))
    noise = black + (white - black) * drawn
    return torch.stack([values, values.flip(2), *fills, noise]).to(classifier.device)


def _raw(classifier: LoadedClassifier) -> Callable[[Tensor], Tensor] | None:
    """What gives the model's own numbers [P, K], before any activation, where they can be had."""
    if isinstance(classifier, TorchClassifier):
        return partial(_raw_of_torch, classifier)
    if isinstance(classifier, BlackBoxClassifier):
        return partial(_raw_of_runner, classifier)
    return None


def _raw_of_torch(classifier: TorchClassifier, pictures: Tensor) -> Tensor:
    form = classifier.preprocessing
    with torch.inference_mode():
        answer = classifier.module(adapt(pictures, form.layout, form.dtype))
        return classifier.outputs.raw(answer).float()


def _raw_of_runner(classifier: BlackBoxClassifier, pictures: Tensor) -> Tensor:
    form = classifier.preprocessing
    given = adapt(pictures.cpu(), form.layout, form.dtype)
    return raw_answers(classifier.runner, given, classifier.outputs)


def _masked(classifier: LoadedClassifier, model_input: ModelInput) -> Tensor:
    """The photo under soft masks as RISE draws them, [N, C, h, w]."""
    grids = RiseGrids(classifier.input_size, _CELLS, _KEEP, seed=0)
    masks = grids.masks(*grids.draw(_MASKS), classifier.device)
    return InputMasker(classifier, Request(model_input, target=0))(masks)


# --- what is told


def _settings(classifier: LoadedClassifier) -> Iterator[Finding]:
    """What was noted when the model was loaded, and what nobody stated about it."""
    for text in classifier.notes:
        yield Finding("notice", "note", text)
    settings = classifier.settings
    guessed = [name for name in settings.guessed if _matters(name, settings.known)]
    if guessed:
        yield Finding(
            "guessed",
            "note",
            mark(
                "nobody states {guessed}, so they are guessed; compare them with how the "
                "model was trained, and set what differs, such as model.mean=0.5",
                guessed=", ".join(guessed),
            ),
        )
    if settings.labels_guessed:
        yield Finding(
            "labels",
            "note",
            mark(
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
        mark(
            "the model answers with {shape:,} numbers and has {count:,} class "
            "names; give one name a class with model.labels=FILE",
            shape=raw.shape[1],
            count=len(classifier.labels),
        ),
    )


def _behaviour(
    classifier: LoadedClassifier, model_input: ModelInput, raw: Tensor | None, pictures: Tensor
) -> Generator[tuple[()], None, list[Finding]]:
    ask = classifier.probabilities
    answers = yield from _asked(ask, pictures)
    again = yield from _asked(ask, pictures)
    alone = yield from _asked(ask, pictures[:1])
    masked = yield from _asked(ask, _masked(classifier, model_input))
    if not all(bool(torch.isfinite(part).all()) for part in (answers, again, alone, masked)):
        return [_not_finite()]
    seen = Seen(classifier, model_input, raw, answers, again, alone[0])
    found = [*_unsteady(seen), *activation(seen), *_constant(seen)]
    kinds = {finding.kind for finding in found}
    if not kinds & {"constant", "unsteady"}:
        found += _insensitive(seen, masked)
    if not kinds & {"activation", "unsteady"}:
        found += yield from _form(seen)
    return found


def _not_finite() -> Finding:
    return Finding(
        "not finite",
        "warning",
        mark(
            "the model answers with NaN or infinity for some pictures (grey, black, noise or "
            "masked ones); check mean, std and range, and its precision"
        ),
    )


def _unsteady(seen: Seen) -> Iterator[Finding]:
    again = float((seen.all - seen.again).abs().max())
    beside = float((seen.all[0] - seen.alone).abs().max())
    if again > _STEADY:
        yield Finding(
            "unsteady",
            "warning",
            mark(
                "the same picture gets probabilities that differ by up to {again:.2g} when it is "
                "asked about again; switch dropout and other chance off in the model",
                again=again,
            ),
        )
    elif beside > _ALIKE:
        yield Finding(
            "batch",
            "warning",
            mark(
                "a picture's probabilities change by up to {beside:.2g} with the other pictures of "
                "its batch; freeze the model's batch statistics (evaluation mode), or explain with "
                "batches of one",
                beside=beside,
            ),
        )


def _constant(seen: Seen) -> Iterator[Finding]:
    spread = float((seen.all.amax(0) - seen.all.amin(0)).max())
    if spread < _CONSTANT * float(seen.all.max()):
        yield Finding(
            "constant",
            "warning",
            mark(
                "the model gives a photo, noise, a black and a grey picture the same answer, so "
                "there "
                "is nothing to explain; check its weights, range, mean and std"
            ),
        )


def _insensitive(seen: Seen, masked: Tensor) -> Iterator[Finding]:
    top = int(seen.alone.argmax())
    moved = float(masked[:, top].std())
    if moved < _MOVING:
        yield Finding(
            "insensitive",
            "warning",
            mark(
                "'{labels}' hardly moves when half of the picture is masked "
                "(standard deviation {moved:.1g}), so maps of it are mostly noise; try another "
                "fill "
                "or class",
                labels=seen.classifier.labels[top],
                moved=moved,
            ),
        )


def _form(seen: Seen) -> Generator[tuple[()], None, list[Finding]]:
    better = yield from better_form(seen.classifier, seen.model_input, seen.all)
    if better is None:
        return []
    return [
        Finding(
            "form",
            "warning" if better.is_guessed else "note",
            mark(
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
    ]
