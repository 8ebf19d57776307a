"""Weights of networks that were changed a little give the answers of the changed network."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.sources.found import Order
from fragscope_explainers.classifiers.sources.state_dicts import load_state
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError


def network(name: str = "resnet18", classes: int = 4) -> nn.Module:
    torchvision()
    from torchvision.models import get_model

    torch.manual_seed(0)
    return get_model(name, weights=None, num_classes=classes).eval()


def opened(net: nn.Module, path: Path, spec: str) -> TorchClassifier:
    torch.save(net.state_dict(), path)
    found = load_classifier(f"{spec}@{path}", "cpu")
    assert isinstance(found, TorchClassifier)
    return found


def agree(found: TorchClassifier, net: nn.Module, channels: int, side: int = 64) -> bool:
    batch = torch.rand(2, channels, side, side)
    with torch.inference_mode():
        return torch.allclose(found.logits(batch), net(batch), atol=1e-4)


def test_a_head_behind_dropout(tmp_path: Path) -> None:
    net = network()
    net.fc = nn.Sequential(nn.Dropout(0.5), nn.Linear(512, 4)).eval()
    found = opened(net, tmp_path / "w.pth", "torchvision:resnet18")
    assert len(found.labels) == 4
    assert agree(found, net, 3)


def test_a_head_of_two_layers_is_another_network(tmp_path: Path) -> None:
    net = network()
    net.fc = nn.Sequential(nn.Linear(512, 8), nn.ReLU(), nn.Linear(8, 4))
    with pytest.raises(ModelError, match=r"2 are missing .*4 are not expected"):
        opened(net, tmp_path / "w.pth", "torchvision:resnet18")


@pytest.mark.parametrize("channels", [1, 4])
def test_other_channels_are_read_from_the_weights(channels: int, tmp_path: Path) -> None:
    net = network()
    net.conv1 = nn.Conv2d(channels, 64, 7, 2, 3, bias=False)
    found = opened(net, tmp_path / "w.pth", "torchvision:resnet18")
    assert agree(found, net, channels)
    known = found.settings.known
    assert (known["channels"].value, known["channels"].guessed) == (channels, False)
    assert len(found.preprocessing.mean) == channels
    assert known["mean"].guessed


def test_other_channels_of_timm(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    net = timm.create_model("resnet18", num_classes=4, in_chans=1).eval()
    found = opened(net, tmp_path / "w.pth", "timm:resnet18")
    assert found.preprocessing.channels == 1
    assert agree(found, net, 1)


@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_heads_that_only_training_uses_are_left_out(tmp_path: Path) -> None:
    torchvision()
    from torchvision.models import googlenet

    net = googlenet(weights=None, num_classes=4, aux_logits=True, init_weights=False).eval()
    net.transform_input = True  # as torchvision's own weights have it
    found = opened(net, tmp_path / "w.pth", "torchvision:googlenet")
    assert agree(found, net, 3)


def test_more_channels_than_pictures_have_are_refused(tmp_path: Path, order: Order) -> None:
    path = tmp_path / "w.pth"
    torch.save(nn.Conv2d(6, 4, 3).state_dict(), path)
    with pytest.raises(ModelError, match=r"shape \(4, 6, 3, 3\) where \(4, 3, 3, 3\)"):
        load_state(lambda _: nn.Conv2d(3, 4, 3), path, order)


def test_what_weights_of_a_file_answer_is_a_guess(tmp_path: Path) -> None:
    found = opened(network(), tmp_path / "w.pth", "torchvision:resnet18")
    assert "activation" in found.settings.guessed
