"""What all mask methods share: the fill behind a mask, and the checks of the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.explainer import final
from fragscope_explainers.fills import fill_values
from fragscope_explainers.perturbation.masking import InputMasker
from fragscope_explainers.perturbation.rise import Rise
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import FillName, Request

FILLS = get_args(FillName)


@pytest.mark.parametrize("fill", FILLS)
def test_mask_of_one_keeps_and_of_zero_fills(
    fill: FillName, patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(input_size=(24, 40))
    masker = InputMasker(model, Request(bright_input, 0, fill=fill))
    masks = torch.stack([torch.ones(24, 40), torch.zeros(24, 40)])
    kept, dropped = masker(masks).numpy()
    np.testing.assert_allclose(kept, bright_input.values, atol=1e-6)
    np.testing.assert_array_equal(dropped, fill_values(fill, bright_input))


@given(st.integers(0, 2**32 - 1), st.sampled_from(FILLS))
def test_soft_mask_mixes_input_and_fill(
    linear_network: TorchClassifier, bright_input: ModelInput, seed: int, fill: FillName
) -> None:
    mask = np.random.default_rng(seed).random((1, 24, 40), dtype=np.float32)
    masker = InputMasker(linear_network, Request(bright_input, 0, fill=fill))
    masked = masker(torch.from_numpy(mask))
    expected = bright_input.values * mask + fill_values(fill, bright_input) * (1 - mask)
    np.testing.assert_allclose(masked.numpy()[0], expected, atol=1e-6)


def test_fill_reaches_the_model(patch_classifier: Callable, bright_input: ModelInput) -> None:
    maps = [
        final(
            Rise(masks=20).explain(
                patch_classifier(input_size=(24, 40)), Request(bright_input, 0, fill=fill)
            )
        ).saliency(0)
        for fill in FILLS
    ]
    assert not np.array_equal(maps[0], maps[1])
    assert not np.array_equal(maps[0], maps[2])


@pytest.mark.parametrize("answer", ["too few classes", "too few rows", "NaN", "infinity"])
def test_unusable_answers_name_the_method(
    answer: str,
    patch_classifier: Callable,
    bright_input: ModelInput,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed: dict[str, Callable[[Tensor], Tensor]] = {
        "too few classes": lambda scores: scores[:, :2],
        "too few rows": lambda scores: scores[1:],
        "NaN": lambda scores: scores * float("nan"),
        "infinity": lambda scores: scores / 0,
    }
    model = patch_classifier(input_size=(24, 40))
    answered = model.probabilities
    monkeypatch.setattr(model, "probabilities", lambda batch: changed[answer](answered(batch)))
    with pytest.raises(ModelError, match=r"^rise: the model (answered|returns)"):
        final(Rise(masks=20).explain(model, Request(bright_input, 0)))
