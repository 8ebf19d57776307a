"""The ways to cut pixels into fragments, each at any number of scales.

How near the number of fragments comes to the one asked for:

slic         about as many, as scikit-image's SLIC makes of it: usually within a fifth.
watershed    about as many: one basin a marker, and markers stand on a regular grid.
quickshift   exactly as many, cut from one tree of nearest denser pixels, but never fewer than the
             tree has roots (about 50 at 224 x 224) nor more than ties of a flat picture leave.
felzenszwalb the nearest number that a search over its scale meets: usually within a fifth, more
             where a picture merges by leaps. The search is bounded by `_MOST_CUTS`.

Every level's labels run from 0 to n - 1 without gaps. Of scales in rising order quickshift and
felzenszwalb never make a finer level with fewer fragments.

References
----------
Achanta et al., "SLIC Superpixels", TPAMI 2012. Neubert, Protzel, "Compact Watershed", ICPR 2014.
Vedaldi, Soatto, "Quick Shift and Kernel Methods for Mode Seeking", ECCV 2008. Felzenszwalb,
Huttenlocher, "Efficient Graph-Based Image Segmentation", IJCV 2004.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy  # parts of it and of skimage are loaded when first used: a window starts sooner
import skimage
from numpy.typing import NDArray

from .errors import ParameterError
from .images import UInt8Array
from .translation import tr

SEGMENTERS = ("slic", "felzenszwalb", "quickshift", "watershed")
DEFAULT_SEGMENTER = "slic"

Labels = NDArray[np.int32]
_skimage: Any = skimage  # only some of its functions have types

_MOST_CUTS = 10
"""Most segmentations that the search of felzenszwalb's scale tries for all levels together."""
_NEAR = math.log(1.15)
"""Difference of logarithms at which a number of fragments is near enough."""
_SCALE_RANGE = (math.log(0.5), math.log(5e4))
_LEAST_SHARE = 0.25
"""Smallest felzenszwalb fragment, in mean fragments of the finest level."""
_KERNEL = 5.0
"""Width of quickshift's kernel in pixels; links reach three times as far."""
_LONGEST = 224
"""Longest side on which quickshift works, as its time grows with the area of its kernel."""
_LEAST_BLUR = 0.5
"""Least width in pixels over which watershed takes a gradient."""
_GRADIENT_COMPACTNESS = 1e-4
"""Watershed's compactness for one of SLIC's: gradients are about that much smaller."""


def cut_levels(
    rgb: UInt8Array, scales: Sequence[int], segmenter: str, compactness: float, sigma: float
) -> list[Labels]:
    """Cut pixels into fragments at several scales.

    Parameters
    ----------
    rgb : uint8 [h, w, 3].
    scales : fragments asked for at each level, 2 or more.
    segmenter : one of `SEGMENTERS`.
    compactness : weight of nearness against likeness of colour; 10 is usual. Felzenszwalb's
        method has none.
    sigma : width of the Gaussian smoothing before, in pixels.

    Returns
    -------
    int32 [h, w] for each scale.

    Raises
    ------
    ParameterError
        A segmenter other than SLIC leaves a level in one piece.
    """
    if segmenter == "slic":
        return _each(scales, lambda scale: _slic(rgb, scale, compactness, sigma))
    if segmenter == "watershed":
        return _watershed(rgb, scales, compactness, sigma)
    searched = {"felzenszwalb": _felzenszwalb, "quickshift": _quickshift}[segmenter]
    levels = searched(rgb, scales, compactness, sigma)
    if min(int(level.max()) for level in levels) < 1:
        raise ParameterError(
            tr(
                "{segmenter} finds no two fragments in this picture; choose slic or watershed, "
                "which always cut",
                segmenter=segmenter,
            )
        )
    return levels


def _each(scales: Sequence[int], cut: Any) -> list[Labels]:
    with ThreadPoolExecutor() as threads:  # these leave the interpreter to others meanwhile
        return list(threads.map(cut, scales))


def _slic(rgb: UInt8Array, scale: int, compactness: float, sigma: float) -> Labels:
    return _contiguous(
        _skimage.segmentation.slic(
            rgb,
            n_segments=scale,
            compactness=compactness,
            sigma=sigma,
            start_label=0,
            channel_axis=-1,
        )
    )


