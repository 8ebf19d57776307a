"""Small classifiers and pictures for which closed forms are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import settings
from torch import Tensor, nn

from fragscope_explainers import load_classifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.images import Image, image_from_array
from fragscope_explainers.preprocessing import ModelInput, Preprocessing

settings.register_profile("suite", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("suite")

TINY_SIZE = (32, 32)


@dataclass
class PatchClassifier:
    """Black box of three classes; class 0 answers 0.5 + slope * mean(patch of the model input).

    The other classes share the rest as 2 : 1. `TINY_SIZE` pictures lie in [-1, 1], so a slope of
    up to 0.5 gives probabilities.

    Attributes
    ----------
    patch : (top, left, bottom, right) in input pixels.
    batches : length of every batch that was scored.
    """

    patch: tuple[int, int, int, int] = (8, 16, 20, 28)
    slope: float = 0.4
    input_size: tuple[int, int] = TINY_SIZE
    batch_size: int = 8
    labels: tuple[str, ...] = ("patch", "two thirds", "one third")
    name: str = "patch"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    batches: list[int] = field(default_factory=list)

    def probabilities(self, batch: Tensor) -> Tensor:
        self.batches.append(len(batch))
        top, left, bottom, right = self.patch
        first = 0.5 + self.slope * batch[:, :, top:bottom, left:right].mean((1, 2, 3))
        return torch.stack([first, (1 - first) * 2 / 3, (1 - first) / 3], dim=1)

    @property
    def inside(self) -> np.ndarray:
        """Whether an input pixel belongs to the patch, bool [h, w]."""
        top, left, bottom, right = self.patch
        mask = np.zeros(self.input_size, dtype=bool)
        mask[top:bottom, left:right] = True
        return mask


@pytest.fixture
def patch_classifier() -> Callable[..., PatchClassifier]:
    """Makes a `PatchClassifier`; arguments are its fields."""
    return PatchClassifier


@pytest.fixture(scope="session")
def classifier() -> TorchClassifier:
    """The bundled model on the CPU."""
    return load_classifier(device="cpu")


@pytest.fixture(scope="session")
def tiny_preprocessing() -> Preprocessing:
    """Pictures become 32 x 32 inputs with values in [-1, 1]."""
    half = (0.5, 0.5, 0.5)
    return Preprocessing(input_size=TINY_SIZE, mean=half, std=half, short_side=36)


@pytest.fixture(scope="session")
def wide_image() -> Image:
    """A picture of 54 x 80 pixels: shapes under seeded noise."""
    pixels = np.random.default_rng(7).integers(0, 60, (54, 80, 3), dtype=np.uint8)
    pixels[10:34, 30:52] += np.array([180, 30, 10], dtype=np.uint8)
    rows, columns = np.ogrid[:54, :80]
    pixels[(rows - 36) ** 2 + (columns - 56) ** 2 < 120] += np.array([0, 120, 180], np.uint8)
    return image_from_array(pixels, "wide")


@pytest.fixture(scope="session")
def wide_input(wide_image: Image, tiny_preprocessing: Preprocessing) -> ModelInput:
    """`wide_image` as the tiny models see it."""
    return tiny_preprocessing.apply(wide_image)


@pytest.fixture(scope="session")
def tiny_cnn(tiny_preprocessing: Preprocessing) -> TorchClassifier:
    """A seeded network with convolutions and ReLUs: 32 x 32 inputs, four classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(256, 4),
        )
    return TorchClassifier(module, ("ant", "bee", "cat", "dog"), tiny_preprocessing, "tiny")
