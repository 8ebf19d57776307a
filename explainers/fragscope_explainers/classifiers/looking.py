"""Asks a new model about a few pictures of noise, to see what it takes and how it answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import FragScopeError, ModelError, first_line
from ..translation import mark, shown, tr
from .batch_limits import BatchLimits
from .black_box import raw_answers
from .called_runner import CalledRunner, CrashError
from .model_settings import FIELDS, GUESSED, Known, ModelSettings, settled
from .torch_classifier import adapt

if TYPE_CHECKING:
    from .assembling import Recipe

_LOOKS = 4
"""Pictures of noise that are asked for to see what form the answers have."""
_ONE_BY_ONE = mark(
    "the model was traced for one picture, so it is asked one by one; trace it for a batch of "
    "several, or export it with a batch of any length, to have maps sooner"
)
_LARGE = 1 << 20
"""Pixels of an input from which on one such picture has to do."""
_SUM_TOLERANCE = 1e-3
_MANY_VALUES = 16
"""So many scores are rarely all between 0 and 1 by chance."""
_FAR = 32.0
"""How many times its usual values an input has that no probability follows out of 0 to 1."""
_TRIED = mark("guessed: the first usual form that it takes")
_SIDES = (224, 32, 28, 64, 96, 128, 160, 192, 240, 256, 288, 299, 300, 320, 336, 384, 448, 512)
_USUAL: dict[str, tuple[Any, ...]] = {
    "channels": (3, 1, 4),
    "layout": ("NCHW", "NHWC"),
    "size": tuple((side, side) for side in _SIDES),
}
"""Forms of input that are tried where nobody states them, the most usual first."""
_FORM = (*_USUAL, "dtype")
"""Settings with which a model may refuse an input."""
_SECONDS = 5.0
"""Most time that other forms are tried for."""
_SCRIPT_FAILED = "The following operation failed in the TorchScript interpreter"


def looked(recipe: Recipe, settings: ModelSettings) -> tuple[Recipe, ModelSettings, Tensor]:
    """Raw outputs [B, K] for pictures of noise, float32 on the CPU.

    A compiled program that takes one picture at a time only is asked so from then on. Where nobody
    states the form of the input, and the model refuses the guess, others are tried.

    Raises
    ------
    ModelError
        The model does not answer inputs of this form.
    """
    try:
        return _several(recipe, settings)
    except ModelError as refused:
        told = _against_the_file(recipe)
        if told:
            raise ModelError(told) from None
        if not isinstance(refused, CrashError):
            raise
        for form in _other_forms(recipe, settings):
            other = replace(recipe, layers=(*recipe.layers[:-1], form, recipe.layers[-1]))
            tried = settled(other.layers)
            try:
                _look(other, tried, 1)
                return _several(other, tried)
            except FragScopeError:
                continue
        raise refused from None


def guess_activation(raw: Tensor) -> str:
    """What outputs [B, K] for noise look like: "none" for probabilities, else how to make them."""
    in_range = bool(((raw >= 0) & (raw <= 1)).all())
    if raw.shape[1] == 1:
        return "none" if in_range else "sigmoid"
    if in_range and (_sums_to_one(raw) or raw.numel() >= _MANY_VALUES):
        return "none"  # of a softmax, or of a sigmoid, whose rows need not sum to 1
    return "softmax"


def seen_activation(recipe: Recipe, settings: ModelSettings, raw: Tensor) -> str:
    """`guess_activation`, after inputs far from any picture where that takes probabilities.

    Scores of a few pictures may lie between 0 and 1 by chance; those of such inputs do not.
    """
    guess = guess_activation(raw)
    if guess != "none" or settings["dtype"] == "uint8" or _sums_to_one(raw):
        return guess
    batch = _noise(settings, len(raw))
    try:
        far = _ask(recipe, torch.cat([batch * _FAR, batch * -_FAR]), settings)[0].float().cpu()
    except Exception:  # noqa: BLE001  # what a model does with such inputs says nothing against it
        return guess
    return guess_activation(torch.cat([raw, far])) if bool(torch.isfinite(far).all()) else guess


def _sums_to_one(raw: Tensor) -> bool:
    return raw.shape[1] > 1 and bool(((raw.sum(1) - 1).abs() <= _SUM_TOLERANCE).all())


def _several(recipe: Recipe, settings: ModelSettings) -> tuple[Recipe, ModelSettings, Tensor]:
    rows, columns = settings.preprocessing.input_size
    count = _LOOKS if rows * columns < _LARGE else 1
    model = recipe.found.model
    try:
        raw, sizes = _look(recipe, settings, count)
        if len(raw) == count:
            return _with_outputs_told(recipe, settings, sizes), settings, raw
        error = ModelError(
            tr(
                "{name} answers {count} pictures with {rows} rows; a classifier gives one row a "
                "picture",
                name=recipe.found.name,
                count=count,
                rows=len(raw),
            )
        )
    except ModelError as failed:
        error = failed
    if not isinstance(model, nn.Module) or recipe.found.has_layers or count == 1:
        raise error
    found = replace(recipe.found, model=BatchLimits(model, 1, 1))
    alone = replace(recipe, found=found, notes=(*recipe.notes, _ONE_BY_ONE))
    try:
        raw, sizes = _look(alone, settings, count)
        return _with_outputs_told(alone, settings, sizes), settings, raw
    except ModelError:
        raise error from None  # what is wrong is not the length of the batch


def _with_outputs_told(recipe: Recipe, settings: ModelSettings, sizes: Mapping[str, int]) -> Recipe:
    """Note which of several outputs is read, where neither its name nor the user says so."""
    chosen = settings.outputs.first_of(sizes)
    if not chosen or len(sizes) < 2:
        return recipe
    note = mark(
        "the model has several outputs that could be scores ({names}), and '{chosen}' is read; "
        "set model.output to read another",
        names=", ".join(f"{name}: {classes:,}" for name, classes in sizes.items()),
        chosen=chosen,
    )
    return recipe if note in recipe.notes else replace(recipe, notes=(*recipe.notes, note))


def _against_the_file(recipe: Recipe) -> str:
    """Which setting by the user is another than what the model states of itself, or nothing."""
    mine, theirs = recipe.layers[-1], settled(recipe.layers[:-1]).known
    for name, known in mine.items():
        stated = theirs.get(name)
        if name in _FORM and stated is not None and not stated.guessed:
            if known.value == stated.value:
                continue
            return tr(
                "{name} takes {wanted} as model.{setting} ({source}), and {given} is set; take "
                "that back",
                name=recipe.found.name,
                wanted=FIELDS[name].text(stated.value),
                setting=name,
                source=shown(stated.source),
                given=FIELDS[name].text(known.value),
            )
    return ""


def _other_forms(recipe: Recipe, settings: ModelSettings) -> Iterator[dict[str, Known]]:
    """Usual forms of input, of what nobody states, but for the one that was asked first."""
    if not isinstance(recipe.found.model, nn.Module | CalledRunner):
        return  # a file or a server states its input, and a server is not to be tried out
    free = [name for name in _USUAL if settings.known[name].source == GUESSED]
    if isinstance(recipe.found.model, nn.Module):
        free = [name for name in free if name != "layout"]  # torch has channels first
    first = tuple(settings[name] for name in free)
    until = time.monotonic() + _SECONDS
    for values in product(*(_USUAL[name] for name in free)):
        if values != first and time.monotonic() < until:
            pairs = zip(free, values, strict=True)
            yield {name: Known(value, _TRIED, guessed=True) for name, value in pairs}


def _noise(settings: ModelSettings, count: int) -> Tensor:
    preprocessing = settings.preprocessing
    shape = (count, *preprocessing.input_size, preprocessing.channels)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return torch.from_numpy(np.stack([preprocessing.normalised(b) for b in noise]))


def _look(recipe: Recipe, settings: ModelSettings, count: int) -> tuple[Tensor, dict[str, int]]:
    preprocessing = settings.preprocessing
    rows, columns = preprocessing.input_size
    try:
        raw, sizes = _ask(recipe, _noise(settings, count), settings)
        return raw.float().cpu(), sizes
    except FragScopeError:
        raise
    except MemoryError as error:
        raise ModelError(
            tr(
                "{name} needs more memory than there is for inputs of {rows:,} x {columns:,}; set "
                "model.size to what it was trained with, or use a smaller model",
                name=recipe.found.name,
                rows=rows,
                columns=columns,
            )
        ) from error
    except Exception as error:  # a model of any make may raise anything
        raise CrashError(
            tr(
                "{name} does not take inputs of the shape "
                "{value} in "
                "{layout} and {dtype} ({reason}); set "
                "model.size, model.channels, model.layout or model.dtype to what it was trained "
                "with",
                name=recipe.found.name,
                value=(count, preprocessing.channels, rows, columns),
                layout=preprocessing.layout,
                dtype=preprocessing.dtype,
                reason=_reason(error),
            )
        ) from error


def _reason(error: Exception) -> str:
    """What an error says; TorchScript says it last, after its own calls."""
    text = first_line(error)
    if not text.startswith(_SCRIPT_FAILED):
        return text
    return str(error).strip().splitlines()[-1].strip().removeprefix("RuntimeError: ")


def _ask(recipe: Recipe, batch: Tensor, settings: ModelSettings) -> tuple[Tensor, dict[str, int]]:
    """Raw outputs, and how many classes each output that could be scores has."""
    given = adapt(batch, settings["layout"], settings["dtype"])
    model, outputs = recipe.found.model, settings.outputs
    sizes: dict[str, int] = {}
    if isinstance(model, nn.Module):
        with torch.inference_mode():
            answer = model.eval().to(recipe.device)(given.to(recipe.device))
            return outputs.raw(answer), outputs.sizes(answer)
    raw = raw_answers(model, given, outputs, lambda answer: sizes.update(outputs.sizes(answer)))
    return raw, sizes
