from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fragscope_explainers.classifiers.sources.found import DistrustedError, Order
from fragscope_explainers.classifiers.sources.model_files import sha256
from fragscope_explainers.classifiers.sources.state_dicts import load_state
from fragscope_explainers.errors import ModelError


class Small(nn.Module):
    """Two layers; the second one is the head."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.head = nn.Linear(4, classes)

    def forward(self, batch: Tensor) -> Tensor:
        found: Tensor = self.head(self.body(batch).mean((2, 3)))
        return found


def build(classes: int | None) -> nn.Module:
    return Small() if classes is None else Small(classes)


def prefixed(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in state.items()}


WRAPPINGS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "bare": lambda state: state,
    "data parallel": lambda state: prefixed(state, "module."),
    "compiled": lambda state: prefixed(state, "_orig_mod."),
    "compiled in data parallel": lambda state: prefixed(state, "module._orig_mod."),
    "lightning": lambda state: {
        "epoch": 3,
        "state_dict": prefixed(state, "model.") | {"loss.weight": torch.ones(4)},
    },
    "model": lambda state: {"model": state, "optimizer": {"lr": 0.1}},
    "model_state_dict": lambda state: {"model_state_dict": state, "epoch": 1},
    "ema": lambda state: {"ema": prefixed(state, "module."), "epoch": 1},
    "nested": lambda state: {"model": {"state_dict": state}},
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("classes", [10, 7])
def test_weights_are_found_in_their_wrapping(
    wrapping: str, classes: int, tmp_path: Path, order: Order
) -> None:
    original = Small(classes)
    path = tmp_path / "w.pth"
    torch.save(WRAPPINGS[wrapping](original.state_dict()), path)
    found, digest = load_state(build, path, order)
    assert found.state_dict().keys() == original.state_dict().keys()
    assert all(torch.equal(found.state_dict()[n], w) for n, w in original.state_dict().items())
    assert digest == sha256(path)


def test_safetensors_give_the_same_weights(tmp_path: Path, order: Order) -> None:
    original = Small(6)
    path = tmp_path / "w.safetensors"
    save_file(original.state_dict(), path)
    found, _ = load_state(build, path, order)
    assert torch.equal(found.get_parameter("head.weight"), original.head.weight)


def test_counters_of_batches_may_be_missing(tmp_path: Path, order: Order) -> None:
    state = {n: w for n, w in Small().state_dict().items() if "num_batches" not in n}
    torch.save(state, tmp_path / "w.pth")
    load_state(build, tmp_path / "w.pth", order)


def test_short_weights_become_float32(tmp_path: Path, order: Order) -> None:
    torch.save(Small().half().state_dict(), tmp_path / "w.pth")
    found, _ = load_state(build, tmp_path / "w.pth", order)
    assert found.get_parameter("head.weight").dtype == torch.float32


def test_weights_of_another_network_are_told_by_name(tmp_path: Path, order: Order) -> None:
    torch.save({f"layer{n}.weight": torch.ones(2) for n in range(5)}, tmp_path / "w.pth")
    text = r"8 are missing \(body\.0\.weight.*, \.\.\.\); 5 are not expected \(layer0\.weight"
    with pytest.raises(ModelError, match=text):
        load_state(build, tmp_path / "w.pth", order)


def test_weights_of_another_shape_are_told(tmp_path: Path, order: Order) -> None:
    state = Small().state_dict() | {"body.0.weight": torch.ones(4, 3, 5, 5)}
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=r"body\.0\.weight has the shape \(4, 3, 5, 5\) where"):
        load_state(build, tmp_path / "w.pth", order)


@pytest.mark.parametrize("form", ["torch", "old torch", "pickle"])
def test_a_pickled_program_is_not_run(form: str, tmp_path: Path, order: Order, boom: Any) -> None:
    path = tmp_path / "w.pth"
    if form == "pickle":
        path.write_bytes(pickle.dumps({"state_dict": boom}))
    else:
        zipped = form == "torch"
        torch.save({"state_dict": boom}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(
        DistrustedError, match=r"pickled Python program.*runs that program.*--trust"
    ):
        load_state(build, path, order)
    assert not boom.marker.exists()


def test_what_a_pickle_calls_is_named(tmp_path: Path, order: Order) -> None:
    settings = argparse.Namespace(rate=0.1)
    torch.save({"model": Small().state_dict(), "settings": settings}, tmp_path / "w.ckpt")
    with pytest.raises(DistrustedError, match=r"which calls argparse\.Namespace"):
        load_state(build, tmp_path / "w.ckpt", order)


def test_a_trusted_checkpoint_is_opened(tmp_path: Path, trusting: Order) -> None:
    original = Small(7)
    held = {"model": original.state_dict(), "settings": argparse.Namespace(rate=0.1)}
    torch.save(held, tmp_path / "w.ckpt")
    found, _ = load_state(build, tmp_path / "w.ckpt", trusting)
    assert torch.equal(found.get_parameter("head.bias"), original.head.bias)


@pytest.mark.parametrize("form", ["torch", "old torch", "pickle"])
def test_a_trusted_program_is_run(form: str, tmp_path: Path, trusting: Order) -> None:
    original = Small(7)
    path = tmp_path / "w.pth"
    if form == "pickle":
        path.write_bytes(pickle.dumps(original))
    else:
        torch.save(original, path, _use_new_zipfile_serialization=form == "torch")
    found, _ = load_state(build, path, trusting)
    assert torch.equal(found.get_parameter("head.bias"), original.head.bias)


def damaged_files(folder: Path) -> dict[str, Path]:
    torch.save(Small().state_dict(), folder / "whole.pth")
    save_file(Small().state_dict(), folder / "whole.safetensors")
    contents = {
        "truncated.pth": (folder / "whole.pth").read_bytes()[:900],
        "truncated.safetensors": (folder / "whole.safetensors").read_bytes()[:900],
        "text.pth": b"these are no weights\n" * 20,
        "text.safetensors": b"these are no weights\n" * 20,
        "picture.pth": b"\x89PNG\r\n\x1a\n" + bytes(200),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def test_damaged_files_are_told_in_one_sentence(tmp_path: Path, order: Order) -> None:
    for name, path in damaged_files(tmp_path).items():
        with pytest.raises(ModelError, match=r"cannot be read as|is cut short") as raised:
            load_state(build, path, order)
        assert not isinstance(raised.value, DistrustedError), name
        assert str(raised.value).startswith(str(path)), name
        assert "\n" not in str(raised.value), name


def test_files_that_are_none_are_told(tmp_path: Path, order: Order) -> None:
    (tmp_path / "empty.pth").touch()
    for name, text in (
        ("none.pth", "no such model file"),
        ("empty.pth", "is empty"),
        ("", "folder"),
    ):
        with pytest.raises(ModelError, match=text):
            load_state(build, tmp_path / name, order)


def test_a_file_without_tensors_holds_no_weights(tmp_path: Path, order: Order) -> None:
    torch.save({"epoch": 3}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="holds no weights by name"):
        load_state(build, tmp_path / "w.pth", order)


def test_a_number_that_is_repeated_makes_no_classes(tmp_path: Path, order: Order) -> None:
    """A file of some bytes must not have a head of terabytes built."""
    state = Small().state_dict()
    state["head.weight"] = torch.ones(1, 1).expand(1 << 38, 4)
    state["head.bias"] = torch.ones(1).expand(1 << 38)
    torch.save(state, tmp_path / "w.pth")
    assert (tmp_path / "w.pth").stat().st_size < 1 << 16
    with pytest.raises(ModelError, match=r"head\.weight has the shape \(274877906944, 4\) where"):
        load_state(build, tmp_path / "w.pth", order)
