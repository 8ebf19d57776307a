"""The layers of a network that Grad-CAM can look at, and which of them it looks at by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Size, Tensor, nn

from ..errors import UnknownNameError, UnsupportedError
from ..translation import tr
from ..types import DifferentiableClassifier
from .places import Grid, Places, Reading

AUTO = "auto"
_LATEST = 64
"""Outputs among which the layer is looked for; a block of a transformer has some twenty."""
_MOST_LISTED = 24
Logits = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A layer that Grad-CAM can look at.

    Attributes
    ----------
    name : its dotted name, as the parameter `layer` takes it.
    grid : rows and columns of its map.
    """

    name: str
    grid: Grid

    @property
    def about(self) -> str:
        """The grid in words."""
        return "{} x {}".format(*self.grid)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one layer gave, and how the score depends on it.

    Attributes
    ----------
    choice : the layer.
    activation, gradient : [1, K, h, w].
    """

    choice: LayerChoice
    activation: Tensor
    gradient: Tensor


def layers(classifier: DifferentiableClassifier, batch: Tensor) -> tuple[LayerChoice, ...]:
    """Layers that are worth looking at, in the order in which they finish.

    Of feature maps the last one of each grid; of tokens the first normalisation of each block, for
    what a block gives in the end may not reach the class any more. The score of the most probable
    class depends on all of them.

    Parameters
    ----------
    batch : one picture [1, C, h, w] as the model takes it.
    """
    module, outputs = classifier.module, list[_Output]()
    with torch.inference_mode(), _watched(module, lambda output: outputs.append(output.bare)):
        target = int(classifier.logits(batch.detach())[0].argmax())
    names = _worthwhile(outputs, _reading(batch, outputs))[-_MOST_LISTED:]
    seen = _pass(module, classifier.logits, batch, target, names)
    return tuple(LayerChoice(o.name, o.places.grid) for o in seen if o.reaches_places)


def look(
    classifier: DifferentiableClassifier,
    logits: Logits,
    batch: Tensor,
    target: int,
    layer: str = AUTO,
) -> Look:
    """Pass one picture forward and back, and see what a layer gave.

    By itself the last layer with places on which the score depends is taken. Where tokens go
    beside one for the class, it is the last such normalisation, which is the first of the last
    block: what comes later reaches the score by the class token alone.

    Parameters
    ----------
    logits : the classifier's own, or a function that also checks them.
    layer : a layer's dotted name, or `AUTO`.

    Raises
    ------
    UnknownNameError
        There is no such layer; the text names some that are worth looking at.
    UnsupportedError
        The layer has no places, or no layer has.
    """
    module = classifier.module
    if layer == AUTO:
        seen = _pass(module, logits, batch, target, None)
        return _preferred(seen).look()
    if not layer or layer not in dict(module.named_modules()):
        known = {choice.name: choice.about for choice in layers(classifier, batch)}
        raise UnknownNameError("layer", layer, [AUTO, *known], known)
    seen = _pass(module, logits, batch, target, {layer})
    if not seen:
        raise UnsupportedError(
            tr(
                "grad-cam needs a layer whose output keeps rows and columns, and the layer "
                "'{layer}' has none; choose an earlier one, or {auto}",
                layer=layer,
                auto=AUTO,
            )
        )
    return seen[-1].look()


# -- inside ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Output:
    """What a layer gave in one pass; the tensor only where it was kept."""

    name: str
    layer: nn.Module
    shape: Size
    tensor: Tensor | None = None

    @property
    def bare(self) -> _Output:
        """The same without the tensor, which would stay in memory."""
        return replace(self, tensor=None)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """An output with places, and the gradient of the score with respect to it."""

    name: str
    layer: nn.Module
    places: Places
    tensor: Tensor
    gradient: Tensor

    @property
    def is_norm(self) -> bool:
        return _is_norm(self.layer)

    @property
    def reaches_places(self) -> bool:
        """Whether the score depends on what it gave for places, not for the class token alone."""
        return bool(self.places.of(self.gradient).any())

    def look(self) -> Look:
        choice = LayerChoice(self.name, self.places.grid)
        of = self.places.of
        return Look(choice, of(self.tensor.detach()).float(), of(self.gradient).float())


def _is_norm(layer: nn.Module) -> bool:
    return "norm" in type(layer).__name__.lower()


def _preferred(seen: Sequence[_Seen]) -> _Seen:
    """The layer that is looked at where none was named."""
    if not seen:
        raise UnsupportedError(
            tr(
                "grad-cam needs a layer whose output keeps rows and columns, and this model has "
                "none; "
                "choose another method"
            )
        )
    reaching = (output for output in reversed(seen) if output.reaches_places)
    last = next(reaching, seen[-1])
    if not last.places.has_class_token or last.is_norm:
        return last
    return next((output for output in reaching if output.is_norm), last)


def _worthwhile(outputs: Sequence[_Output], reading: Reading) -> list[str]:
    """Names of the layers worth listing, in the order in which they finished."""
    found: dict[object, tuple[int, str]] = {}
    for order, output in enumerate(outputs):
        places = reading.places(output.shape)
        if places is None:
            continue
        if places.extra is None:
            found[places.grid] = (order, output.name)
        elif _is_norm(output.layer):
            found.setdefault(output.name.rpartition(".")[0], (order, output.name))
    return [name for _, name in sorted(found.values())]


def _pass(
    module: nn.Module, logits: Logits, batch: Tensor, target: int, names: Collection[str] | None
) -> list[_Seen]:
    """One pass forward and back; what layers of these names gave, or the latest where None.

    An output that the next layer changes in place counts as it was, where layers are named.
    """
    shapes: list[_Output] = []
    kept: deque[_Output] = deque(maxlen=_LATEST if names is None else None)

    def note(output: _Output) -> None:
        shapes.append(output.bare)
        if names is None or output.name in names:
            kept.append(output)

    with torch.enable_grad(), _watched(module, note, names or ()):
        score = logits(batch.detach().requires_grad_())[0, target]
    reading = _reading(batch, shapes)
    placed = [
        (output, places, output.tensor)
        for output in kept
        if (places := reading.places(output.shape)) is not None
        and output.tensor is not None
        and output.tensor.requires_grad
    ]
    if not placed:
        return []
    gradients = torch.autograd.grad(score, [tensor for *_, tensor in placed], allow_unused=True)
    return [
        _Seen(output.name, output.layer, places, tensor, _or_zero(gradient, tensor))
        for (output, places, tensor), gradient in zip(placed, gradients, strict=True)
    ]


def _or_zero(gradient: Tensor | None, tensor: Tensor) -> Tensor:
    return torch.zeros_like(tensor) if gradient is None else gradient


def _reading(batch: Tensor, outputs: Sequence[_Output]) -> Reading:
    rows, columns = batch.shape[-2:]
    return Reading((rows, columns), [(output.layer, output.shape) for output in outputs])


@contextmanager
def _watched(
    module: nn.Module, note: Callable[[_Output], None], cloned: Collection[str] = ()
) -> Iterator[None]:
    """Tell of what every layer gives; the next layer gets copies of what those of `cloned` give."""

    def hook(name: str) -> Callable[[nn.Module, Any, Any], Any]:
        def told(layer: nn.Module, _: Any, output: Any) -> Any:
            tensor = output[0] if isinstance(output, tuple | list) and output else output
            if not isinstance(tensor, Tensor):
                return None
            note(_Output(name, layer, tensor.shape, tensor))
            return output.clone() if name in cloned and tensor is output else None

        return told

    hooks = [
        part.register_forward_hook(hook(name)) for name, part in module.named_modules() if name
    ]
    try:
        yield
    finally:
        for handle in hooks:
            handle.remove()
