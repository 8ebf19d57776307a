"""Saliency against torch's own gradient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.explainer import final
from fragscope_explainers.gradient.saliency import Saliency
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request


@pytest.mark.parametrize("target", range(4))
def test_equals_the_gradient_of_the_logit(
    target: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    leaf = wide_input.tensor()[None].requires_grad_()
    (gradient,) = torch.autograd.grad(tiny_cnn.logits(leaf)[0, target], leaf)
    found = final(Saliency().explain(tiny_cnn, Request(wide_input, target))).saliency(target)
    expected = gradient[0].abs().amax(0).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)


def test_is_the_weight_of_a_linear_model(
    patch_network: TorchClassifier, oblong_input: ModelInput
) -> None:
    found = final(Saliency().explain(patch_network, Request(oblong_input, 1))).saliency(1)
    weights = patch_network.module[1].weight[1].view(3, 24, 40).numpy()
    np.testing.assert_allclose(found, np.abs(weights).max(0), rtol=1e-6)


def test_maximum_lies_in_the_patch_on_the_photo(
    patch_network: TorchClassifier, oblong_input: ModelInput, maximum_is_in_patch: Callable
) -> None:
    found = final(Saliency().explain(patch_network, Request(oblong_input, 1))).saliency(1)
    assert maximum_is_in_patch(oblong_input.geometry, found)
    on_photo = oblong_input.geometry.map_to_image(found)
    assert np.isnan(on_photo[:5]).all()
    assert np.isnan(on_photo[:, 76:]).all()


def test_one_pass_each_way(tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    (only,) = Saliency().explain(tiny_cnn, Request(wide_input, 0))
    assert (only.forwards, only.backwards, only.is_signed) == (1, 1, False)
    assert only.standard_error(0) is None
    assert only.stability(0) is None
