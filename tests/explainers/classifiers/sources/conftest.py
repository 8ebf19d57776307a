"""Small models in files."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from fragscope_explainers.classifiers.sources.found import Order

SIZE = (12, 20)
CLASSES = 5


class Boom:
    """Runs a program when it is unpickled: it writes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.marker, "a program ran"))


@pytest.fixture
def order() -> Order:
    return Order(torch.device("cpu"))


@pytest.fixture
def trusting() -> Order:
    return Order(torch.device("cpu"), trusted=True)


@pytest.fixture
def boom(tmp_path: Path) -> Boom:
    """Writes tmp_path / "marker" when it is unpickled."""
    found = Boom(tmp_path / "marker")
    pickle.loads(pickle.dumps(found))  # it does, where pickles are run
    found.marker.unlink()
    return found


@pytest.fixture(scope="session")
def network() -> nn.Module:
    """A seeded network of five classes on inputs of 12 x 20."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2)]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(16, CLASSES)).eval()


@pytest.fixture(scope="session")
def batch() -> Tensor:
    return torch.randn(3, 3, *SIZE, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="session")
def weights() -> NDArray[np.float32]:
    """What the models of `save_onnx` multiply the channels' means with, [3, classes]."""
    return np.random.default_rng(3).standard_normal((3, CLASSES), dtype=np.float32)


@pytest.fixture
def save_onnx(tmp_path: Path, weights: NDArray[np.float32]) -> Callable[..., Path]:
    """Write an ONNX model whose scores are the channels' means times `weights`."""

    def save(
        shape: Sequence[Any] = ("n", 3, *SIZE),
        element: int = TensorProto.FLOAT,
        notes: dict[str, str] | None = None,
        end: str = "",
        inputs: int = 1,
        name: str = "tiny.onnx",
        tensor: TensorProto | None = None,
    ) -> Path:
        axes = [1, 2] if shape[-1] == 3 else [2, 3]
        nodes = [
            helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["f"], ["m"], axes=axes, keepdims=0),
            helper.make_node("MatMul", ["m", "w"], ["scores"]),
        ]
        if end:
            nodes.append(helper.make_node(end, ["scores"], ["last"]))
        ports = [helper.make_tensor_value_info("x", element, shape)]
        ports += [helper.make_tensor_value_info(f"x{n}", 1, [1]) for n in range(1, inputs)]
        last = helper.make_tensor_value_info("last" if end else "scores", 1, [shape[0], CLASSES])
        held = [tensor or numpy_helper.from_array(weights, "w")]
        graph = helper.make_graph(nodes, "tiny", ports, [last], held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, notes or {})
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return path

    return save
