"""Grad-CAM against captum and its formula, and the choice of the layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torch.nn import functional

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import UnknownNameError, UnsupportedError
from fragscope_explainers.explainer import final
from fragscope_explainers.gradient.grad_cam import GradCam
from fragscope_explainers.gradient.layers import layers, look
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.types import Request


class Window(nn.Module):
    """Keeps the patch of rows 8 to 16 and columns 22 to 34."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x[:, :, 8:16, 22:34], (22, 6, 8, 8))


def fine(coarse: Tensor) -> np.ndarray:
    """A layer's map [1, 1, h', w'] on the 32 x 32 input grid."""
    upsampled = functional.interpolate(coarse, (32, 32), mode="bilinear", align_corners=False)
    return upsampled[0, 0].detach().numpy()


@pytest.mark.parametrize("layer", ["0", "1", "3", "4", "5"])
def test_equals_captum_on_the_named_layer(
    layer: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    method = LayerGradCam(tiny_cnn.logits, tiny_cnn.module[int(layer)])
    leaf = wide_input.tensor()[None].requires_grad_()
    coarse = method.attribute(leaf, target=2, relu_attributions=True)
    found = final(GradCam(layer=layer).explain(tiny_cnn, Request(wide_input, 2)))
    np.testing.assert_allclose(found.saliency(2), fine(coarse), rtol=1e-5, atol=1e-8)
    assert found.forwards == 1


def test_equals_the_formula(tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    features, head = tiny_cnn.module[:6], tiny_cnn.module[6:]
    activation = features(wide_input.tensor()[None]).requires_grad_()
    (gradient,) = torch.autograd.grad(head(activation)[0, 2], activation)
    weights = gradient.mean((2, 3), keepdim=True)
    coarse = (weights * activation).sum(1, keepdim=True).relu()
    found = final(GradCam().explain(tiny_cnn, Request(wide_input, 2)))
    np.testing.assert_allclose(found.saliency(2), fine(coarse), rtol=1e-5, atol=1e-8)
    assert found.saliency(2).max() > 0


def test_auto_takes_the_last_layer_with_places(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    found = look(tiny_cnn, tiny_cnn.logits, wide_input.tensor()[None], 2)
    assert (found.choice.name, found.choice.grid) == ("5", (4, 4))
    assert found.activation.shape == found.gradient.shape == (1, 16, 4, 4)
    assert not any(module._forward_hooks for module in tiny_cnn.module.modules())


def test_unknown_layer_lists_those_worth_looking_at(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    listed = r"auto, 1 \(32 x 32\), 4 \(16 x 16\), 5 \(4 x 4\)"
    for name in ("8", ""):
        with pytest.raises(UnknownNameError, match=f"unknown layer '{name}'.*{listed}"):
            final(GradCam(layer=name).explain(tiny_cnn, Request(wide_input, 2)))


@pytest.mark.parametrize("layer", ["6", "7"])
def test_layer_without_places_is_refused(
    layer: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    with pytest.raises(
        UnsupportedError, match=f"rows and columns, and the layer '{layer}' has none"
    ):
        final(GradCam(layer=layer).explain(tiny_cnn, Request(wide_input, 2)))


def test_model_without_places_is_refused(
    patch_network: TorchClassifier, oblong_input: ModelInput
) -> None:
    with pytest.raises(UnsupportedError, match="this model has none; choose another method"):
        final(GradCam().explain(patch_network, Request(oblong_input, 1)))


def test_maximum_lies_in_the_patch_on_the_photo(
    oblong_preprocessing: Preprocessing, oblong_input: ModelInput, maximum_is_in_patch: Callable
) -> None:
    squared = nn.Conv2d(3, 2, 1)
    nn.init.constant_(squared.weight, 1.0)
    module = nn.Sequential(squared, nn.ReLU(), Window(), nn.Flatten(), nn.Linear(2 * 24 * 40, 2))
    nn.init.constant_(module[-1].weight, 0.01)
    model = TorchClassifier(module, ("a", "b"), oblong_preprocessing, "window")
    found = final(GradCam().explain(model, Request(oblong_input, 0))).saliency(0)
    assert maximum_is_in_patch(oblong_input.geometry, found)
    assert not found[:, :20].any()


def test_bundled_model_gives_seven_by_seven(classifier: TorchClassifier, wide_image: Image) -> None:
    model_input = classifier.preprocessing.apply(wide_image)
    seen = look(classifier, classifier.logits, model_input.tensor()[None], 0)
    assert seen.activation.shape == (1, 1280, 7, 7)
    found = final(GradCam().explain(classifier, Request(model_input, 0))).saliency(0)
    assert found.shape == (224, 224)
    assert found.max() > 0


def test_torchvision_network_works(wide_image: Image) -> None:
    torchvision()
    from torchvision.models import resnet18

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = resnet18(weights=None, num_classes=5)
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing((64, 96), half, half, short_side=70)
    model = TorchClassifier(module, tuple("abcde"), preprocessing, "resnet18")
    model_input = preprocessing.apply(wide_image)
    request = Request(model_input, 3)
    batch = model_input.tensor()[None]
    assert look(model, model.logits, batch, 3).choice.name == "layer4"
    assert {choice.grid for choice in layers(model, batch)} == {
        (32, 48),
        (16, 24),
        (8, 12),
        (4, 6),
        (2, 3),
    }
    auto, named = (
        final(GradCam(layer=layer).explain(model, request)) for layer in ("auto", "layer4")
    )
    np.testing.assert_allclose(auto.saliency(3), named.saliency(3), rtol=1e-5, atol=1e-7)
    assert auto.saliency(3).shape == (64, 96)


def test_an_empty_map_says_what_to_try(tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    head = nn.Linear(4, 2)
    nn.init.constant_(head.weight, -1.0)
    nn.init.zeros_(head.bias)
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Sigmoid(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head
    )
    model = TorchClassifier(module, ("a", "b"), tiny_cnn.preprocessing, "against")
    explainer = GradCam()
    snapshot = final(explainer.explain(model, Request(wide_input, 0)))
    assert not snapshot.saliency(0).any()
    assert explainer.note(snapshot, 0).startswith("no evidence for the class at this layer")
    other = final(explainer.explain(tiny_cnn, Request(wide_input, 2)))
    assert other.saliency(2).any()
    assert explainer.note(other, 2) == ""
