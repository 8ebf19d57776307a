"""How much two saliency maps agree, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from ..errors import ParameterError
from ..preprocessing import Geometry
from ..translation import tr
from ..types import FloatArray, read_only

TOP_SHARE = 0.1
"""Share of the pixels, strongest first, whose overlap is told."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two maps; greater means more alike.

    Attributes
    ----------
    spearman : rank correlation in [-1, 1]; NaN where a map is constant.
    overlap : intersection over union of the strongest TOP_SHARE of the pixels, in [0, 1].
    """

    spearman: float
    overlap: float


def agreement(first: FloatArray, second: FloatArray) -> Agreement:
    """Compare two maps [h, w] of one input, whatever their units; NaN is left out.

    Raises
    ------
    ParameterError
        The maps are not of one size, or have no place in common.
    """
    _check(first, second)
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        raise ParameterError(tr("the two models see no common part of the picture"))
    first, second = first[known], second[known]
    constant = min(np.ptp(first), np.ptp(second)) == 0
    rank = (
        np.nan
        if constant
        else float(scipy.stats.spearmanr(first.ravel(), second.ravel()).statistic)
    )
    both, either = _strongest(first) & _strongest(second), _strongest(first) | _strongest(second)
    return Agreement(rank, float(both.sum() / either.sum()))


def difference(
    first: FloatArray, second: FloatArray, signed: tuple[bool, bool], *, scaled: bool
) -> FloatArray:
    """The first map less the second, [h, w]; positive where the first says more.

    Parameters
    ----------
    signed : whether negative values of each mean evidence against the class.
    scaled : whether to bring both to their own range first, as maps of different units need: a
        signed map to [-1, 1], another to [0, 1].

    Raises
    ------
    ParameterError
        The maps are not of one size.
    """
    _check(first, second)
    if scaled:
        first, second = _scaled(first, signed[0]), _scaled(second, signed[1])
    return read_only(first - second)


def carried(values: FloatArray, geometry: Geometry, onto: Geometry) -> FloatArray:
    """Carry a map [h, w] from one model's input grid to that of another on the same picture.

    Returns
    -------
    float32 on the other's grid; NaN where the map's own model does not see the picture.
    """
    if geometry == onto:
        return values
    left, top, right, bottom = geometry.box
    box = (*onto.to_input(left, top), *onto.to_input(right, bottom))
    return Geometry(onto.input_size, geometry.input_size, box).map_to_image(values)


def _check(first: FloatArray, second: FloatArray) -> None:
    if first.shape != second.shape:
        raise ParameterError(
            tr(
                "maps of {shape} and {second_shape} cannot be compared",
                shape=first.shape,
                second_shape=second.shape,
            )
        )


def _strongest(values: FloatArray) -> NDArray[np.bool_]:
    return values >= np.quantile(values, 1 - TOP_SHARE)


def _scaled(values: FloatArray, signed: bool) -> FloatArray:
    low = 0.0 if signed else float(np.nanmin(values))
    size = float(np.nanmax(np.abs(values - low)))
    return (values - low) / size if size > 0 else np.zeros_like(values)
