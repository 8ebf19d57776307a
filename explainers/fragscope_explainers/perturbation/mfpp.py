"""MFPP: Morphological Fragmental Perturbation Pyramid, aligned with the picture.

Each mask keeps or drops the fragments of one level at random. With z the keep bits of a level and
f the probability of a class, the effect of fragment k is, by the difference estimator,

    e_k = mean(f | z_k = 1) - mean(f | z_k = 0),

and the map is the weighted sum over levels of the effect of the fragment under each pixel. Levels
take turns, so any prefix of a run is balanced. All sums live in fragment space: every class comes
from one run, and memory does not grow with the number of masks.

References
----------
Yang, Zhu, Ahmed, Kaushik, "MFPP: Morphological Fragmental Perturbation Pyramid for Black-Box Model
Explanations", ICPR 2020, arXiv 2006.02659.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..designs import BitArray, IidBits, generator
from ..errors import ParameterError
from ..estimators import ESTIMATORS, EstimatorName, FragmentSums, split_half
from ..fragments import DEFAULT_SCALES, Pyramid, fragment_pyramid
from ..parameters import parameter
from ..types import Classifier, FloatArray, Request, Snapshot, read_only
from .masking import MaskExplainer

_MOST_WAITING = 128


@dataclass(frozen=True, eq=False, kw_only=True)
class PyramidSnapshot(Snapshot):
    """State of an MFPP run: the pyramid and the sums of every fragment and class."""

    pyramid: Pyramid
    sums: FragmentSums
    estimator: EstimatorName
    keep_probability: float

    @property
    def is_signed(self) -> bool:
        return self.estimator == "difference"

    @property
    def targets(self) -> Container[int]:
        return range(self.sums.classes)

    def saliency(self, target: int) -> FloatArray:
        return self.weighted_saliency(target, self._equal_weights)

    def weighted_saliency(self, target: int, weights: Sequence[float]) -> FloatArray:
        """Saliency map [h, w] with a weight of its own for every level; no model query.

        Raises
        ------
        ParameterError
            There is not one weight for each level.
        """
        if len(weights) != self.pyramid.levels:
            raise ParameterError(
                f"{self.pyramid.levels} levels need as many weights, got {len(weights)}"
            )
        return read_only(self.pyramid.paint(self.effects(target), weights))

    def standard_error(self, target: int) -> FloatArray | None:
        squared = self.effect_errors(target) ** 2
        weights = [weight**2 for weight in self._equal_weights]
        return read_only(np.sqrt(self.pyramid.paint(squared, weights)))

    def stability(self, target: int) -> float | None:
        if self.done < 4 * self.pyramid.levels:
            return None
        halves = [
            self.pyramid.paint(self._effects(target, [half]), self._equal_weights)
            for half in (0, 1)
        ]
        return split_half(*halves)

    def effects(self, target: int) -> NDArray[np.float64]:
        """Effect of every fragment on the probability, level after level, [sum(counts)]."""
        return self._effects(target, (0, 1))

    def effect_errors(self, target: int) -> NDArray[np.float64]:
        """Standard error of every effect, [sum(counts)]; infinite before it can be told."""
        return self.sums.moments(target).standard_error(self.estimator, self.keep_probability)

    def _effects(self, target: int, halves: Sequence[int]) -> NDArray[np.float64]:
        moments = self.sums.moments(target, halves)
        return moments.effect(self.estimator, self.keep_probability)

    @property
    def _equal_weights(self) -> tuple[float, ...]:
        """Levels count alike; those that no mask has reached yet do not count."""
        seen = self.sums.count.sum(0).cpu().numpy() > 0
        return tuple(float(flag) / max(int(seen.sum()), 1) for flag in seen)


@dataclass(frozen=True, slots=True, eq=False)
class FragmentDraw:
    """Masks of several levels in run order: level and keep bits of each."""

    levels: NDArray[np.int64]
    bits: list[BitArray]


class PyramidMasks:
    """Mask source and sums of an MFPP run."""

    def __init__(
        self, pyramid: Pyramid, classifier: Classifier, explainer: Mfpp, request: Request
    ) -> None:
        self._pyramid, self._explainer = pyramid, explainer
        self._drawn = 0
        self._waiting: list[tuple[FragmentDraw, Tensor]] = []
        self._added = [0] * pyramid.levels
        self._designs = [
            IidBits(count, explainer.keep, generator(request.seed, level))
            for level, count in enumerate(pyramid.counts)
        ]
        self._device = classifier.device
        self._labels = torch.from_numpy(pyramid.labels.astype(np.int64)).to(self._device)
        self._sums = FragmentSums.zeros(pyramid, len(classifier.labels), self._device)

    def draw(self, masks: int) -> FragmentDraw:
        levels = np.arange(self._drawn, self._drawn + masks) % self._pyramid.levels
        self._drawn += masks
        by_level = [iter(d.draw(int((levels == i).sum()))) for i, d in enumerate(self._designs)]
        return FragmentDraw(levels, [next(by_level[level]) for level in levels])

    def masks(self, draw: FragmentDraw, start: int, stop: int) -> Tensor:
        """Masks [stop - start, h, w]: the keep bit of the fragment under each pixel."""
        widest = max(self._pyramid.counts)
        bits = np.zeros((stop - start, widest), dtype=np.float32)
        for row, pattern in enumerate(draw.bits[start:stop]):
            bits[row, : len(pattern)] = pattern
        labels = self._labels[torch.from_numpy(draw.levels[start:stop])].flatten(1)
        kept = torch.from_numpy(bits).to(self._device).gather(1, labels)
        return kept.view(-1, *self._labels.shape[1:])

    def add(self, draw: FragmentDraw, scores: Tensor) -> None:
        """Keep masks and scores until there are enough: adding to all classes costs by the call."""
        self._waiting.append((draw, scores))
        if sum(len(levels.levels) for levels, _ in self._waiting) >= _MOST_WAITING:
            self._add_waiting(self._sums, self._added)
            self._waiting.clear()

    def _add_waiting(self, sums: FragmentSums, added: list[int]) -> None:
        """Add what waits to the sums, and to the number of masks of each level."""
        if not self._waiting:
            return
        levels = np.concatenate([draw.levels for draw, _ in self._waiting])
        patterns = [pattern for draw, _ in self._waiting for pattern in draw.bits]
        scores = torch.cat([part for _, part in self._waiting])
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            halves = (added[level] + np.arange(len(rows))) % 2
            added[level] += len(rows)
            for half in np.unique(halves):
                chosen = rows[halves == half]
                bits = np.stack([patterns[row] for row in chosen]).astype(np.float32)
                bits_here = torch.from_numpy(bits).to(self._device)
                index = torch.from_numpy(chosen).to(self._device)
                sums.add(int(level), int(half), bits_here, scores[index])

    def snapshot(self, done: int, total: int) -> PyramidSnapshot:
        sums = self._sums.copy()
        # Into the copy only: when a snapshot is taken must not change how the sums are rounded.
        self._add_waiting(sums, list(self._added))
        return PyramidSnapshot(
            done=done,
            total=total,
            forwards=done,
            pyramid=self._pyramid,
            sums=sums,
            estimator=self._explainer.estimator,  # type: ignore[arg-type]  # checked by its field
            keep_probability=self._explainer.keep,
        )


@dataclass(frozen=True)
class Mfpp(MaskExplainer[FragmentDraw]):
    """MFPP with fragments cut on the crop that the model sees."""

    name: ClassVar[str] = "mfpp"
    label: ClassVar[str] = "MFPP"
    summary: ClassVar[str] = "Fragments at five scales kept at random; signed effect of each."
    reference: ClassVar[str] = "Yang et al., ICPR 2020, arXiv 2006.02659"
    all_classes: ClassVar[bool] = True

    masks: int = parameter(1000, "Masks", "Masked inputs to score.", minimum=1, maximum=10**6)
    keep: float = parameter(
        0.5, "Keep probability", "Chance that a fragment stays.", minimum=0.01, maximum=0.99
    )
    scales: tuple[int, ...] = parameter(
        DEFAULT_SCALES,
        "Scales",
        "Fragments to cut at each level, coarse to fine.",
        minimum=2,
        maximum=20_000,
        unit="fragments",
    )
    compactness: float = parameter(
        10.0,
        "Compactness",
        "Weight of nearness against colour when cutting.",
        minimum=0.01,
        maximum=1000,
    )
    sigma: float = parameter(
        1.0, "Smoothing", "Blur before cutting.", minimum=0, maximum=20, unit="px"
    )
    estimator: str = parameter(
        "difference",
        "Estimator",
        "How scores become effects: kept minus dropped, mean while kept, or the published sum.",
        choices=ESTIMATORS,
    )

    @property
    def _total(self) -> int:
        return self.masks

    def pyramid(self, request: Request) -> Pyramid:
        """The fragments of a request; needs no model."""
        return fragment_pyramid(request.input.rgb, self.scales, self.compactness, self.sigma)

    def _accumulator(self, classifier: Classifier, request: Request) -> PyramidMasks:
        return PyramidMasks(self.pyramid(request), classifier, self, request)


@dataclass(frozen=True)
class MfppPaper(Mfpp):
    """MFPP as published: the plain mean estimator and 20,000 masks."""

    name: ClassVar[str] = "mfpp-paper"
    label: ClassVar[str] = "MFPP (paper)"
    summary: ClassVar[str] = "MFPP with the published mean estimator and 20,000 masks."

    masks: int = parameter(20_000, "Masks", "Masked inputs to score.", minimum=1, maximum=10**6)
    estimator: str = parameter(
        "mean", "Estimator", "How scores become effects.", choices=ESTIMATORS
    )
