from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter
from torch.nn import functional

from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.fills import FILLS, fill_values
from fragscope_explainers.images import image_from_array
from fragscope_explainers.preprocessing import ModelInput, Preprocessing

TINTED = Preprocessing((24, 40), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), resize="squash")


def flat(colour: tuple[int, int, int]) -> ModelInput:
    pixels = np.full((30, 50, 3), colour, dtype=np.uint8)
    return TINTED.apply(image_from_array(pixels, "flat"))


def blur_kernel() -> torch.Tensor:
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    return torch.from_numpy(gaussian_filter(impulse, 5)).float()


@pytest.mark.parametrize("name", FILLS)
def test_fills_have_the_shape_of_the_input_and_cannot_be_written(
    name: str, wide_input: ModelInput
) -> None:
    values = fill_values(name, wide_input)  # type: ignore[arg-type]
    assert values.shape == wide_input.values.shape
    assert values.dtype == np.float32
    assert not values.flags.writeable


def test_mean_is_zero_in_model_space(wide_input: ModelInput) -> None:
    assert not fill_values("mean", wide_input).any()


def test_black_is_what_the_model_sees_of_a_black_picture() -> None:
    assert_allclose(fill_values("black", flat((9, 200, 30))), flat((0, 0, 0)).values)


def test_black_undoes_to_rgb_zero() -> None:
    values = fill_values("black", flat((9, 200, 30)))
    mean, std = (np.reshape(v, (3, 1, 1)) for v in (TINTED.mean, TINTED.std))
    assert_allclose(values * std + mean, 0, atol=1e-7)


def test_blur_is_a_zero_padded_convolution_of_each_channel(wide_input: ModelInput) -> None:
    values = torch.tensor(wide_input.values)[:, None]
    wanted = functional.conv2d(values, blur_kernel()[None, None], padding=5)[:, 0]
    assert_allclose(fill_values("blur", wide_input), wanted, atol=1e-6)


def test_blur_of_a_flat_picture_is_flat_inside_and_fades_at_the_border() -> None:
    model_input = flat((250, 240, 230))
    blurred = fill_values("blur", model_input)
    inside = blurred[:, 5:-5, 5:-5]
    kept = float(blur_kernel().sum())
    assert_allclose(inside, model_input.values[:, 5:-5, 5:-5] * kept, rtol=1e-5)
    assert (blurred[:, 0, 0] < 0.5 * inside[:, 0, 0]).all()


def test_unknown_fills_are_listed(wide_input: ModelInput) -> None:
    with pytest.raises(UnknownNameError, match=r"'blurr', did you mean 'blur'.*mean, black, blur"):
        fill_values("blurr", wide_input)  # type: ignore[arg-type]
