"""The notebook's traits, against a plain reconstruction of its masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image as PillowImage
from skimage.segmentation import slic
from torch.nn import functional

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.designs import generator
from fragscope_explainers.errors import UnsupportedError
from fragscope_explainers.explainer import final
from fragscope_explainers.perturbation.mfpp_notebook import MfppNotebook
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request, Snapshot

SCALES = (6, 24)


@pytest.fixture
def run(
    linear_network: TorchClassifier, bright_input: ModelInput
) -> Callable[[int], tuple[Snapshot, NDArray[np.float32]]]:
    """Runs some masks on an input without zeros; returns the result and the masks [N, h, w]."""

    def explain(masks: int) -> tuple[Snapshot, NDArray[np.float32]]:
        seen: list[torch.Tensor] = []
        hook = linear_network.module.register_forward_pre_hook(
            lambda _, inputs: seen.append(inputs[0][:, 0].clone())
        )
        explainer = MfppNotebook(masks=masks, scales=SCALES)
        snapshot = final(explainer.explain(linear_network, Request(bright_input, 1, watch=(2,))))
        hook.remove()
        return snapshot, torch.cat(seen).numpy() / bright_input.values[0]

    return explain


def enlarged_pattern(rgb: NDArray[np.uint8], scale: int, rng: np.random.Generator) -> NDArray:
    """Labels 1 .. n of the squashed picture kept or dropped, the last one dropped, times 3."""
    squashed = np.asarray(PillowImage.fromarray(rgb).resize((40, 24)))
    labels = slic(squashed, n_segments=scale, compactness=10, sigma=1)
    keep = np.append(rng.random(labels.max()) < 0.5, False)
    pattern = torch.from_numpy(keep[labels].astype(np.float32))[None, None]
    return functional.interpolate(pattern, size=(72, 120), mode="bilinear")[0, 0].numpy()


def is_crop(mask: NDArray, picture: NDArray) -> bool:
    """Whether a mask is some window of the picture."""
    windows = sliding_window_view(picture, mask.shape)
    corners = np.abs(windows[..., ::23, ::39] - mask[::23, ::39]).max((2, 3)) < 1e-4
    return any(np.allclose(window, mask, atol=1e-4) for window in windows[corners])


def test_thirty_two_crops_share_one_pattern_and_levels_follow_each_other(
    run: Callable, bright_input: ModelInput
) -> None:
    _, masks = run(70)
    rng = generator(0, 0)
    patterns = [enlarged_pattern(bright_input.image.pixels, s, rng) for s in (6, 6, 24)]
    for index, mask in enumerate(masks):
        assert is_crop(mask, patterns[index // 32])


def test_crops_differ_and_lie_in_range(run: Callable) -> None:
    _, masks = run(32)
    assert masks.min() >= 0
    assert masks.max() <= 1 + 1e-6
    assert len(np.unique(masks.reshape(32, -1).round(3), axis=0)) > 8


def test_map_is_the_sum_of_sigmoid_times_mask_over_n(
    run: Callable, linear_network: TorchClassifier, bright_input: ModelInput
) -> None:
    snapshot, masks = run(40)
    inputs = torch.from_numpy(masks)[:, None] * bright_input.tensor()
    scores = linear_network.logits(inputs).sigmoid().double().numpy()
    for target in (1, 2):
        expected = np.einsum("n,nhw->hw", scores[:, target], masks) / 40
        np.testing.assert_allclose(snapshot.saliency(target), expected, rtol=1e-4, atol=1e-6)


def test_default_budget_gives_every_level_the_same(linear_network: TorchClassifier) -> None:
    assert MfppNotebook().masks == 20_000
    assert 20_000 // 32 % len(MfppNotebook().scales) == 0


def test_black_box_is_told_what_is_missing(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    run = MfppNotebook().explain(patch_classifier(input_size=(24, 40)), Request(bright_input, 0))
    with pytest.raises(UnsupportedError) as caught:
        next(run)
    assert str(caught.value) == (
        "mfpp-notebook needs the model's logits, and this model only answers with probabilities; "
        "choose mfpp or rise"
    )
