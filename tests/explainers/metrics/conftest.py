"""An input that is not square, and a classifier whose curves have a closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from fragscope_explainers.images import image_from_array
from fragscope_explainers.preprocessing import ModelInput, Preprocessing

OBLONG_SIZE = (24, 40)


@dataclass
class LinearClassifier:
    """Black box of two classes; class 0 answers sum(weights * first channel).

    Attributes
    ----------
    weights : [h, w], 0 or more, of sum 1; an input of ones has probability 1.
    batches : length of every batch that was scored.
    room : images that fit into memory at once.
    """

    weights: NDArray[np.float32]
    batch_size: int = 16
    room: int = 1000
    labels: tuple[str, ...] = ("read", "rest")
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    batches: list[int] = field(default_factory=list)

    @property
    def input_size(self) -> tuple[int, int]:
        return self.weights.shape

    def probabilities(self, batch: Tensor) -> Tensor:
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("a test has little memory")
        self.batches.append(len(batch))
        read = (batch[:, 0] * torch.from_numpy(self.weights)).sum((1, 2))
        return torch.stack([read, 1 - read], dim=1)


@pytest.fixture(scope="session")
def white_input() -> ModelInput:
    """A white picture of 54 x 80 pixels: 1 in every channel of the 24 x 40 input."""
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(input_size=OBLONG_SIZE, mean=half, std=half, short_side=30)
    return preprocessing.apply(image_from_array(np.full((54, 80, 3), 255, np.uint8), "white"))


@pytest.fixture
def linear_classifier() -> Callable[..., LinearClassifier]:
    """Makes a `LinearClassifier`, by default with seeded weights."""

    def make(weights: NDArray[np.floating] | None = None) -> LinearClassifier:
        if weights is None:
            weights = np.random.default_rng(11).random(OBLONG_SIZE)
        return LinearClassifier((weights / weights.sum()).astype(np.float32))

    return make
