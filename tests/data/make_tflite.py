"""Writes the small TensorFlow Lite files beside it; run once, with `pip install tflite`.

Both models take [1, 12, 20, 3] and answer with the softmax of the channels' means times WEIGHTS:
tiny_float.tflite in float32, tiny_uint8.tflite in bytes that stand for (byte - zero) * scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import tflite

WEIGHTS = np.random.default_rng(3).standard_normal((3, 5), dtype=np.float32)
_STEP = float(np.abs(WEIGHTS).max()) / 127
_QUANTISED = {"x": (1 / 255, 0), "m": (1 / 255, 0), "w": (_STEP, 128), "s": (0.05, 128)}
_FILE = {"p": (1 / 256, 0), **_QUANTISED}


class Writer:
    """Builds the tables of one model."""

    def __init__(self, *, quantised: bool) -> None:
        self.b = flatbuffers.Builder(4096)
        self.quantised = quantised
        self.element = tflite.TensorType.UINT8 if quantised else tflite.TensorType.FLOAT32

    def offsets(self, items: Sequence[int]) -> int:
        self.b.StartVector(4, len(items), 4)
        for item in reversed(items):
            self.b.PrependUOffsetTRelative(item)
        return self.b.EndVector()

    def ints(self, items: Sequence[int]) -> int:
        return self.b.CreateNumpyVector(np.array(items, np.int32))

    def buffer(self, data: np.ndarray | None) -> int:
        held = None if data is None else self.b.CreateByteVector(data.tobytes())
        tflite.BufferStart(self.b)
        if held is not None:
            tflite.BufferAddData(self.b, held)
        return tflite.BufferEnd(self.b)

    def tensor(self, name: str, shape: Sequence[int], element: int, buffer: int) -> int:
        title, axes = self.b.CreateString(name), self.ints(shape)
        quantisation = self.quantisation(name)
        tflite.TensorStart(self.b)
        tflite.TensorAddName(self.b, title)
        tflite.TensorAddShape(self.b, axes)
        tflite.TensorAddType(self.b, element)
        tflite.TensorAddBuffer(self.b, buffer)
        if quantisation:
            tflite.TensorAddQuantization(self.b, quantisation)
        return tflite.TensorEnd(self.b)

    def quantisation(self, name: str) -> int:
        if not self.quantised or name not in _FILE:
            return 0
        scale = self.b.CreateNumpyVector(np.array([_FILE[name][0]], np.float32))
        zero = self.b.CreateNumpyVector(np.array([_FILE[name][1]], np.int64))
        tflite.QuantizationParametersStart(self.b)
        tflite.QuantizationParametersAddScale(self.b, scale)
        tflite.QuantizationParametersAddZeroPoint(self.b, zero)
        return tflite.QuantizationParametersEnd(self.b)

    def operator(
        self, code: int, given: Sequence[int], made: int, kind: str, *settings: tuple[str, Any]
    ) -> int:
        inputs, outputs = self.ints(given), self.ints([made])
        getattr(tflite, f"{kind}Start")(self.b)
        for name, value in settings:
            getattr(tflite, f"{kind}Add{name}")(self.b, value)
        options = getattr(tflite, f"{kind}End")(self.b)
        tflite.OperatorStart(self.b)
        tflite.OperatorAddOpcodeIndex(self.b, code)
        tflite.OperatorAddInputs(self.b, inputs)
        tflite.OperatorAddOutputs(self.b, outputs)
        tflite.OperatorAddBuiltinOptionsType(self.b, getattr(tflite.BuiltinOptions, kind))
        tflite.OperatorAddBuiltinOptions(self.b, options)
        return tflite.OperatorEnd(self.b)

    def code(self, name: str) -> int:
        number = getattr(tflite.BuiltinOperator, name)
        tflite.OperatorCodeStart(self.b)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(self.b, number)
        tflite.OperatorCodeAddBuiltinCode(self.b, number)
        tflite.OperatorCodeAddVersion(self.b, 1)
        return tflite.OperatorCodeEnd(self.b)

    def model(self) -> bytes:
        weights = WEIGHTS.T.copy()
        if self.quantised:
            weights = np.clip(np.rint(weights / _STEP) + 128, 0, 255).astype(np.uint8)
        axes = np.array([1, 2], np.int32)
        buffers = self.offsets([self.buffer(data) for data in (None, axes, weights)])
        tensors = [
            self.tensor("x", [1, 12, 20, 3], self.element, 0),
            self.tensor("axes", [2], tflite.TensorType.INT32, 1),
            self.tensor("m", [1, 3], self.element, 0),
            self.tensor("w", [5, 3], self.element, 2),
            self.tensor("s", [1, 5], self.element, 0),
            self.tensor("p", [1, 5], self.element, 0),
        ]
        operators = [
            self.operator(0, [0, 1], 2, "ReducerOptions", ("KeepDims", False)),
            self.operator(1, [2, 3, -1], 4, "FullyConnectedOptions"),
            self.operator(2, [4], 5, "SoftmaxOptions", ("Beta", 1.0)),
        ]
        graph = self.graph(self.offsets(tensors), self.offsets(operators))
        codes = self.offsets([self.code(n) for n in ("MEAN", "FULLY_CONNECTED", "SOFTMAX")])
        graphs = self.offsets([graph])
        tflite.ModelStart(self.b)
        tflite.ModelAddVersion(self.b, 3)
        tflite.ModelAddOperatorCodes(self.b, codes)
        tflite.ModelAddSubgraphs(self.b, graphs)
        tflite.ModelAddBuffers(self.b, buffers)
        self.b.Finish(tflite.ModelEnd(self.b), file_identifier=b"TFL3")
        return bytes(self.b.Output())

    def graph(self, tensors: int, operators: int) -> int:
        inputs, outputs = self.ints([0]), self.ints([5])
        tflite.SubGraphStart(self.b)
        tflite.SubGraphAddTensors(self.b, tensors)
        tflite.SubGraphAddInputs(self.b, inputs)
        tflite.SubGraphAddOutputs(self.b, outputs)
        tflite.SubGraphAddOperators(self.b, operators)
        return tflite.SubGraphEnd(self.b)


if __name__ == "__main__":
    for kind, is_quantised in (("float", False), ("uint8", True)):
        path = Path(__file__).with_name(f"tiny_{kind}.tflite")
        path.write_bytes(Writer(quantised=is_quantised).model())
