"""Which pixels a curve takes, and the picture that is left: arrays only, so no model is needed.

The torch side of a curve and the window's scrubber both compose inputs from what is here, so that
a picture on the screen is the one that the model was asked about. Nothing here imports torch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..fills import fill_values
from ..images import UInt8Array
from ..preprocessing import ModelInput
from ..translation import tr
from ..types import CurveKind, FillName, FloatArray, RankArray, Request

DEFAULT_FILLS: dict[CurveKind, FillName] = {"deletion": "mean", "insertion": "blur"}
_TIE_STREAM = 7


def pixel_ranks(saliency: FloatArray, request: Request) -> tuple[RankArray, float]:
    """Place of every pixel in decreasing saliency, and the share of pixels that share a value.

    Ties, such as all pixels of a fragment, are ordered by a seeded draw. Borders around the picture
    take no part: nothing ever replaces them.

    Parameters
    ----------
    saliency : [h, w] on the model-input grid; greater comes first.

    Returns
    -------
    Ranks [h, w], read-only: each of 0 .. P - 1 once for the P pixels of the picture, and -1 on
    borders; and a share in [0, 1].

    Raises
    ------
    ParameterError
        The map is not on the input grid.
    """
    if saliency.shape != request.input.geometry.input_size:
        raise ParameterError(
            tr(
                "a map of shape {shape} is not on the input grid {input_size}",
                shape=saliency.shape,
                input_size=request.input.geometry.input_size,
            )
        )
    flat = saliency.ravel()
    jitter = np.random.default_rng([request.seed, _TIE_STREAM]).random(flat.size)
    taken = np.zeros(saliency.shape, np.bool_)
    taken[request.input.geometry.photo] = True
    places = np.flatnonzero(taken)
    order = np.lexsort((jitter[places], -flat[places]))
    ranks = np.full(flat.size, -1, np.int32)
    ranks[places[order]] = np.arange(places.size, dtype=np.int32)
    ranks.flags.writeable = False
    _, inverse, repeats = np.unique(flat[places], return_inverse=True, return_counts=True)
    tied = float((repeats[inverse] > 1).mean())
    return ranks.reshape(saliency.shape), tied


def pixels_ranked(ranks: RankArray) -> int:
    """How many pixels take part: all but borders."""
    return int(ranks.max()) + 1


def curve_counts(pixels: int, steps: int) -> NDArray[np.int64]:
    """Pixels taken at each point of a curve, from none to all.

    Parameters
    ----------
    pixels : how many the input has of the picture.
    steps : points after the first; each takes ceil(pixels / steps), so there may be fewer.
    """
    return np.unique(np.minimum(np.arange(steps + 1) * -(-pixels // steps), pixels))


def curve_ends(
    kind: CurveKind, model_input: ModelInput, fill: FillName
) -> tuple[FloatArray, FloatArray]:
    """Inputs [C, h, w] of a curve's first and last point; every pixel between is of one or other.

    Raises
    ------
    UnknownNameError
        There is no such fill.
    """
    filled = fill_values(fill, model_input)
    return (model_input.values, filled) if kind == "deletion" else (filled, model_input.values)


def end_pictures(
    kind: CurveKind, model_input: ModelInput, fill: FillName
) -> tuple[UInt8Array, UInt8Array]:
    """`curve_ends` as colours, uint8 [h, w, 3]."""
    before, after = curve_ends(kind, model_input, fill)
    return model_input.to_rgb(before), model_input.to_rgb(after)


def picture_at(
    ends: tuple[UInt8Array, UInt8Array], ranks: RankArray, fraction: float
) -> UInt8Array:
    """The picture that the model was asked about at a point of a curve.

    Parameters
    ----------
    ends : what `end_pictures` gives.
    ranks : [h, w], the order in which the curve takes pixels.
    fraction : share of the picture's pixels taken, in [0, 1].

    Returns
    -------
    uint8 [h, w, 3].
    """
    before, after = ends
    count = round(fraction * pixels_ranked(ranks))
    return np.where((ranks < count)[..., None], after, before)
