"""What the shape and the type of a model's input say about its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import ModelError
from ...translation import tr
from ..model_settings import Known, stated

_CHANNELS = (1, 2, 3, 4)
_FLOATS = {"float32", "float64", "bfloat16"}
_BYTES = {"uint8", "int8", "int32", "int64"}


def input_facts(shape: Sequence[int | None], element: str, source: str) -> dict[str, Known]:
    """Settings that an input states about itself.

    Parameters
    ----------
    shape : lengths of its axes, None where any will do; the first is the batch.
    element : type of its numbers, as numpy calls it.
    source : where shape and type are known from.

    Raises
    ------
    ModelError
        It takes no batch of pictures.
    """
    if len(shape) != 4:
        raise ModelError(
            tr(
                "the model takes an input with {count} axes, {text}, and a classifier of "
                "pictures takes four: pictures, channels, rows, columns",
                count=len(shape),
                text=_text(shape),
            )
        )
    facts: dict[str, Any] = {"dtype": _element(element)}
    layout = _layout(shape)
    if layout is not None:
        channels, rows, columns = (shape[axis] for axis in layout[1])
        facts["layout"] = layout[0]
        if channels is not None:
            facts["channels"] = channels
        if rows is not None and columns is not None:
            facts["size"] = (rows, columns)
    return stated(facts, source)


def _layout(shape: Sequence[int | None]) -> tuple[str, tuple[int, int, int]] | None:
    """Layout, and the axes of channels, rows and columns; None where the shape does not tell."""
    if shape[1] in _CHANNELS:
        return "NCHW", (1, 2, 3)
    if shape[3] in _CHANNELS:
        return "NHWC", (3, 1, 2)
    if shape[1] is not None and shape[3] is not None:
        raise ModelError(
            tr(
                "the model's input {text} has no axis of 1 to 4 channels, so it takes no "
                "pictures; choose a classifier of pictures",
                text=_text(shape),
            )
        )
    return None


def _element(name: str) -> str:
    if name in _FLOATS:
        return "float32"
    if name in _BYTES:
        return "uint8"
    if name == "float16":
        return "float16"
    raise ModelError(
        tr("the model takes numbers of the type {name}; convert it to float32 or uint8", name=name)
    )


def _text(shape: Sequence[int | None]) -> str:
    return "[" + ", ".join("any" if length is None else str(length) for length in shape) + "]"
