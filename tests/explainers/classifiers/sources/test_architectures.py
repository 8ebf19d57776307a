from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.sources.architectures import likely
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError


@pytest.mark.parametrize(
    ("name", "classes"), [("resnet18", 7), ("squeezenet1_1", 7), ("vgg11_bn", 1000)]
)
def test_names_and_shapes_tell_the_architecture(name: str, classes: int) -> None:
    torchvision()
    from torchvision.models import get_model

    with torch.device("meta"):
        state = get_model(name, weights=None, num_classes=classes).state_dict()
    assert likely(state) == (f"torchvision:{name}",)


def test_other_weights_tell_nothing() -> None:
    assert likely({"layer1.0.conv1.weight": torch.zeros(3)}) == ()
    assert likely({"weight": torch.zeros(3)}) == ()


def test_weights_in_their_wrapping_tell_the_architecture(tmp_path: Path) -> None:
    torchvision()
    from torchvision.models import get_model

    state = get_model("squeezenet1_1", weights=None, num_classes=3).state_dict()
    torch.save({"module." + name: value for name, value in state.items()}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match=r"torchvision:squeezenet1_1@.*w\.pth$"):
        load_classifier(str(tmp_path / "w.pth"))
