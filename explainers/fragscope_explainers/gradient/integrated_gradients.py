"""Integrated Gradients: the gradient along a straight path from the fill to the input.

    IG = (x - x') * integral_0^1 grad f_c(x' + a (x - x')) da

by Gauss-Legendre quadrature. The path points are visited so that any prefix spans the path; until
the last one, the snapshot divides by the weight of the points visited so far.

References
----------
Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, equation 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ..batching import Batcher
from ..explainer import Pace
from ..fills import fill_values
from ..parameters import parameter
from ..translation import tr
from ..types import Classifier, MapSnapshot, Request, Snapshot
from .attribution import GradientExplainer, channel_sum, logit_gradient


@dataclass(frozen=True)
class IntegratedGradients(GradientExplainer):
    """Signed; sums over all pixels to the change of the logit from the fill to the input."""

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated Gradients"
    summary: ClassVar[str] = tr("Gradients summed on the way from the fill to the picture; signed.")
    reference: ClassVar[str] = "Sundararajan et al., ICML 2017, arXiv 1703.01365"
    unit: ClassVar[str] = "logit"

    steps: int = parameter(
        50,
        tr("Steps"),
        tr("Points on the path at which to take the gradient."),
        minimum=2,
        maximum=5000,
    )

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        gradient = logit_gradient(self._logits(classifier), request.target)
        start = torch.tensor(fill_values(request.fill, request.input), device=classifier.device)
        change = request.input.tensor(classifier.device) - start
        points, weights = _quadrature(self.steps, classifier.device)
        batcher = Batcher.of(classifier, request, "backward")
        pace = Pace(request.refresh)
        total = torch.zeros_like(change)
        snapshot: Snapshot | None = None
        for first, stop in batcher.ranges(self.steps):

            def on_path(a: int, b: int, first: int = first) -> torch.Tensor:
                here = slice(first + a, first + b)
                found = gradient(start + points[here] * change)
                return found * weights[here]

            total += batcher.run(on_path, stop - first).sum(0)
            if pace.is_due(stop, self.steps):
                share = 1.0 if stop == self.steps else float(weights[:stop].sum())
                maps = {request.target: channel_sum(total * change / share)}
                snapshot = MapSnapshot(
                    done=stop,
                    total=self.steps,
                    forwards=stop,
                    backwards=stop,
                    maps=maps,
                    signs=True,
                )
            if snapshot is not None:
                yield snapshot


def _quadrature(steps: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Gauss-Legendre points and weights on [0, 1], shaped to multiply images, in visiting order."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    order = _spread_out(steps)

    def column(values: NDArray[np.float64]) -> torch.Tensor:
        tensor = torch.from_numpy(values[order].astype(np.float32))
        return tensor.to(device).view(-1, 1, 1, 1)

    return column((1 + points) / 2), column(weights / 2)


def _spread_out(steps: int) -> NDArray[np.intp]:
    """Order of 0 .. steps - 1 in which any prefix is spread evenly (golden-ratio sequence)."""
    golden = (np.sqrt(5) - 1) / 2
    ranks = np.argsort(np.arange(steps) * golden % 1.0)
    order = np.empty(steps, np.intp)
    order[ranks] = np.arange(steps)
    return order
