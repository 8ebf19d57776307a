"""Gradient methods on grey and transparent inputs, and on answers of every form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers.classifiers.outputs import Outputs
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.explainer import final
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.registry import methods
from fragscope_explainers.types import Request

SIZE = (24, 32)
SETTINGS: dict[str, dict[str, Any]] = {
    "saliency": {},
    "integrated-gradients": {"steps": 9},
    "smoothgrad": {"samples": 6},
    "grad-cam": {},
}
each_method = pytest.mark.parametrize("name", SETTINGS)


class Mapped(nn.Module):
    """Answers with a dictionary."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> dict[str, Any]:
        return {"loss": None, "logits": self.inner(x)}


def network(channels: int, outputs: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        return nn.Sequential(
            nn.Conv2d(channels, 6, 3, padding=1),
            nn.Softplus(),
            nn.AvgPool2d(4),
            nn.Flatten(),
            nn.Linear(6 * 6 * 8, outputs),
        )


def model(
    module: nn.Module, channels: int, classes: int, outputs: Outputs | None = None, **more: Any
) -> TorchClassifier:
    half = (0.5,) * channels
    settings = Preprocessing(SIZE, half, half, short_side=26, **more)
    names = tuple(f"class {index}" for index in range(classes))
    return TorchClassifier(module, names, settings, "form", outputs=outputs)


def explained(name: str, classifier: TorchClassifier, image: Image, target: int = 1) -> np.ndarray:
    explainer = methods.create(name, **SETTINGS[name])
    request = Request(classifier.preprocessing.apply(image), target)
    return final(explainer.explain(classifier, request)).saliency(target)


@each_method
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_any_number_of_channels(name: str, channels: int, wide_image: Image) -> None:
    classifier = model(network(channels, 3), channels, 3)
    maps = [explained(name, classifier, wide_image, target) for target in range(3)]
    assert {found.shape for found in maps} == {SIZE}
    assert any(found.any() for found in maps)


@each_method
def test_the_form_of_the_answer_does_not_matter(name: str, wide_image: Image) -> None:
    plain = explained(name, model(network(3, 3), 3, 3), wide_image)
    for outputs in (Outputs(), Outputs("sigmoid")):
        mapped = model(Mapped(network(3, 3)), 3, 3, outputs)
        np.testing.assert_allclose(explained(name, mapped, wide_image), plain, rtol=1e-5)


@each_method
def test_one_output_speaks_for_yes_and_against_no(name: str, wide_image: Image) -> None:
    """The logit of "no" is that of "yes" with the other sign; Grad-CAM shows one side of each."""
    binary = model(network(3, 1), 3, 2, Outputs("sigmoid"))
    no, yes = (explained(name, binary, wide_image, target) for target in (0, 1))
    if name == "integrated-gradients":
        np.testing.assert_allclose(no, -yes, rtol=1e-4, atol=1e-8)
    elif name == "grad-cam":
        assert not (np.minimum(no, yes) > 1e-6).all()
        assert no.any() or yes.any()
    else:
        np.testing.assert_allclose(no, yes, rtol=1e-4, atol=1e-8)


@each_method
def test_channels_last_change_nothing(name: str, wide_image: Image) -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x.permute(0, 3, 1, 2))

    first = explained(name, model(network(3, 3), 3, 3), wide_image)
    turned = explained(name, model(Turned(), 3, 3, layout="NHWC"), wide_image)
    np.testing.assert_allclose(turned, first, rtol=1e-4, atol=1e-8)
