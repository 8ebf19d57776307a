"""Inputs that are not square, and networks that read one patch of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.images import image_from_array
from fragscope_explainers.preprocessing import Geometry, ModelInput, Preprocessing
from fragscope_explainers.types import FloatArray

OBLONG_SIZE = (24, 40)
PATCH = (slice(8, 16), slice(22, 34))  # rows and columns of the input


@pytest.fixture(scope="session")
def oblong_preprocessing() -> Preprocessing:
    """Pictures become 24 x 40 inputs: the short side scaled to 30 pixels, then the centre cut."""
    half = (0.5, 0.5, 0.5)
    return Preprocessing(input_size=OBLONG_SIZE, mean=half, std=half, short_side=30)


@pytest.fixture(scope="session")
def oblong_input(oblong_preprocessing: Preprocessing) -> ModelInput:
    """Seeded noise on 54 x 80 pixels."""
    pixels = np.random.default_rng(5).integers(0, 256, (54, 80, 3), dtype=np.uint8)
    return oblong_preprocessing.apply(image_from_array(pixels, "noise"))


@pytest.fixture(scope="session")
def patch_network(oblong_preprocessing: Preprocessing) -> TorchClassifier:
    """One linear layer, two classes; class 1 reads only the patch, with seeded weights."""
    generator = torch.Generator().manual_seed(4)
    weights = torch.randn((2, 3, *OBLONG_SIZE), generator=generator)
    patch = torch.zeros(OBLONG_SIZE)
    patch[PATCH] = 1
    weights[1] *= patch
    linear = nn.Linear(weights[0].numel(), 2)
    linear.weight.data = weights.flatten(1)
    module = nn.Sequential(nn.Flatten(), linear)
    return TorchClassifier(module, ("all", "patch"), oblong_preprocessing, "patch")


@pytest.fixture
def maximum_is_in_patch() -> MaximumIsInPatch:
    return MaximumIsInPatch()


class MaximumIsInPatch:
    """Tells whether a map's maximum, carried to the 54 x 80 photo, lies in the patch."""

    def __call__(self, geometry: Geometry, saliency: FloatArray) -> bool:
        on_photo = geometry.map_to_image(saliency)
        row, column = np.unravel_index(np.nanargmax(on_photo), on_photo.shape)
        # 54 rows became 30 and 3 were cut off; 80 columns became 44 and 2 were cut off
        in_rows = 11 * 54 / 30 <= row + 0.5 < 19 * 54 / 30
        return bool(in_rows and 24 * 80 / 44 <= column + 0.5 < 36 * 80 / 44)
