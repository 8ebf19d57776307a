from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.engines import prepare_engine
from fragscope_explainers.classifiers.sources.exported_guard import what_it_runs
from fragscope_explainers.classifiers.sources.found import DistrustedError
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError


@pytest.fixture(scope="module")
def programs(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The network with any length of a batch (True), and for one picture only (False)."""
    folder = tmp_path_factory.mktemp("programs")
    found = {}
    for any_batch in (True, False):
        path = folder / f"{any_batch}.pt2"
        shapes = ({0: torch.export.Dim("batch", min=1, max=4)},) if any_batch else None
        example = torch.randn(2 if any_batch else 1, 3, 12, 20)
        program = torch.export.export(network, (example,), dynamic_shapes=shapes)
        torch.export.save(program, path)
        found[any_batch] = path
    return found


@pytest.mark.parametrize("any_batch", [True, False])
@pytest.mark.parametrize("length", [1, 3, 9])
def test_it_answers_batches_of_any_length(
    any_batch: bool, length: int, programs: dict[bool, Path], network: nn.Module
) -> None:
    found = load_classifier(str(programs[any_batch]), "cpu")
    pictures = torch.randn(length, 3, 12, 20)
    assert torch.allclose(found.probabilities(pictures), network(pictures).softmax(1), atol=1e-6)


@pytest.mark.parametrize("bound", [torch.export.Dim("batch"), torch.export.Dim.AUTO])
@pytest.mark.parametrize("length", [1, 3])
def test_a_batch_needs_no_bound(
    bound: Any, length: int, network: nn.Module, tmp_path: Path
) -> None:
    example = torch.randn(2, 3, 12, 20)
    program = torch.export.export(network, (example,), dynamic_shapes=({0: bound},))
    torch.export.save(program, tmp_path / "free.pt2")
    found = load_classifier(str(tmp_path / "free.pt2"), "cpu")
    pictures = torch.randn(length, 3, 12, 20)
    assert torch.allclose(found.probabilities(pictures), network(pictures).softmax(1), atol=1e-6)


def test_what_it_states_and_its_gradients(
    programs: dict[bool, Path], network: nn.Module, batch: Tensor
) -> None:
    found = load_classifier(str(programs[True]), "cpu")
    assert isinstance(found, TorchClassifier)
    assert not found.has_layers
    assert found.input_size == (12, 20)
    assert not {"size", "channels", "layout", "dtype"} & set(found.settings.guessed)
    asked, wanted = (batch.clone().requires_grad_() for _ in range(2))
    found.logits(asked)[:, 2].sum().backward()
    network(wanted)[:, 2].sum().backward()
    assert asked.grad is not None
    assert wanted.grad is not None
    assert torch.allclose(asked.grad, wanted.grad, atol=1e-6)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch about itself, as it is copied
def test_it_gets_a_faster_engine(programs: dict[bool, Path], network: nn.Module) -> None:
    found = load_classifier(str(programs[True]), "cpu")
    assert prepare_engine(found) == ""
    assert found.engine is not None
    pictures = torch.randn(4, 3, 12, 20)
    assert torch.allclose(
        found.engine.probabilities(pictures), network(pictures).softmax(1), atol=1e-5
    )


def test_the_content_counts_not_the_suffix(programs: dict[bool, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(programs[True].read_bytes())
    assert load_classifier(str(path), "cpu").input_size == (12, 20)


def changed(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """An archive with other contents of its entries; `more` are added under its top folder."""
    found = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(found, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        top = old.namelist()[0].partition("/")[0]
        for name, content in more.items():
            new.writestr(f"{top}/{name}", content)
    return found.getvalue()


def in_program(change: Callable[[str], str]) -> Callable[[str, bytes], bytes]:
    """Change the text of the program alone."""
    return lambda name, content: (
        change(content.decode()).encode() if name.endswith("models/model.json") else content
    )


ATTACKS: dict[str, Callable[[str], str]] = {
    "call of a loader": lambda text: text.replace("torch.ops.aten.relu.default", "torch.load"),
    "call of the hub": lambda text: text.replace("torch.ops.aten.relu.default", "torch.hub.load"),
    "file as a tensor": lambda text: text.replace("aten.relu.default", "aten.from_file.default"),
    "unknown library": lambda text: text.replace("ops.aten.relu", "ops.mylib.relu"),
    "call through operator": lambda text: text.replace(
        "torch.ops.aten.relu.default", "_operator.call"
    ),
    "formula": lambda text: re.sub(r'"expr_str": "[^"]*"', '"expr_str": "exit()"', text),
    "attribute in a formula": lambda text: re.sub(
        r'"expr_str": "[^"]*"', '"expr_str": "s0.__class__"', text
    ),
    "guard": lambda text: text.replace('"guards_code": []', '"guards_code": ["exit(3)"]'),
    "name of an input": lambda text: text.replace('"input"', '"input=exit(3)"'),
    "tree with a class": lambda text: text.replace("builtins.tuple", "collections.defaultdict"),
    "escaped tree": lambda text: text.replace("builtins.tuple", "builtins.\\\\u0074uplex"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_may_run_a_program_needs_trust(
    attack: str, programs: dict[bool, Path], tmp_path: Path
) -> None:
    original = programs[True].read_bytes()
    assert what_it_runs(original) == ""
    data = changed(programs[True], in_program(ATTACKS[attack]))
    assert what_it_runs(data)
    path = tmp_path / "x.pt2"
    path.write_bytes(data)
    with pytest.raises(DistrustedError, match=r"may run a program of its author.*--trust"):
        load_classifier(str(path), "cpu")


@pytest.mark.parametrize(
    "entry",
    ["data/sample_inputs/model.pt", "data/weights/weight_9.pt", "data/constants/opaque_obj_0"],
)
def test_a_pickle_inside_is_not_run(
    entry: str, programs: dict[bool, Path], tmp_path: Path, boom: Any
) -> None:
    held = io.BytesIO()
    torch.save(boom, held)
    path = tmp_path / "x.pt2"
    kept = lambda name, content: held.getvalue() if name.endswith(entry) else content  # noqa: E731
    with zipfile.ZipFile(programs[True]) as archive:
        there = any(name.endswith(entry) for name in archive.namelist())
    more = {} if there else {entry: held.getvalue()}
    path.write_bytes(changed(programs[True], kept, **more))
    with pytest.raises(DistrustedError, match=entry.rpartition("/")[2]):
        load_classifier(str(path), "cpu")
    assert not boom.marker.exists()


def test_a_hostile_pickle_would_run_in_torch(
    programs: dict[bool, Path], tmp_path: Path, boom: Any
) -> None:
    """The reason for the guard: if this fails, torch has become safe, and the guard may go."""
    held = io.BytesIO()
    torch.save((boom,), held)
    data = changed(
        programs[True],
        lambda name, content: held.getvalue() if "sample_inputs" in name else content,
    )
    (tmp_path / "x.pt2").write_bytes(data)
    with pytest.raises(ModelError):
        load_classifier(str(tmp_path / "x.pt2"), "cpu", trusted=True)
    assert boom.marker.exists()


def test_an_old_form_needs_trust(programs: dict[bool, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("version", "8.0")
        archive.writestr("serialized_exported_program.json", json.dumps({}))
    with pytest.raises(DistrustedError, match="old or unknown form"):
        load_classifier(str(path), "cpu")


def test_damaged_files_are_told(programs: dict[bool, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.pt2"
    for content in (programs[True].read_bytes()[:3000], b"text\n" * 99):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"read as a program of torch\.export|cut short"):
            load_classifier(str(path), "cpu")


def test_several_inputs_are_refused(tmp_path: Path) -> None:
    class Two(nn.Module):
        def forward(self, one: Tensor, other: Tensor) -> Tensor:
            return one.mean((2, 3)) + other

    program = torch.export.export(Two(), (torch.randn(1, 3, 12, 20), torch.randn(1, 3)))
    torch.export.save(program, tmp_path / "two.pt2")
    with pytest.raises(ModelError, match="takes 2 inputs"):
        load_classifier(str(tmp_path / "two.pt2"), "cpu")


def test_half_precision_is_stated(tmp_path: Path, network: nn.Module) -> None:
    class Half(nn.Module):
        def forward(self, batch: Tensor) -> Tensor:
            return batch.float().mean((2, 3))

    program = torch.export.export(Half(), (torch.randn(1, 3, 12, 20).half(),))
    torch.export.save(program, tmp_path / "half.pt2")
    found = load_classifier(str(tmp_path / "half.pt2"), "cpu")
    assert found.settings["dtype"] == "float16"
    assert np.isfinite(found.probabilities(torch.zeros(2, 3, 12, 20)).numpy()).all()
