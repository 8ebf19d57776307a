"""Model files that OpenVINO reads, answered on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, first_line
from ..translation import tr
from ..types import Precision
from .black_box import as_element
from .openvino_engine import compiled, computable, import_openvino

_BATCHES = (8, 1, 64)


class OpenVinoRunner:
    """A model that OpenVINO has read. Safe to use from any thread.

    Parameters
    ----------
    model : an `openvino.Model` with one input, whose first axis is the batch.
    precision : arithmetic it is to compute in; f32 where the processor does not know it.
    """

    def __init__(self, model: Any, precision: Precision = "f32") -> None:
        core = import_openvino().Core()
        self.precision: Precision = computable(core, precision)
        self._model = model
        try:
            program = compiled(core, model, self.precision)
        except RuntimeError as error:
            raise ModelError(
                tr("OpenVINO cannot compute this model ({told})", told=told(error))
            ) from error
        self._request = program.create_infer_request()
        self._element = np.dtype(model.input(0).element_type.to_dtype())
        self._names = [_name(port, place) for place, port in enumerate(program.outputs)]
        self._scales = [_scale(port) for port in model.outputs]
        batch = shape_of(model)[0]
        self._fixed_batch = batch
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"OpenVINO {self.precision}"

    @property
    def batches(self) -> tuple[int, int, int]:
        return _BATCHES

    @property
    def fixed_batch(self) -> int | None:
        return self._fixed_batch

    def answer(self, batch: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        given = as_element(batch, self._element)
        with self._lock:
            try:
                found = self._request.infer({0: given}, share_inputs=True)
            except RuntimeError as error:
                raise ModelError(
                    tr(
                        "OpenVINO cannot answer inputs of the shape {shape} ({told})",
                        shape=batch.shape,
                        told=told(error),
                    )
                ) from error
            # a copy in float32: the request's memory is used again, and torch reads no bfloat16
            numbers = [np.array(found[place], np.float32) for place in range(len(self._names))]
        scaled = (
            n * factor + shift for n, (factor, shift) in zip(numbers, self._scales, strict=True)
        )
        return dict(zip(self._names, scaled, strict=True))

    def in_precision(self, precision: Precision) -> OpenVinoRunner:
        """The same model in another arithmetic."""
        return OpenVinoRunner(self._model, precision)

    def close(self) -> None:
        """Nothing is held but memory."""


def shape_of(model: Any) -> list[int | None]:
    """Lengths of the input's axes, None where any will do.

    Raises
    ------
    ModelError
        The model takes several inputs, or one without a number of axes.
    """
    if len(model.inputs) != 1:
        names = ", ".join(_name(port, place) for place, port in enumerate(model.inputs))
        raise ModelError(
            tr(
                "the model takes {count} inputs ({names}), and a classifier of pictures "
                "takes one; export it with the others fixed",
                count=len(model.inputs),
                names=names,
            )
        )
    shape = model.input(0).partial_shape
    if shape.rank.is_dynamic:
        return [None] * 4  # a model of pictures, until it is asked
    return [axis.get_length() if axis.is_static else None for axis in shape]


def told(error: Exception) -> str:
    """What an error of OpenVINO says, without the places in its source that it starts with."""
    lines = [line.strip() for line in str(error).splitlines()]
    noise = (
        "Exception from",
        "Check '",
        "src/",
        "FrontEnd API failed",
        "Loading input model",
        "Model wasn't",
    )
    said = [line for line in lines if line and not line.startswith(noise)]
    reason = said[0].removeprefix("-- ") if said else first_line(error)
    if reason.endswith(":") and len(said) > 1:
        reason = f"{reason} {said[1]}"
    return tr("OpenVINO finds no model in it") if reason.startswith("Unable to read") else reason


def _name(port: Any, place: int) -> str:
    names = sorted(port.get_names())
    return names[0] if names else str(place)


def _scale(port: Any) -> tuple[float, float]:
    """Factor and shift that lead from a quantised output to the numbers it stands for."""
    node = port.get_node()
    while node.get_type_name() in ("Result", "Convert"):
        node = node.input_value(0).get_node()
    integral = not port.element_type.is_real()
    if not integral or node.get_type_name() != "FakeQuantize":
        return 1.0, 0.0
    bounds = [node.input_value(place).get_node() for place in range(1, 5)]
    if any(bound.get_type_name() != "Constant" or bound.data.size != 1 for bound in bounds):
        return 1.0, 0.0
    low, high, coded_low, coded_high = (float(bound.data.item()) for bound in bounds)
    factor = (high - low) / (coded_high - coded_low)
    return factor, low - coded_low * factor
