from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers.classifiers.catalog import load_classifier, with_settings
from fragscope_explainers.classifiers.sources.found import DistrustedError
from fragscope_explainers.classifiers.sources.torch_files import touches
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError

SETTINGS = {"size": "12x20", "resize": "squash"}


class Writer(nn.Module):
    """A network whose TorchScript writes a file; the file's name is a constant in it."""

    def __init__(self, marker: str) -> None:
        super().__init__()
        self.marker = marker

    def forward(self, batch: Tensor) -> Tensor:
        torch.save(batch, self.marker)
        return batch.mean((2, 3))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("way", ["script", "trace"])
def test_torchscript_answers_and_has_gradients_but_no_layers(
    way: str, network: nn.Module, batch: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "s.pt"
    made = torch.jit.script(network) if way == "script" else torch.jit.trace(network, batch)
    torch.jit.save(made, str(path))
    found = load_classifier(str(path), "cpu", SETTINGS)
    assert isinstance(found, TorchClassifier)
    assert not found.has_layers
    assert torch.allclose(found.probabilities(batch), network(batch).softmax(1), atol=1e-6)
    asked = batch.clone().requires_grad_()
    found.logits(asked)[:, 1].sum().backward()
    wanted = batch.clone().requires_grad_()
    network(wanted)[:, 1].sum().backward()
    assert asked.grad is not None
    assert wanted.grad is not None
    assert torch.allclose(asked.grad, wanted.grad, atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript_that_writes_files_needs_trust(tmp_path: Path) -> None:
    path, marker = tmp_path / "w.pt", tmp_path / "marker"
    torch.jit.save(torch.jit.script(Writer(str(marker))), str(path))
    with pytest.raises(DistrustedError, match=r"calls 'save', which may reach files.*--trust"):
        load_classifier(str(path), "cpu", SETTINGS)
    assert not marker.exists()
    load_classifier(str(path), "cpu", SETTINGS, trusted=True)
    assert marker.exists()


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ('_0 = (getattr(self.features, "0")).forward(x, )', ""),
        ('getattr(getattr(self, "a.b"), "0-1")', ""),
        ("__torch__.torchvision.ops.misc.Conv2dNormActivation", ""),
        ("torch.saved(x) + self.from_filed", ""),
        ("torch.save (x, name)", "save"),
        ("f = torch.save", "save"),
        ("ops.aten.from_file(name)", "from_file"),
        ("ops.mylib.run(x)", "ops.mylib"),
        ('getattr(torch, "\\x73ave")(x)', "getattr"),
        ('getattr(getattr(self, "a"), "\\x73ave")(x)', "getattr"),
    ],
)
def test_calls_that_reach_files_are_found(code: str, wanted: str) -> None:
    assert touches(code) == wanted


def test_a_whole_network_needs_trust(network: nn.Module, batch: Tensor, tmp_path: Path) -> None:
    path = tmp_path / "whole.pt"
    torch.save(network, path)
    with pytest.raises(DistrustedError, match=r"pickled Python program, which calls"):
        load_classifier(str(path), "cpu", SETTINGS)
    found = load_classifier(str(path), "cpu", SETTINGS, trusted=True)
    assert isinstance(found, TorchClassifier)
    assert found.has_layers
    assert torch.allclose(found.probabilities(batch), network(batch).softmax(1), atol=1e-6)


def test_a_trusted_program_that_ends_does_not_end_this_one(tmp_path: Path) -> None:
    class Exit:
        def __reduce__(self) -> tuple[Any, ...]:
            return (exit, (3,))

    torch.save(Exit(), tmp_path / "x.pt")
    with pytest.raises(ModelError, match="its Python program cannot be run here"):
        load_classifier(str(tmp_path / "x.pt"), "cpu", trusted=True)


def test_weights_without_an_architecture_name_the_likely_one(tmp_path: Path) -> None:
    torchvision()
    from torchvision.models import resnet18

    path = tmp_path / "cats.pth"
    torch.save(resnet18(num_classes=4).state_dict(), path)
    with pytest.raises(
        ModelError, match=r"no architecture.*as in torchvision:resnet18@.*cats\.pth$"
    ):
        load_classifier(str(path), "cpu")


def test_weights_of_an_unknown_architecture_show_the_form(
    network: nn.Module, tmp_path: Path
) -> None:
    torch.save(network.state_dict(), tmp_path / "own.pth")
    with pytest.raises(
        ModelError, match=r"holds 9 weights.*torchvision:resnet50@.*own\.pth or timm"
    ):
        load_classifier(str(tmp_path / "own.pth"), "cpu")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_truncated_torchscript_is_told(network: nn.Module, tmp_path: Path) -> None:
    path = tmp_path / "s.pt"
    torch.jit.save(torch.jit.script(network), str(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ModelError, match="is cut short; download"):
        load_classifier(str(path), "cpu")


def test_the_content_counts_not_the_suffix(
    network: nn.Module, batch: Tensor, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    save_file(network.state_dict(), tmp_path / "w.safetensors")
    shutil.copy(tmp_path / "w.safetensors", tmp_path / "w.pt")
    with pytest.raises(ModelError, match="holds 9 weights and no architecture"):
        load_classifier(str(tmp_path / "w.pt"), "cpu")


class ForOne(nn.Module):
    """A network that forgets the length of a batch when it is traced."""

    def __init__(self, flatten: tuple[int, ...]) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.flatten = flatten
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.head = nn.Linear(16, 5)

    def forward(self, batch: Tensor) -> Tensor:
        found: Tensor = self.head(self.body(batch).reshape(*self.flatten))
        return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript_traced_for_one_picture_is_asked_one_by_one(
    batch: Tensor, tmp_path: Path
) -> None:
    path, network = tmp_path / "one.pt", ForOne((1, 16)).eval()
    torch.jit.save(torch.jit.trace(network, batch[:1]), str(path))
    found = load_classifier(str(path), "cpu", SETTINGS)
    assert isinstance(found, TorchClassifier)
    wanted = torch.cat([network(picture[None]) for picture in batch])
    assert torch.allclose(found.logits(batch), wanted, atol=1e-6)
    asked = batch.clone().requires_grad_()
    found.logits(asked)[:, 1].sum().backward()
    assert asked.grad is not None
    assert asked.grad.abs().amax((1, 2, 3)).min() > 0
    assert [note for note in found.notes if "traced for one picture" in note]
    again = with_settings(found, SETTINGS | {"mean": "0.25"})
    assert again.notes == found.notes
    assert again.shares(found)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript_that_takes_no_such_pictures_is_told_as_before(
    network: nn.Module, batch: Tensor, tmp_path: Path
) -> None:
    path = tmp_path / "s.pt"
    torch.jit.save(torch.jit.script(network), str(path))
    with pytest.raises(ModelError, match=r"does not take inputs of the shape \(4, 1, 12, 20\)"):
        load_classifier(str(path), "cpu", SETTINGS | {"channels": "1"})


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/models/model.json", bytes(80 << 20))
    with pytest.raises(ModelError, match="80 MiB, more than 20 times its size"):
        load_classifier(str(path), "cpu")
