"""MFPP: Morphological Fragmental Perturbation Pyramid, aligned with the picture.

Each mask keeps or drops the fragments of one level at random. With z the keep bits of a level and
f the probability of a class, the effect of fragment k is, by the difference estimator,

    e_k = mean(f | z_k = 1) - mean(f | z_k = 0),

and the map is the weighted sum over levels of the effect of the fragment under each pixel. By
default masks keep three fragments in four, deal the dropped ones out evenly (`designs`), and a
small regression accounts for what a mask's other fragments do (`effects`): on outlined photos the
map of 600 such masks scores like that of 20,000 by the published design and mean. Levels take
turns, so any prefix of a run is balanced. All sums live in fragment space: every class comes from
one run, and memory does not grow with the number of masks.

References
----------
Yang, Zhu, Ahmed, Kaushik, "MFPP: Morphological Fragmental Perturbation Pyramid for Black-Box Model
Explanations", ICPR 2020, arXiv 2006.02659.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..designs import DESIGNS, AlternatingHalves, BitArray, check_design, kept_share
from ..effects import bases_for
from ..estimators import ESTIMATORS, EstimatorName
from ..fragments import DEFAULT_SCALES, Cutting, Pyramid
from ..parameters import parameter
from ..segmenters import DEFAULT_SEGMENTER, SEGMENTERS
from ..sums import FragmentSums
from ..translation import tr
from ..types import Classifier, Request
from .masking import AUTO, MaskExplainer, budget_parameter, masks_parameter, stable_parameter
from .pyramid_snapshot import PyramidSnapshot

_BLOCK = 128
"""Masks that are added to the sums at once: adding to all classes costs by the call."""


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
        self._estimator = cast(EstimatorName, explainer.estimator)  # checked by its field
        self._drawn, self._begun = 0, False
        self._waiting = _Waiting()
        self._added = [0] * pyramid.levels
        self._designs = [
            AlternatingHalves(explainer.design, count, explainer.keep, (request.seed, level))
            for level, count in enumerate(pyramid.counts)
        ]
        self._device = classifier.device
        labels = torch.from_numpy(pyramid.labels.reshape(pyramid.levels, -1).copy())
        self._labels = labels if self._device.type == "cpu" else labels.long().to(self._device)
        bases = bases_for(self._estimator, pyramid)
        classes = len(classifier.labels)
        self._sums = FragmentSums.zeros(pyramid, classes, self._device, bases)

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
        kept = self._paint(torch.from_numpy(bits).to(self._device), draw.levels[start:stop])
        return kept.view(-1, *self._pyramid.labels.shape[1:])

    def _paint(self, bits: Tensor, levels: NDArray[np.int64]) -> Tensor:
        """The bit of the fragment under each pixel, [B, pixels], of bits [B, widest level]."""
        if self._device.type != "cpu":
            return bits.gather(1, self._labels[torch.from_numpy(levels).to(self._device)])
        painted = torch.empty(len(bits), self._labels.shape[1])
        for row, level in enumerate(levels.tolist()):  # four times as fast as one gather
            torch.index_select(bits[row], 0, self._labels[level], out=painted[row])
        return painted

    def add(self, draw: FragmentDraw, scores: Tensor) -> None:
        """Keep masks and scores until there is a block of them."""
        if not self._begun:
            self._sums.start(scores[0])
            self._begun = True
        self._waiting.append(draw, scores)
        while len(self._waiting) >= _BLOCK:
            self._add(self._sums, self._added, *self._waiting.first(_BLOCK))
            self._waiting.drop(_BLOCK)

    def _add(
        self,
        sums: FragmentSums,
        added: list[int],
        levels: NDArray[np.int64],
        patterns: list[BitArray],
        scores: Tensor,
    ) -> None:
        """Add masks to the sums, and to the number of masks of each level."""
        device = sums.kept.device
        scores = scores.to(device)
        for level in np.unique(levels):
            rows = np.flatnonzero(levels == level)
            halves = (added[level] + np.arange(len(rows))) % 2
            added[level] += len(rows)
            for half in np.unique(halves):
                chosen = rows[halves == half]
                bits = np.stack([patterns[row] for row in chosen]).astype(np.float32)
                bits_here = torch.from_numpy(bits).to(device)
                index = torch.from_numpy(chosen).to(device)
                sums.add(int(level), int(half), bits_here, scores[index])

    def snapshot(self, done: int, total: int) -> PyramidSnapshot:
        sums = self._sums.copy()
        if len(self._waiting):
            # Into the copy only: when a snapshot is taken must not change how sums are rounded.
            self._add(sums, list(self._added), *self._waiting.first(len(self._waiting)))
        return PyramidSnapshot(
            done=done,
            total=total,
            forwards=done,
            pyramid=self._pyramid,
            sums=sums,
            estimator=self._estimator,
            keep_probability=kept_share(self._explainer.design, self._explainer.keep),
        )


class _Waiting:
    """Masks and scores that are still to be added, in run order.

    Scores are copied into one buffer. Kept as they come, they would settle in the memory that a
    batch has just left, the next batch would need new memory, and the process would grow.
    """

    def __init__(self) -> None:
        self._levels: list[int] = []
        self._patterns: list[BitArray] = []
        self._buffer = torch.empty(0, 0)

    def __len__(self) -> int:
        return len(self._levels)

    def append(self, draw: FragmentDraw, scores: Tensor) -> None:
        start, stop = len(self), len(self) + len(scores)
        if stop > len(self._buffer):
            grown = scores.new_empty(max(2 * _BLOCK, 2 * stop), scores.shape[1])
            if start:
                grown[:start] = self._buffer[:start]
            self._buffer = grown
        self._buffer[start:stop] = scores
        self._levels.extend(draw.levels.tolist())
        self._patterns.extend(draw.bits)

    def first(self, masks: int) -> tuple[NDArray[np.int64], list[BitArray], Tensor]:
        """Levels, keep bits and scores of the first ones; read them before anything is added."""
        return np.array(self._levels[:masks]), self._patterns[:masks], self._buffer[:masks]

    def drop(self, masks: int) -> None:
        """Let the first ones wait no longer."""
        left = len(self) - masks
        self._buffer[:left] = self._buffer[masks : masks + left].clone()
        self._levels, self._patterns = self._levels[masks:], self._patterns[masks:]


@dataclass(frozen=True)
class Mfpp(MaskExplainer[FragmentDraw]):
    """MFPP with fragments cut on the crop that the model sees."""

    name: ClassVar[str] = "mfpp"
    label: ClassVar[str] = "MFPP"
    summary: ClassVar[str] = tr(
        "Fragments at five scales dropped at random; signed effect of each."
    )
    reference: ClassVar[str] = "Yang et al., ICPR 2020, arXiv 2006.02659"
    all_classes: ClassVar[bool] = True

    masks: int = masks_parameter()
    budget: int = budget_parameter(1000)
    stable: float = stable_parameter()
    design: str = parameter(
        "balanced",
        tr("Design"),
        tr(
            "How masks are drawn: every fragment dropped equally often, Hadamard rows, or by "
            "chance."
        ),
        choices=DESIGNS,
    )
    keep: float = parameter(
        0.75,
        tr("Keep probability"),
        tr("Chance that a fragment stays."),
        minimum=0.01,
        maximum=0.99,
    )
    scales: tuple[int, ...] = parameter(
        DEFAULT_SCALES,
        tr("Scales"),
        tr("Fragments to cut at each level, coarse to fine."),
        minimum=2,
        maximum=20_000,
        unit="fragments",
    )
    segmenter: str = parameter(
        DEFAULT_SEGMENTER,
        tr("Segmenter"),
        tr("How the picture is cut into fragments."),
        choices=SEGMENTERS,
    )
    compactness: float = parameter(
        10.0,
        tr("Compactness"),
        tr("Weight of nearness against colour when cutting; felzenszwalb has none."),
        minimum=0.01,
        maximum=1000,
    )
    sigma: float = parameter(
        1.0, tr("Smoothing"), tr("Blur before cutting."), minimum=0, maximum=20, unit="px"
    )
    labels: str = parameter(
        "",
        tr("Own fragments"),
        tr("A label image (PNG) or array (.npy), cut by you, instead of segmenter and scales."),
    )
    estimator: str = parameter(
        "assisted",
        tr("Estimator"),
        tr(
            "How scores become effects: kept minus dropped with or without a model of the rest, "
            "the published mean, mean while kept, or a ridge regression."
        ),
        choices=ESTIMATORS,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_design(self.design, self.keep)

    @property
    def _total(self) -> int:
        return self.masks or self.budget

    @property
    def _stop_at(self) -> float | None:
        return self.stable if self.masks == AUTO else None

    def pyramid(self, request: Request) -> Pyramid:
        """The fragments of a request; needs no model."""
        return self.cutting.pyramid(request.input)

    @property
    def cutting(self) -> Cutting:
        """How the fragments are cut."""
        return Cutting(self.segmenter, self.scales, self.compactness, self.sigma, self.labels)

    def _accumulator(self, classifier: Classifier, request: Request) -> PyramidMasks:
        return PyramidMasks(self.pyramid(request), classifier, self, request)


@dataclass(frozen=True)
class MfppPaper(Mfpp):
    """MFPP as published: the plain mean estimator and 20,000 masks."""

    name: ClassVar[str] = "mfpp-paper"
    label: ClassVar[str] = "MFPP (paper)"
    summary: ClassVar[str] = tr("MFPP with the published mean estimator and 20,000 masks.")

    masks: int = masks_parameter(20_000)
    budget: int = budget_parameter(20_000)
    design: str = parameter("iid", tr("Design"), tr("How masks are drawn."), choices=DESIGNS)
    keep: float = parameter(
        0.5, tr("Keep probability"), tr("Chance that a fragment stays."), minimum=0.01, maximum=0.99
    )
    estimator: str = parameter(
        "mean", tr("Estimator"), tr("How scores become effects."), choices=ESTIMATORS
    )
