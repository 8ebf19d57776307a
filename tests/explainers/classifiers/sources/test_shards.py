"""Weights in several files that an index lists."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fragscope_explainers.classifiers import settings_file
from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.sources.found import Order
from fragscope_explainers.classifiers.sources.model_files import sha256
from fragscope_explainers.classifiers.sources.shards import INDEX, WHOLE
from fragscope_explainers.classifiers.sources.state_dicts import load_state
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError

FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def small(classes: int | None = None) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4, classes or 5))


def divide(state: dict[str, Tensor], folder: Path) -> Path:
    """Write weights as Hugging Face divides them; gives the index."""
    half = len(state) // 2
    files = {FIRST: [*state][:half], SECOND: [*state][half:]}
    for name, weights in files.items():
        save_file({weight: state[weight] for weight in weights}, folder / name)
    places = {weight: name for name, weights in files.items() for weight in weights}
    index = folder / INDEX
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
    return index


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return divide(small().state_dict(), tmp_path)


def edit(index: Path, **places: str) -> None:
    found = json.loads(index.read_text())
    found["weight_map"] |= places
    index.write_text(json.dumps(found))


@pytest.mark.parametrize("by", ["index", "folder"])
def test_divided_weights_are_those_of_one_file(by: str, index: Path, order: Order) -> None:
    module, digest = load_state(small, index if by == "index" else index.parent, order)
    expected = small().state_dict()
    assert all(torch.equal(module.state_dict()[name], value) for name, value in expected.items())
    assert digest == sha256(index.with_name(FIRST), index.with_name(SECOND))


def test_a_folder_gives_its_whole_file_first(index: Path, order: Order) -> None:
    save_file(small().state_dict(), index.with_name(WHOLE))
    index.write_text("{")
    assert load_state(small, index.parent, order)[1] == sha256(index.with_name(WHOLE))


def test_a_network_of_torchvision_takes_index_and_folder(tmp_path: Path) -> None:
    torchvision()
    from torchvision.models import squeezenet1_1

    index = divide(squeezenet1_1(num_classes=7).state_dict(), tmp_path)
    (tmp_path / settings_file.NAME).write_text("[model]\nsize = 64\n")
    found = [load_classifier(f"torchvision:squeezenet1_1@{p}", "cpu") for p in (index, tmp_path)]
    for classifier in found:
        assert len(classifier.labels) == 7
        assert classifier.input_size == (64, 64)
    assert found[0].weights_hash == found[1].weights_hash
    with pytest.raises(
        ModelError, match=r"no architecture.*torchvision:squeezenet1_1@.*model\.saf"
    ):
        load_classifier(str(index), "cpu")


@pytest.mark.parametrize(
    "name",
    ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "a\\b", "C:b", "a\0b"],
)
def test_an_index_names_files_beside_it_only(name: str, index: Path, order: Order) -> None:
    edit(index, more=name)
    with pytest.raises(ModelError, match="does not lie beside it"):
        load_state(small, index, order)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "no table"),
        ("{}", "lists no weights"),
        ('{"weight_map": {}}', "lists no weights"),
        ('{"weight_map": ["a"]}', "lists no weights"),
    ],
)
def test_a_damaged_index_is_one_sentence(text: str, said: str, index: Path, order: Order) -> None:
    index.write_text(text)
    with pytest.raises(ModelError, match=said):
        load_state(small, index, order)


def test_a_file_that_is_missing_or_lacks_a_weight_is_named(index: Path, order: Order) -> None:
    edit(index, more=FIRST)
    with pytest.raises(ModelError, match=f"{FIRST}: lacks the weight more"):
        load_state(small, index, order)
    index.with_name(SECOND).unlink()
    with pytest.raises(ModelError, match=f"{SECOND}: no such model file"):
        load_state(small, index, order)


def test_a_folder_without_weights_is_told(tmp_path: Path, order: Order) -> None:
    with pytest.raises(ModelError, match="is a folder without"):
        load_state(small, tmp_path, order)


def test_a_link_reads_nothing_but_weights(index: Path, order: Order) -> None:
    """Hubs' caches are made of links, so they are followed; other files are refused unquoted."""
    stored, link = index.with_name("blob"), index.with_name(FIRST)
    link.rename(stored)
    link.symlink_to(stored)
    load_state(small, index, order)
    secret = index.with_name("secret.txt")
    secret.write_text("swordfish " * 9)
    link.unlink()
    link.symlink_to(secret)
    with pytest.raises(ModelError, match="cannot be read as safetensors") as caught:
        load_state(small, index, order)
    assert "swordfish" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_link_to_a_pipe_is_not_waited_for(index: Path, order: Order) -> None:
    pipe = index.with_name("pipe")
    os.mkfifo(pipe)
    index.with_name(FIRST).unlink()
    index.with_name(FIRST).symlink_to(pipe)
    with pytest.raises(ModelError, match="no ordinary file"):
        load_state(small, index, order)