def _watershed(
    rgb: UInt8Array, scales: Sequence[int], compactness: float, sigma: float
) -> list[Labels]:
    channels = np.moveaxis(_skimage.color.rgb2lab(rgb), -1, 0)
    width = max(sigma, _LEAST_BLUR)
    gradient = (
        np.max([scipy.ndimage.gaussian_gradient_magnitude(c, width) for c in channels], axis=0)
        / 100
    )
    most = gradient.size // 2
    weight = compactness * _GRADIENT_COMPACTNESS
    return _each(
        scales,
        lambda n: _contiguous(
            _skimage.segmentation.watershed(gradient, min(n, most), compactness=weight)
        ),
    )


def _quickshift(
    rgb: UInt8Array, scales: Sequence[int], compactness: float, sigma: float
) -> list[Labels]:
    """Cut the longest links of one tree, as many as fragments are asked for."""
    step = -(-max(rgb.shape[:2]) // _LONGEST)
    ratio = 10 / (10 + compactness)
    _, parents, lengths = _skimage.segmentation.quickshift(
        np.ascontiguousarray(rgb[::step, ::step]),
        ratio=ratio,
        kernel_size=_KERNEL,
        max_dist=math.inf,
        sigma=sigma,
        return_tree=True,
        rng=0,
    )
    falling = np.sort(lengths, axis=None)[::-1]
    height, width = rgb.shape[:2]
    cut = (_cut_tree(parents, lengths, falling, scale) for scale in scales)
    return [_contiguous(_enlarged(labels, step)[:height, :width]) for labels in cut]


def _cut_tree(
    parents: NDArray[Any], lengths: NDArray[Any], falling: NDArray[Any], scale: int
) -> NDArray[Any]:
    """The root of every pixel once links are cut from the longest on; equal ones go together."""
    longest = falling[min(scale, falling.size) - 1]
    fewer, more = lengths > longest, lengths >= longest
    cut = min(fewer, more, key=lambda links: abs(math.log(max(links.sum(), 0.5) / scale)))
    root = np.where(cut, np.arange(lengths.size).reshape(lengths.shape), parents).ravel()
    while (root != root[root]).any():
        root = root[root]
    return root.reshape(lengths.shape)


def _enlarged(labels: NDArray[Any], step: int) -> NDArray[Any]:
    return labels.repeat(step, axis=0).repeat(step, axis=1)


def _felzenszwalb(rgb: UInt8Array, scales: Sequence[int], _: float, sigma: float) -> list[Labels]:
    """Search the scale of every level; all levels choose from all cuts that were tried."""
    pixels = rgb.shape[0] * rgb.shape[1]
    least = max(1, round(_LEAST_SHARE * pixels / max(scales)))
    known: dict[float, Labels] = {}

    def count(position: float) -> int:
        if position not in known:
            cut = _skimage.segmentation.felzenszwalb(
                rgb, scale=math.exp(position), sigma=sigma, min_size=least
            )
            known[position] = _contiguous(cut)
        return int(known[position].max()) + 1

    for end in _SCALE_RANGE:
        count(end)
    for scale in scales:
        _search(count, known, scale, _MOST_CUTS - len(known))
    return [
        min(known.values(), key=lambda labels: _distance(int(labels.max()) + 1, scale))
        for scale in scales
    ]


def _search(count: Any, known: dict[float, Labels], scale: int, most: int) -> None:
    """Try scales between the two that enclose the number asked for, by regula falsi."""
    for _ in range(min(most, 4)):
        tried = sorted((position, count(position)) for position in known)
        if min(_distance(found, scale) for _, found in tried) < _NEAR:
            return
        finer = [entry for entry in tried if entry[1] > scale]
        coarser = [entry for entry in tried if entry[1] <= scale]
        if not finer or not coarser:
            return
        (low, many), (high, few) = max(finer), min(coarser)
        share = math.log(many / scale) / math.log(many / few)
        count(low + (high - low) * min(max(share, 0.15), 0.85))


def _distance(found: int, scale: int) -> float:
    return abs(math.log(found / scale))


def _contiguous(labels: NDArray[Any]) -> Labels:
    _, numbered = np.unique(labels, return_inverse=True)
    return numbered.reshape(labels.shape).astype(np.int32)
