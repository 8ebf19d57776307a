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

    Borders around the picture keep their own values, so that nothing which drops or deletes pixels
    changes them.

    Parameters
    ----------
    name : "mean" is the mean colour, which normalising makes 0 (middle grey for a model that
        subtracts no mean); "black" is a black pixel; "blur" is the input under the Gaussian
        kernel that RISE's evaluation uses (11 x 11, sigma 5), the mean colour around it; an alpha
        channel is left as it is.

    Raises
    ------
    UnknownNameError
        There is no such fill.

    References
    ----------
    Petsiuk et al., "RISE", BMVC 2018, evaluation code.
    """
    shape = model_input.values.shape
    if name == "mean":
        filled = np.broadcast_to(model_input.grey[:, None, None], shape)
    elif name == "black":
        filled = np.broadcast_to(model_input.black[:, None, None], shape)
    elif name == "blur":
        filled = _blurred(model_input)
    else:
        raise UnknownNameError("fill", name, FILLS)
    return read_only(_with_borders(filled, model_input))


def _with_borders(filled: FloatArray, model_input: ModelInput) -> FloatArray:
    """Values [C, h, w] with the input's own ones on borders around the picture."""
    if not model_input.geometry.has_borders:
        return filled
    photo = (slice(None), *model_input.geometry.photo)
    found = model_input.values.copy()
    found[photo] = filled[photo]
    return found


def _blurred(model_input: ModelInput) -> FloatArray:
    grey = model_input.grey[:, None, None]
    centred = model_input.values - grey
    found = scipy.ndimage.convolve(centred, _blur_kernel()[None], mode="constant", cval=0.0) + grey
    colours = model_input.colours
    return np.concatenate([found[:colours], model_input.values[colours:]])


def _blur_kernel() -> FloatArray:
    impulse = np.zeros((_BLUR_SIZE, _BLUR_SIZE), dtype=np.float64)
    impulse[_BLUR_SIZE // 2, _BLUR_SIZE // 2] = 1.0
    kernel: FloatArray = scipy.ndimage.gaussian_filter(impulse, _BLUR_SIGMA).astype(np.float32)
    return kernel
