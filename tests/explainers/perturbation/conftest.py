"""Inputs that are not square, and classifiers that show which masks they were given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.images import image_from_array
from fragscope_explainers.preprocessing import ModelInput, Preprocessing

OBLONG_SIZE = (24, 40)


@dataclass
class LinearClassifier:
    """Black box of two classes; class 0 answers 0.5 + sum(weights * first channel).

    Of an input that is 1 everywhere, the masked inputs are the masks themselves.

    Attributes
    ----------
    weights : [h, w]; their magnitudes sum to 0.5 at most.
    inputs : first channel of every batch that was scored, [B, h, w] each.
    """

    weights: NDArray[np.float32]
    batch_size: int = 8
    labels: tuple[str, ...] = ("read", "rest")
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    inputs: list[Tensor] = field(default_factory=list)

    @property
    def input_size(self) -> tuple[int, int]:
        return self.weights.shape

    def probabilities(self, batch: Tensor) -> Tensor:
        self.inputs.append(batch[:, 0].clone())
        read = 0.5 + (batch[:, 0] * torch.from_numpy(self.weights)).sum((1, 2))
        return torch.stack([read, 1 - read], dim=1)

    @property
    def masks(self) -> NDArray[np.float64]:
        """Masks [N, h, w] of a run on a white input, in the order they were scored."""
        return torch.cat(self.inputs).numpy().astype(np.float64)

    def scores(self, target: int = 0) -> NDArray[np.float64]:
        """Probabilities [N] of the recorded masks, in double precision."""
        read = 0.5 + (self.masks * self.weights).sum((1, 2))
        return read if target == 0 else 1 - read


@pytest.fixture(scope="session")
def oblong_preprocessing() -> Preprocessing:
    """Pictures become 24 x 40 inputs: the short side scaled to 30 pixels, then the centre cut."""
    half = (0.5, 0.5, 0.5)
    return Preprocessing(input_size=OBLONG_SIZE, mean=half, std=half, short_side=30)


@pytest.fixture(scope="session")
def bright_input(oblong_preprocessing: Preprocessing) -> ModelInput:
    """Noise on 54 x 80 pixels that is above the fill everywhere."""
    pixels = np.random.default_rng(5).integers(150, 256, (54, 80, 3), dtype=np.uint8)
    return oblong_preprocessing.apply(image_from_array(pixels, "bright"))


@pytest.fixture(scope="session")
def white_input(oblong_preprocessing: Preprocessing) -> ModelInput:
    """A white picture of 54 x 80 pixels: 1 in every channel of the model's input."""
    pixels = np.full((54, 80, 3), 255, dtype=np.uint8)
    return oblong_preprocessing.apply(image_from_array(pixels, "white"))


@pytest.fixture
def linear_classifier() -> Callable[..., LinearClassifier]:
    """Makes a `LinearClassifier`, by default with seeded weights of both signs."""

    def make(weights: NDArray[np.floating] | None = None) -> LinearClassifier:
        if weights is None:
            weights = np.random.default_rng(11).standard_normal(OBLONG_SIZE)
        share = 0.5 * weights / np.abs(weights).sum()
        return LinearClassifier(share.astype(np.float32))

    return make


@pytest.fixture(scope="session")
def linear_network(oblong_preprocessing: Preprocessing) -> TorchClassifier:
    """One seeded linear layer over 24 x 40 inputs, three classes."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 24 * 40, 3))
    generator = torch.Generator().manual_seed(2)
    for parameter in module.parameters():
        parameter.data = 0.02 * torch.randn(parameter.shape, generator=generator)
    return TorchClassifier(module, ("x", "y", "z"), oblong_preprocessing, "linear")
