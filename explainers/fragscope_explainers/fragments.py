"""The fragment pyramid: one picture cut into fragments at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.segmentation import slic

from .errors import ParameterError
from .images import UInt8Array
from .types import FloatArray

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
        found: FloatArray = gaussian_filter(flat, softness * _SOFTEST * side, mode="nearest")
        return found


def fragment_pyramid(
    rgb: UInt8Array,
    scales: Sequence[int] = DEFAULT_SCALES,
    compactness: float = 10.0,
    sigma: float = 1.0,
) -> Pyramid:
    """Cut the model's view of a picture into SLIC fragments at several scales.

    Parameters
    ----------
    rgb : uint8 [h, w, 3], the exact crop that the model sees, before mean and std.
    scales : fragments asked for at each level; SLIC returns about as many.
    compactness : weight of nearness against likeness of colour.
    sigma : width of the Gaussian smoothing before segmenting, in pixels.

    Raises
    ------
    ParameterError
        No scale is given, or one is below 2.

    References
    ----------
    Achanta et al., "SLIC Superpixels", TPAMI 2012; Yang et al., "MFPP", ICPR 2020, section 3.
    """
    if not scales or min(scales) < 2:
        raise ParameterError(f"every scale needs at least 2 fragments, got {tuple(scales)}")
    asked = tuple(int(scale) for scale in scales)
    return _cut(rgb.tobytes(), rgb.shape, asked, float(compactness), float(sigma))


@lru_cache(maxsize=8)
def _cut(
    rgb: bytes, shape: tuple[int, ...], scales: tuple[int, ...], compactness: float, sigma: float
) -> Pyramid:
    """The pyramid of some pixels; the newest ones are remembered, since methods share them."""
    pixels = np.frombuffer(rgb, np.uint8).reshape(shape)
    with ThreadPoolExecutor() as threads:  # SLIC leaves the interpreter to others meanwhile
        levels = list(
            threads.map(lambda scale: _segment(pixels, scale, compactness, sigma), scales)
        )
    labels = np.stack(levels)
    labels.flags.writeable = False
    return Pyramid(labels, tuple(int(level.max()) + 1 for level in levels), scales)


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


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Column, first row and end row [S, 3] of every unbroken run of True down the columns."""
    padded = np.pad(edges, ((1, 1), (0, 0))).astype(np.int8)
    change = np.diff(padded, axis=0).T  # by column, so that starts and ends pair up in order
    column, first = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return np.stack([column, first, end], axis=1)


def _segment(rgb: UInt8Array, scale: int, compactness: float, sigma: float) -> NDArray[np.int32]:
    segments = slic(
        rgb,
        n_segments=scale,
        compactness=compactness,
        sigma=sigma,
        start_label=0,
        channel_axis=-1,
    )
    _, contiguous = np.unique(segments, return_inverse=True)
    return contiguous.reshape(segments.shape).astype(np.int32)
