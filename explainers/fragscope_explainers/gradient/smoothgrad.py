"""SmoothGrad: the gradient averaged over noisy copies of the input.

    S = | mean_i grad f_c(x + eps_i) |,   eps_i ~ N(0, (noise * (max x - min x))^2)

captum's NoiseTunnel draws from the global generator and shows nothing before its end, so the noise
is drawn here and only the gradient is captum's.

References
----------
Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017, arXiv 1706.03825, section 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from ..batching import Batcher
from ..designs import generator
from ..estimators import split_half
from ..explainer import Pace
from ..parameters import parameter
from ..translation import tr
from ..types import Classifier, MapSnapshot, Request, Snapshot
from .attribution import GradientExplainer, half_sums, logit_gradient, strongest_channel


@dataclass(frozen=True)
class SmoothGrad(GradientExplainer):
    """Magnitude of the mean gradient, the largest over channels; 0 or more."""

    name: ClassVar[str] = "smoothgrad"
    label: ClassVar[str] = "SmoothGrad"
    summary: ClassVar[str] = tr("Gradient averaged over noisy copies of the picture.")
    reference: ClassVar[str] = "Smilkov et al., 2017, arXiv 1706.03825"
    unit: ClassVar[str] = "logit / input unit"

    samples: int = parameter(
        50, tr("Samples"), tr("Noisy copies to average over."), minimum=1, maximum=100_000
    )
    noise: float = parameter(
        0.15,
        tr("Noise"),
        tr("Standard deviation of the noise, as a share of the input's range."),
        minimum=0,
        maximum=2,
    )

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        gradient = logit_gradient(self._logits(classifier), request.target)
        values = request.input.values
        scale = self.noise * float(values.max() - values.min())
        rng = generator(request.seed)
        batcher = Batcher.of(classifier, request, "backward")
        pace = Pace(request.refresh)
        sums = [torch.zeros(values.shape, device=classifier.device) for _ in range(2)]
        snapshot: Snapshot | None = None
        for first, stop in batcher.ranges(self.samples):
            noise = rng.standard_normal((stop - first, *values.shape), dtype=np.float32)
            noisy = torch.from_numpy(values + np.float32(scale) * noise).to(classifier.device)

            def at(a: int, b: int, noisy: torch.Tensor = noisy) -> torch.Tensor:
                return gradient(noisy[a:b])

            for kept, new in zip(
                sums, half_sums(batcher.run(at, stop - first), first), strict=True
            ):
                kept += new
            if pace.is_due(stop, self.samples):
                snapshot = self._snapshot(sums, stop, request.target)
            if snapshot is not None:
                yield snapshot

    def _snapshot(self, sums: list[torch.Tensor], done: int, target: int) -> MapSnapshot:
        reliability = None
        if done >= 4:
            halves = [strongest_channel(half) for half in sums]
            reliability = split_half(*halves)
        return MapSnapshot(
            done=done,
            total=self.samples,
            forwards=done,
            backwards=done,
            maps={target: strongest_channel((sums[0] + sums[1]) / done)},
            reliabilities={} if reliability is None else {target: reliability},
        )
