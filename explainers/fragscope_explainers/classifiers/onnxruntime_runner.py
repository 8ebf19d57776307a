"""ONNX files answered by ONNX Runtime: where OpenVINO cannot, and on NVIDIA's GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, first_line
from ..translation import tr
from .black_box import as_element

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_CPU_BATCHES, _GPU_BATCHES = (8, 1, 64), (32, 4, 256)
_TYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}
_ONLY_ERRORS = 3


class OnnxRuntimeRunner:
    """An ONNX file in ONNX Runtime. Safe to use from any thread.

    Parameters
    ----------
    cuda : whether to compute on an NVIDIA GPU.

    Attributes
    ----------
    shape : lengths of the input's axes, None where any will do.
    element : type of the input's numbers, as numpy calls it.
    metadata : what the file says about itself.

    Raises
    ------
    ModelError
        ONNX Runtime is not there or cannot read the file, or the model takes several inputs.
    """

    def __init__(self, path: Path, *, cuda: bool = False) -> None:
        runtime = _import_onnxruntime()
        if cuda and _CUDA not in runtime.get_available_providers():
            raise ModelError(
                tr("this ONNX Runtime cannot use an NVIDIA GPU; pip install fragscope[onnx-gpu]")
            )
        options = runtime.SessionOptions()
        options.log_severity_level = _ONLY_ERRORS
        providers = [_CUDA, _CPU] if cuda else [_CPU]
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # its errors derive from nothing in common
            raise ModelError(
                tr("ONNX Runtime cannot read the model ({reason})", reason=first_line(error))
            ) from error
        used = self._session.get_providers()[0]
        self._name = "ONNX Runtime CUDA" if used == _CUDA else "ONNX Runtime"
        self._batches = _GPU_BATCHES if used == _CUDA else _CPU_BATCHES
        port = _only(self._session.get_inputs())
        self._input = port.name
        self.shape = [length if isinstance(length, int) else None for length in port.shape]
        self.element = _TYPES.get(port.type, port.type)
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    @property
    def name(self) -> str:
        return self._name

    @property
    def batches(self) -> tuple[int, int, int]:
        return self._batches

    @property
    def fixed_batch(self) -> int | None:
        return self.shape[0] if self.shape else None

    def answer(self, batch: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        given = as_element(batch, np.dtype(self.element))
        try:
            found = self._session.run(None, {self._input: given})
        except Exception as error:
            raise ModelError(
                tr(
                    "ONNX Runtime cannot answer inputs of the shape {shape} ({reason})",
                    shape=batch.shape,
                    reason=first_line(error),
                )
            ) from error
        names = [port.name for port in self._session.get_outputs()]
        return {
            name: np.asarray(value, np.float32) for name, value in zip(names, found, strict=True)
        }

    def close(self) -> None:
        """Nothing is held but memory."""


def is_installed() -> bool:
    """Whether ONNX Runtime is there; it is not loaded."""
    return find_spec("onnxruntime") is not None


def offers_cuda() -> bool:
    """Whether ONNX Runtime is there and was built for NVIDIA's GPUs."""
    return is_installed() and _CUDA in _import_onnxruntime().get_available_providers()


def _import_onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            tr("ONNX Runtime cannot be loaded ({error}); pip install fragscope[onnx]", error=error)
        ) from error
    return onnxruntime


def _only(ports: list[Any]) -> Any:
    if len(ports) != 1:
        names = ", ".join(port.name for port in ports)
        raise ModelError(
            tr(
                "the model takes {count} inputs ({names}), and a classifier of pictures takes "
                "one; export it with the others fixed",
                count=len(ports),
                names=names,
            )
        )
    return ports[0]
