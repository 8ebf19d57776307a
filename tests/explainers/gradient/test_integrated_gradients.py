"""Integrated Gradients against captum, completeness, and its path."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.explainer import final
from fragscope_explainers.fills import fill_values
from fragscope_explainers.gradient.integrated_gradients import IntegratedGradients, _spread_out
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import FillName, Request

FILLS = get_args(FillName)


@pytest.mark.parametrize("steps", [2, 17, 50])
def test_equals_captum(steps: int, tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    request = Request(wide_input, 1, batch_size=8)
    found = final(IntegratedGradients(steps=steps).explain(tiny_cnn, request))
    expected = CaptumIntegratedGradients(tiny_cnn.logits).attribute(
        wide_input.tensor()[None], target=1, n_steps=steps, method="gausslegendre"
    )
    expected = expected[0].sum(0).detach().numpy()
    np.testing.assert_allclose(found.saliency(1), expected, rtol=1e-3, atol=1e-6)
    assert found.is_signed


@pytest.mark.parametrize("fill", FILLS)
def test_sums_to_the_change_of_the_logit(
    fill: FillName, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, fill=fill)
    found = final(IntegratedGradients(steps=200).explain(tiny_cnn, request))
    start = torch.tensor(fill_values(fill, wide_input))
    before, after = tiny_cnn.logits(torch.stack([start, wide_input.tensor()]))[:, 1].tolist()
    assert found.saliency(1).sum() == pytest.approx(after - before, abs=1e-4)
    assert np.abs(found.saliency(1)).sum() > 0.01


def test_every_prefix_is_exact_for_a_linear_model(
    patch_network: TorchClassifier, oblong_input: ModelInput
) -> None:
    weights = patch_network.module[1].weight[1].view(3, 24, 40).numpy()
    expected = (weights * oblong_input.values).sum(0)
    request = Request(oblong_input, 1, batch_size=3, refresh=0)
    snapshots = list(IntegratedGradients(steps=10).explain(patch_network, request))
    assert [snapshot.done for snapshot in snapshots] == [3, 6, 9, 10]
    for snapshot in snapshots:
        np.testing.assert_allclose(snapshot.saliency(1), expected, rtol=1e-4, atol=1e-5)


def test_outside_the_patch_is_zero(
    patch_network: TorchClassifier, oblong_input: ModelInput
) -> None:
    found = final(IntegratedGradients(steps=4).explain(patch_network, Request(oblong_input, 1)))
    outside = found.saliency(1).copy()
    outside[8:16, 22:34] = 0
    assert not outside.any()
    assert found.saliency(1).any()


@given(st.integers(2, 300))
def test_path_points_are_each_visited_once_and_spread(steps: int) -> None:
    order = _spread_out(steps)
    assert sorted(order) == list(range(steps))
    for visited in (steps // 4, steps // 2):
        places = np.sort(np.concatenate([[-1], order[:visited], [steps]]))
        assert np.diff(places).max() <= 3 * steps / (visited + 1) + 1
