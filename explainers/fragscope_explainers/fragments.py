"""The fragment pyramid: one picture cut into fragments at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import scipy  # its parts are loaded when first used, so that a window starts sooner
from numpy.typing import NDArray

from .errors import ParameterError, one_of
from .images import UInt8Array
from .label_files import read_labels
from .segmenters import DEFAULT_SEGMENTER, SEGMENTERS, cut_levels
from .translation import tr
from .types import FloatArray

if TYPE_CHECKING:
    from .preprocessing import ModelInput

_SOFTEST = 0.3125
"""Width of the softest edge, in sides of a fragment: 70 / sqrt(fragments) pixels of 224."""
DEFAULT_SCALES = (50, 100, 200, 400, 800)


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """Fragments of one model input at several levels, coarse to fine.

    Attributes
    ----------
    labels : int32 [L, h, w]; level l holds the labels 0 .. counts[l] - 1, each at least once.
    counts : number of fragments of each level.
    scales : number of fragments that each level was asked for.
    """

    labels: NDArray[np.int32]
    counts: tuple[int, ...]
    scales: tuple[int, ...]

    @property
    def levels(self) -> int:
        return len(self.counts)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where each level's fragments begin in a list of all fragments; one entry more."""
        return (0, *(int(end) for end in np.cumsum(self.counts)))

    def is_like(self, other: Pyramid) -> bool:
        """Whether another pyramid has the same fragments."""
        return self is other or np.array_equal(self.labels, other.labels)

    def paint(
        self, values: NDArray[np.floating], weights: Sequence[float], softness: float = 0.0
    ) -> FloatArray:
        """Paint the weighted sum over levels of a value for every fragment.

        Parameters
        ----------
        values : [sum(counts)], level after level.
        weights : one for each level.
        softness : 0 leaves the edges of fragments hard; at 1 a Gaussian as wide as about a third
            of a fragment runs over each level.

        Returns
        -------
        float32 [h, w].
        """
        painted = np.zeros(self.labels.shape[1:], dtype=np.float32)
        for level, weight in enumerate(weights):
            if weight == 0:  # 0 times an infinite value is not a number
                continue
            start, stop = self.offsets[level : level + 2]
            flat = (weight * values[start:stop]).astype(np.float32)[self.labels[level]]
            painted += self._softened(flat, level, softness) if softness > 0 else flat
        return painted

    def _softened(self, flat: FloatArray, level: int, softness: float) -> FloatArray:
        side = float(np.sqrt(flat.size / self.counts[level]))
        found: FloatArray = scipy.ndimage.gaussian_filter(
            flat, softness * _SOFTEST * side, mode="nearest"
        )
        return found


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a picture is cut into fragments.

    Attributes
    ----------
    segmenter, scales, compactness, sigma : as `fragment_pyramid` takes them.
    labels : file of a user's own fragments (`read_labels`) instead of these; empty for none.
    """

    segmenter: str = DEFAULT_SEGMENTER
    scales: tuple[int, ...] = DEFAULT_SCALES
    compactness: float = 10.0
    sigma: float = 1.0
    labels: str = ""

    def pyramid(self, model_input: ModelInput) -> Pyramid:
        """The fragments of a model's input.

        Raises
        ------
        ParameterError
            The segmenter finds nothing to cut, or the label file does not suit the picture.
        """
        if self.labels:
            return labelled_pyramid(read_labels(self.labels, model_input.geometry))
        return fragment_pyramid(
            model_input.rgb, self.scales, self.compactness, self.sigma, self.segmenter
        )


def fragment_pyramid(
    rgb: UInt8Array,
    scales: Sequence[int] = DEFAULT_SCALES,
    compactness: float = 10.0,
    sigma: float = 1.0,
    segmenter: str = DEFAULT_SEGMENTER,
) -> Pyramid:
    """Cut the model's view of a picture into fragments at several scales.

    Parameters
    ----------
    rgb : uint8 [h, w, 3], the exact crop that the model sees, before mean and std.
    scales : fragments asked for at each level; see `segmenters` for how near the number comes.
    compactness : weight of nearness against likeness of colour.
    sigma : width of the Gaussian smoothing before segmenting, in pixels.
    segmenter : one of `SEGMENTERS`.

    Raises
    ------
    ParameterError
        No scale is given, or one is below 2; or a segmenter other than SLIC leaves a level in one
        piece, as some do with a flat picture.
    UnknownNameError
        There is no such segmenter.

    References
    ----------
    Achanta et al., "SLIC Superpixels", TPAMI 2012; Yang et al., "MFPP", ICPR 2020, section 3.
    """
    if not scales or min(scales) < 2:
        raise ParameterError(
            tr("every scale needs at least 2 fragments, got {scales}", scales=tuple(scales))
        )
    asked = tuple(int(scale) for scale in scales)
    how = (one_of("segmenter", segmenter, SEGMENTERS), float(compactness), float(sigma))
    return _cut(rgb.tobytes(), rgb.shape, asked, *how)


def labelled_pyramid(labels: NDArray[np.int32]) -> Pyramid:
    """The pyramid of fragments that were cut elsewhere.

    Parameters
    ----------
    labels : int32 [L, h, w]; level l holds 0 .. n_l - 1, each at least once (`read_labels`).
    """
    frozen = np.array(labels, dtype=np.int32)
    frozen.flags.writeable = False
    counts = tuple(int(level.max()) + 1 for level in frozen)
    return Pyramid(frozen, counts, counts)


@lru_cache(maxsize=8)
def _cut(
    rgb: bytes,
    shape: tuple[int, ...],
    scales: tuple[int, ...],
    segmenter: str,
    compactness: float,
    sigma: float,
) -> Pyramid:
    """The pyramid of some pixels; the newest ones are remembered, since methods share them."""
    pixels = np.frombuffer(rgb, np.uint8).reshape(shape)
    labels = np.stack(cut_levels(pixels, scales, segmenter, compactness, sigma))
    labels.flags.writeable = False
    return Pyramid(labels, tuple(int(level.max()) + 1 for level in labels), scales)


def boundary_segments(labels: NDArray[np.int32]) -> tuple[FloatArray, FloatArray]:
    """Outline of all fragments of one level as straight segments.

    Parameters
    ----------
    labels : [h, w] of one level.

    Returns
    -------
    x, y : [2 S] each; consecutive pairs are the ends of one segment, in input pixels.
    """
    vertical = _runs(labels[:, 1:] != labels[:, :-1])
    horizontal = _runs((labels[1:] != labels[:-1]).T)
    x = np.concatenate([vertical[:, [0, 0]] + 1, horizontal[:, 1:]]).ravel()
    y = np.concatenate([vertical[:, 1:], horizontal[:, [0, 0]] + 1]).ravel()
    return x.astype(np.float32), y.astype(np.float32)


def fragment_outline(labels: NDArray[np.int32], fragment: int) -> tuple[FloatArray, FloatArray]:
    """Outline of one fragment, the border of the input included; see `boundary_segments`."""
    x, y = boundary_segments(np.pad((labels == fragment).astype(np.int32), 1))
    return x - 1, y - 1


def mean_colours(rgb: UInt8Array, labels: NDArray[np.int32]) -> UInt8Array:
    """The picture with each fragment in its mean colour.

    Parameters
    ----------
    rgb : uint8 [h, w, 3].
    labels : [h, w] of one level, 0 .. n - 1, each at least once.

    Returns
    -------
    uint8 [h, w, 3].
    """
    flat = labels.ravel()
    sizes = np.bincount(flat)
    sums = [np.bincount(flat, rgb[..., channel].ravel()) for channel in range(3)]
    means = np.rint(np.stack(sums, axis=1) / sizes[:, None]).astype(np.uint8)
    found: UInt8Array = means[labels]
    return found


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Column, first row and end row [S, 3] of every unbroken run of True down the columns."""
    padded = np.pad(edges, ((1, 1), (0, 0))).astype(np.int8)
    change = np.diff(padded, axis=0).T  # by column, so that starts and ends pair up in order
    column, first = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return np.stack([column, first, end], axis=1)
