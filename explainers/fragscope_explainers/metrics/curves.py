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
from ..designs import generator
from ..errors import ModelError, ParameterError
from ..fills import fill_values
from ..types import Classifier, Curve, CurveKind, FillName, FloatArray, Request, read_only

FULL_STEPS = 224
COARSE_STEPS = 56
DEFAULT_FILLS: dict[CurveKind, FillName] = {"deletion": "mean", "insertion": "blur"}
_TIE_STREAM = 7


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
    ranks, tied = _ranks(saliency, request)
    counts = np.minimum(np.arange(steps + 1) * -(-ranks.size // steps), ranks.size)
    counts = np.unique(counts)
    composer = _Composer(kind, classifier, request, fill, ranks, counts)
    batcher = Batcher.of(classifier, request)
    fractions = read_only(counts / ranks.size)
    scores = np.empty(len(counts), np.float32)
    for start, stop in batcher.ranges(len(counts)):

        def score(a: int, b: int, start: int = start) -> torch.Tensor:
            found = classifier.probabilities(composer(start + a, start + b))
            return found[:, request.target]

        scores[start:stop] = batcher.run(score, stop - start).cpu().numpy()
        if not np.isfinite(scores[start:stop]).all():
            raise ModelError(
                f"{kind}: the model returns NaN or infinity for inputs of which a part is replaced"
            )
        yield Curve(kind, fractions, read_only(scores[:stop]), fill, tied)


class _Composer:
    """Makes the inputs of points start .. stop of a curve."""

    def __init__(
        self,
        kind: CurveKind,
        classifier: Classifier,
        request: Request,
        fill: FillName,
        ranks: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> None:
        device = classifier.device
        values = request.input.tensor(device)
        filled = torch.tensor(fill_values(fill, request.input), device=device)
        self._before, self._after = (values, filled) if kind == "deletion" else (filled, values)
        self._ranks = torch.from_numpy(ranks).to(device)
        self._counts = torch.from_numpy(counts).to(device)

    def __call__(self, start: int, stop: int) -> torch.Tensor:
        taken = self._ranks < self._counts[start:stop, None, None]
        return torch.where(taken[:, None], self._after, self._before)


def _ranks(saliency: FloatArray, request: Request) -> tuple[NDArray[np.int64], float]:
    """Place of every pixel in decreasing saliency, and the share of pixels that share a value.

    Ties, such as all pixels of a fragment, are ordered by a seeded draw.
    """
    if saliency.shape != request.input.geometry.input_size:
        raise ParameterError(
            f"a map of shape {saliency.shape} is not on the input grid "
            f"{request.input.geometry.input_size}"
        )
    flat = saliency.ravel()
    jitter = generator(request.seed, _TIE_STREAM).random(flat.size)
    order = np.lexsort((jitter, -flat))
    ranks = np.empty(flat.size, np.int64)
    ranks[order] = np.arange(flat.size)
    _, inverse, repeats = np.unique(flat, return_inverse=True, return_counts=True)
    tied = float((repeats[inverse] > 1).mean())
    return ranks.reshape(saliency.shape), tied
