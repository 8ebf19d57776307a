"""RISE: Randomized Input Sampling for Explanation.

Masks are coarse Bernoulli(p) grids, upsampled bilinearly and shifted at random; the published map
is S = sum_i f(x m_i) m_i / (N p).

References
----------
Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC
2018, equations 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..designs import BitArray, RiseGrids
from ..estimators import ESTIMATORS, REGRESSIONS, EstimatorName
from ..parameters import parameter
from ..translation import tr
from ..types import Classifier, Request
from .block_maps import BlockMaps, BlockSnapshot
from .masking import AUTO, MaskExplainer, budget_parameter, masks_parameter, stable_parameter
from .pixel_maps import PixelMaps, PixelSnapshot

_PIECE = 64
GridDraw = tuple[BitArray, NDArray[np.int64]]


class RiseMasks:
    """Mask source and sums of a RISE run."""

    def __init__(self, classifier: Classifier, explainer: Rise, request: Request) -> None:
        size = classifier.input_size
        self._device = classifier.device
        self._grids = RiseGrids(size, explainer.cells, explainer.keep, request.seed)
        estimator = cast(EstimatorName, explainer.estimator)
        self._maps: PixelMaps | BlockMaps
        if estimator in REGRESSIONS:
            self._maps = BlockMaps(classifier, estimator, explainer.cells)
        else:
            self._maps = PixelMaps(classifier, request, estimator, explainer.keep)

    def draw(self, masks: int) -> GridDraw:
        return self._grids.draw(masks)

    def masks(self, draw: GridDraw, start: int, stop: int) -> Tensor:
        grids, shifts = draw
        return self._grids.masks(grids[start:stop], shifts[start:stop], self._device)

    def add(self, draw: GridDraw, scores: Tensor) -> None:
        for start in range(0, len(scores), _PIECE):  # sums in double precision take memory
            part = scores[start : start + _PIECE]
            self._maps.add(self.masks(draw, start, start + len(part)), part)

    def snapshot(self, done: int, total: int) -> PixelSnapshot | BlockSnapshot:
        return self._maps.snapshot(done, total)


@dataclass(frozen=True)
class Rise(MaskExplainer[GridDraw]):
    """RISE with its published masks; keeps maps of the target and the watched classes."""

    name: ClassVar[str] = "rise"
    label: ClassVar[str] = "RISE"
    summary: ClassVar[str] = tr("Soft random grids kept or dropped; mean probability while kept.")
    reference: ClassVar[str] = "Petsiuk et al., BMVC 2018, arXiv 1806.07421"

    masks: int = masks_parameter()
    budget: int = budget_parameter(4000)
    stable: float = stable_parameter()
    cells: int = parameter(
        7, tr("Grid cells"), tr("Cells a side of the random grid."), minimum=2, maximum=64
    )
    keep: float = parameter(
        0.5, tr("Keep probability"), tr("Chance that a cell stays."), minimum=0.01, maximum=0.99
    )
    estimator: str = parameter(
        "mean",
        tr("Estimator"),
        tr(
            "How scores become a map: the published mean, mean while kept, kept minus dropped, "
            "or a "
            "regression on blocks of the masks."
        ),
        choices=ESTIMATORS,
    )

    @property
    def _total(self) -> int:
        return self.masks or self.budget

    @property
    def _stop_at(self) -> float | None:
        return self.stable if self.masks == AUTO else None

    def _accumulator(self, classifier: Classifier, request: Request) -> RiseMasks:
        return RiseMasks(classifier, self, request)
