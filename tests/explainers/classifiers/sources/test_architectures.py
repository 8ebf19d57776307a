from __future__ import annotations

import pytest
import torch

from fragscope_explainers.classifiers.sources.architectures import likely
from fragscope_explainers.classifiers.torchvision_compat import torchvision


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
