"""The Open Inference Protocol, version 2: tensors and what a server says of a model, over HTTP.

Numbers travel as JSON, or behind the JSON as bytes where the server has the extension for binary
tensors. Nothing that a server sends is believed before it has been checked.

References
----------
github.com/kserve/open-inference-protocol: inference_rest.md; Triton's extension_binary_data.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..translation import tr

LENGTH_HEADER = "Inference-Header-Content-Length"
BINARY_EXTENSION = "binary_tensor_data"
TYPES = {
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
}
"""Numbers that answers may consist of, by the protocol's names."""
ELEMENTS = {"FP32": "float32", "FP16": "float16", "UINT8": "uint8"}
"""Types that inputs can have, and the names that settings give them."""
_MOST_CHANNELS = 4
_UNNAMED = "input-0"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a server says of a model's input.

    Attributes
    ----------
    input : its name.
    datatype : one of `ELEMENTS`.
    shape : its lengths, -1 where any is taken; empty where the server does not say.
    """

    input: str = _UNNAMED
    datatype: str = "FP32"
    shape: tuple[int, ...] = ()

    @classmethod
    def read(cls, metadata: Mapping[str, Any]) -> Signature:
        """Read a model's metadata.

        Raises
        ------
        ModelError
            It takes something else than one picture.
        """
        inputs = metadata.get("inputs") or []
        if not isinstance(inputs, list) or not all(isinstance(i, Mapping) for i in inputs):
            raise ModelError(tr("its metadata does not follow the Open Inference Protocol"))
        if not inputs:
            return cls()
        if len(inputs) > 1:
            listed = ", ".join(str(entry.get("name")) for entry in inputs[:5])
            raise ModelError(
                tr(
                    "it takes {count} inputs ({listed}), and FragScope gives one picture",
                    count=len(inputs),
                    listed=listed,
                )
            )
        found = cls(str(inputs[0].get("name")), str(inputs[0].get("datatype")), _shape(inputs[0]))
        if found.datatype not in ELEMENTS:
            raise ModelError(
                tr(
                    "its input {input} has the type {datatype}, and FragScope sends {elements}",
                    input=found.input,
                    datatype=found.datatype,
                    elements=", ".join(ELEMENTS),
                )
            )
        if found.shape and len(found.shape) not in (3, 4):
            raise ModelError(
                tr(
                    "its input {input} has the shape {shape}, and pictures have "
                    "[batch, channels, rows, columns] or [batch, rows, columns, channels]",
                    input=found.input,
                    shape=list(found.shape),
                )
            )
        return found

    @property
    def has_batch(self) -> bool:
        """Whether it takes batches; else one picture without that dimension."""
        return len(self.shape) != 3

    @property
    def fixed_batch(self) -> int | None:
        """The only batch length that it takes, or None for any."""
        if not self.has_batch:
            return 1
        return self.shape[0] if self.shape and self.shape[0] > 0 else None

    @property
    def facts(self) -> dict[str, Any]:
        """What the shape and type say, by the names of the settings."""
        found: dict[str, Any] = {"dtype": ELEMENTS[self.datatype]}
        picture = self.shape[-3:]
        first, last = (
            (1 <= picture[place] <= _MOST_CHANNELS for place in (0, -1))
            if picture
            else (False, False)
        )
        if first == last:
            return found
        sides = picture[1:] if first else picture[:2]
        found |= {"layout": "NCHW" if first else "NHWC", "channels": picture[0 if first else -1]}
        return found | ({"size": sides} if min(sides) > 0 else {})


def request_body(
    signature: Signature, batch: NDArray[Any], *, binary: bool
) -> tuple[bytes, dict[str, str]]:
    """Body and headers that ask for answers to a batch."""
    described: dict[str, Any] = {
        "name": signature.input,
        "shape": list(batch.shape),
        "datatype": signature.datatype,
    }
    if not binary:
        described["data"] = batch.ravel().tolist()
        return json.dumps({"inputs": [described]}).encode(), {"Content-Type": "application/json"}
    described["parameters"] = {"binary_data_size": batch.nbytes}
    asked = {"inputs": [described], "parameters": {"binary_data_output": True}}
    head = json.dumps(asked).encode()
    little = batch.astype(batch.dtype.newbyteorder("<"), copy=False)
    return head + little.tobytes(), {
        "Content-Type": "application/octet-stream",
        LENGTH_HEADER: str(len(head)),
    }


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises
    ------
    ModelError
        It is something else, such as a page for people.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ModelError(tr("it answers with something else than JSON")) from None
    if not isinstance(found, dict):
        raise ModelError(tr("it answers with something else than a JSON object"))
    return found


def answers(body: bytes, head_length: str | None) -> dict[str, NDArray[Any]]:
    """The tensors of numbers in an answer, by name.

    Parameters
    ----------
    head_length : what the header says of the JSON's length, or None where all is JSON.

    Raises
    ------
    ModelError
        The answer does not follow the protocol, or contradicts itself.
    """
    length = len(body)
    if head_length is not None:
        if not head_length.isdecimal() or int(head_length) > len(body):
            raise ModelError(tr("its answer is shorter than it says"))
        length = int(head_length)
    found = read_json(body[:length]).get("outputs")
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise ModelError(tr("its answer has no outputs"))
    return _tensors(found, memoryview(body)[length:])


def tensor(name: str, datatype: str, shape: Sequence[int], data: Any) -> NDArray[Any]:
    """Numbers in their shape.

    Parameters
    ----------
    data : bytes, or a list, nested or flat.

    Raises
    ------
    ModelError
        They are not as many as the shape has places, or no numbers of the type.
    """
    kind = np.dtype(TYPES[datatype]).newbyteorder("<")
    try:
        if isinstance(data, bytes | memoryview):
            flat = np.frombuffer(data, kind)
        else:
            flat = np.asarray(data if isinstance(data, list) else "none", kind).ravel()
    except (ValueError, TypeError, OverflowError):
        raise ModelError(
            tr("its output {name} is not made of {datatype} numbers", name=name, datatype=datatype)
        ) from None
    if flat.size != math.prod(shape):
        raise ModelError(
            tr(
                "its output {name} has {size:,} numbers, and the shape {shape} that it "
                "tells has {prod:,}",
                name=name,
                size=flat.size,
                shape=list(shape),
                prod=math.prod(shape),
            )
        )
    native: NDArray[Any] = flat.reshape(tuple(shape)).astype(TYPES[datatype])
    return native


def _tensors(outputs: list[Any], rest: memoryview) -> dict[str, NDArray[Any]]:
    found = {}
    for entry in outputs:
        name, datatype = str(entry.get("name")), str(entry.get("datatype"))
        parameters = entry.get("parameters")
        size = parameters.get("binary_data_size") if isinstance(parameters, Mapping) else None
        data: Any = entry.get("data")
        if size is not None:
            if not isinstance(size, int) or not 0 <= size <= len(rest):
                raise ModelError(tr("its answer is shorter than it says"))
            data, rest = rest[:size], rest[size:]
        if datatype in TYPES:
            found[name] = tensor(name, datatype, _shape(entry), data)
    if not found:
        raise ModelError(tr("its answer has no output of numbers"))
    return found


def _shape(entry: Mapping[str, Any]) -> tuple[int, ...]:
    shape = entry.get("shape")
    if not isinstance(shape, list):
        raise ModelError(tr("it tells no shape of {get}", get=entry.get("name")))
    try:
        return tuple(int(side) for side in shape)  # gRPC's JSON has them as texts
    except (TypeError, ValueError, OverflowError):
        raise ModelError(tr("it tells no shape of {get}", get=entry.get("name"))) from None
