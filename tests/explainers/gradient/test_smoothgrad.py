"""SmoothGrad: identities with Saliency, and its mean over recorded noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.explainer import final
from fragscope_explainers.gradient.saliency import Saliency
from fragscope_explainers.gradient.smoothgrad import SmoothGrad
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request


@pytest.mark.parametrize("samples", [1, 5])
def test_without_noise_it_is_saliency(
    samples: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 2)
    smooth = final(SmoothGrad(samples=samples, noise=0.0).explain(tiny_cnn, request))
    plain = final(Saliency().explain(tiny_cnn, request))
    np.testing.assert_allclose(smooth.saliency(2), plain.saliency(2), rtol=1e-5, atol=1e-8)


def test_noise_leaves_a_linear_model_alone(
    patch_network: TorchClassifier, oblong_input: ModelInput, maximum_is_in_patch: Callable
) -> None:
    request = Request(oblong_input, 1)
    smooth = final(SmoothGrad(samples=9, noise=0.5).explain(patch_network, request))
    plain = final(Saliency().explain(patch_network, request))
    np.testing.assert_allclose(smooth.saliency(1), plain.saliency(1), rtol=1e-5)
    assert maximum_is_in_patch(oblong_input.geometry, smooth.saliency(1))


def test_map_is_the_magnitude_of_the_mean_gradient(
    tiny_cnn: TorchClassifier, wide_input: ModelInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    logits = tiny_cnn.logits
    monkeypatch.setattr(
        tiny_cnn, "logits", lambda x: (seen.append(x.detach().clone()), logits(x))[1]
    )
    found = final(SmoothGrad(samples=11).explain(tiny_cnn, Request(wide_input, 2, batch_size=4)))
    noisy = torch.cat(seen).requires_grad_()
    (gradients,) = torch.autograd.grad(logits(noisy)[:, 2].sum(), noisy)
    expected = gradients.mean(0).abs().amax(0).numpy()
    np.testing.assert_allclose(found.saliency(2), expected, rtol=1e-4, atol=1e-7)


def test_noise_is_a_share_of_the_input_range(
    tiny_cnn: TorchClassifier, wide_input: ModelInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    logits = tiny_cnn.logits
    monkeypatch.setattr(
        tiny_cnn, "logits", lambda x: (seen.append(x.detach().clone()), logits(x))[1]
    )
    final(SmoothGrad(samples=40, noise=0.2).explain(tiny_cnn, Request(wide_input, 2)))
    noise = torch.cat(seen).numpy() - wide_input.values
    assert noise.std() == pytest.approx(0.2 * np.ptp(wide_input.values), rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.01)


def test_stability_rises(tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    few, some, many = (
        final(SmoothGrad(samples=n, noise=0.3).explain(tiny_cnn, Request(wide_input, 2)))
        for n in (3, 8, 200)
    )
    assert few.stability(2) is None
    assert 0 <= some.stability(2) < many.stability(2) < 1
