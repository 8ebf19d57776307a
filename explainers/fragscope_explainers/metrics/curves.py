"""Deletion and insertion curves: does the map point at what the model uses?

Pixels are taken in decreasing saliency. Deletion replaces them with the fill and watches the
target's probability fall (a low area is good); insertion starts from the fill and reveals them (a
high area is good). Both areas lie in [0, 1].

References
----------
Petsiuk et al., "RISE", BMVC 2018, section 4.1; step, blur and trapezoid as in its evaluation code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from ..batching import Batcher
from ..errors import ModelError
from ..translation import tr
from ..types import (
    Classifier,
    Curve,
    CurveKind,
    FillName,
    FloatArray,
    RankArray,
    Request,
    read_only,
)
from .pixel_order import DEFAULT_FILLS, curve_counts, curve_ends, pixel_ranks, pixels_ranked

FULL_STEPS = 224
COARSE_STEPS = 56


def curve(
    kind: CurveKind,
    classifier: Classifier,
    request: Request,
    saliency: FloatArray,
    steps: int = FULL_STEPS,
    fill: FillName | None = None,
) -> Iterator[Curve]:
    """Draw a deletion or insertion curve, one batch of points after another.

    Parameters
    ----------
    saliency : [h, w] on the model-input grid; greater is taken first.
    steps : points after the first; each takes ceil(h w / steps) pixels.
    fill : replaces deleted pixels, or is where insertion starts; by default "mean" for deletion
        and "blur" for insertion.

    Yields
    ------
    The curve so far; the last one is complete.

    Raises
    ------
    ParameterError
        The map is not on the input grid.
    ModelError
        The classifier answers with values that are not finite.
    """
    fill = fill or DEFAULT_FILLS[kind]
    ranks, tied = pixel_ranks(saliency, request)
    pixels = pixels_ranked(ranks)
    counts = curve_counts(pixels, steps)
    composer = _Composer(kind, classifier, request, fill, ranks, counts)
    batcher = Batcher.of(classifier, request)
    fractions = read_only(counts / pixels)
    scores = np.empty(len(counts), np.float32)
    for start, stop in batcher.ranges(len(counts)):

        def score(a: int, b: int, start: int = start) -> torch.Tensor:
            found = classifier.probabilities(composer(start + a, start + b))
            return found[:, request.target]

        scores[start:stop] = batcher.run(score, stop - start).cpu().numpy()
        _check_finite(scores[start:stop], kind)
        yield Curve(kind, fractions, read_only(scores[:stop]), fill, tied, ranks)


def _check_finite(scores: FloatArray, kind: CurveKind) -> None:
    if not np.isfinite(scores).all():
        raise ModelError(
            tr(
                "{kind}: the model returns NaN or infinity for inputs of which a part is replaced",
                kind=kind,
            )
        )


class _Composer:
    """Makes the inputs of points start .. stop of a curve."""

    def __init__(
        self,
        kind: CurveKind,
        classifier: Classifier,
        request: Request,
        fill: FillName,
        ranks: RankArray,
        counts: NDArray[np.int64],
    ) -> None:
        device = classifier.device
        ends = curve_ends(kind, request.input, fill)
        self._before, self._after = (torch.tensor(end, device=device) for end in ends)
        self._ranks = torch.tensor(ranks, device=device)
        self._counts = torch.from_numpy(counts).to(device)

    def __call__(self, start: int, stop: int) -> torch.Tensor:
        taken = self._ranks < self._counts[start:stop, None, None]
        return torch.where(taken[:, None], self._after, self._before)
