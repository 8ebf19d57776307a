"""What replaces a pixel that a method drops or a curve deletes."""

from __future__ import annotations

from typing import get_args

import numpy as np
import scipy  # its parts are loaded when first used, so that a window starts sooner

from .errors import UnknownNameError
from .preprocessing import ModelInput
from .types import FillName, FloatArray, read_only

FILLS: tuple[FillName, ...] = get_args(FillName)
_BLUR_SIZE = 11
_BLUR_SIGMA = 5.0


def fill_values(name: FillName, model_input: ModelInput) -> FloatArray:
    """Replacement values [C, h, w] in model space.

    Parameters
    ----------
    name : "mean" is the mean colour, which normalising makes 0 (middle grey for a model that
        subtracts no mean); "black" is a black pixel; "blur" is the input under
        the Gaussian kernel that RISE's evaluation uses (11 x 11, sigma 5, zero padding).

    Raises
    ------
    UnknownNameError
        There is no such fill.

    References
    ----------
    Petsiuk et al., "RISE", BMVC 2018, evaluation code.
    """
    values = model_input.values
    if name == "mean":
        return read_only(np.broadcast_to(model_input.grey[:, None, None], values.shape))
    if name == "black":
        return read_only(np.broadcast_to(model_input.black[:, None, None], values.shape))
    if name == "blur":
        kernel = _blur_kernel()[None]
        return read_only(scipy.ndimage.convolve(values, kernel, mode="constant", cval=0.0))
    raise UnknownNameError("fill", name, FILLS)


def _blur_kernel() -> FloatArray:
    impulse = np.zeros((_BLUR_SIZE, _BLUR_SIZE), dtype=np.float64)
    impulse[_BLUR_SIZE // 2, _BLUR_SIZE // 2] = 1.0
    kernel: FloatArray = scipy.ndimage.gaussian_filter(impulse, _BLUR_SIGMA).astype(np.float32)
    return kernel
