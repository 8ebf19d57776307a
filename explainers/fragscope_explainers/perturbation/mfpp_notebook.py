"""MFPP with the traits of the authors' notebook, for comparison with results made by it.

It differs from `mfpp` in what the notebook does beyond the paper: fragments are cut on the whole
picture squashed to the input size and their last label is always dropped; each keep pattern is
enlarged three times and 32 random crops of it serve as masks, so fragments do not line up with the
picture; levels run one after another; scores are sigmoids of the logits; the map is sum f m / N.

References
----------
Yang et al., "MFPP", ICPR 2020, and the notebook the authors published with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PillowImage
from skimage.segmentation import slic
from torch import Tensor

from ..designs import generator
from ..fragments import DEFAULT_SCALES
from ..parameters import parameter
from ..translation import tr
from ..types import Access, Classifier, DifferentiableClassifier, FloatArray, Request
from .masking import MaskExplainer
from .pixel_maps import PixelMaps, PixelSnapshot

CropDraw = list[FloatArray]
_CROPS_A_PATTERN = 32
_ENLARGEMENT = 3


class NotebookMasks:
    """Mask source and sums of a run; masks come strictly in order, one pattern for 32 crops."""

    def __init__(self, classifier: Classifier, explainer: MfppNotebook, request: Request) -> None:
        self._size, self._device = classifier.input_size, classifier.device
        self._explainer = explainer
        self._patterns, self._crops = generator(request.seed, 0), generator(request.seed, 1)
        squashed = PillowImage.fromarray(request.input.image.pixels).resize(self._size[::-1])
        self._segments = [
            slic(np.asarray(squashed), n_segments=scale, compactness=10, sigma=1)
            for scale in explainer.scales
        ]
        self._maps = PixelMaps(classifier, request, "mean", keep=1.0)
        self._drawn = 0
        self._enlarged: FloatArray = np.empty((0, 0), np.float32)

    def draw(self, masks: int) -> CropDraw:
        return [self._next_mask() for _ in range(masks)]

    def masks(self, draw: CropDraw, start: int, stop: int) -> Tensor:
        return torch.from_numpy(np.stack(draw[start:stop])).to(self._device)

    def add(self, draw: CropDraw, scores: Tensor) -> None:
        self._maps.add(self.masks(draw, 0, len(draw)), scores)

    def snapshot(self, done: int, total: int) -> PixelSnapshot:
        return self._maps.snapshot(done, total)

    def _next_mask(self) -> FloatArray:
        if self._drawn % _CROPS_A_PATTERN == 0:
            self._enlarged = self._enlarge(self._next_pattern())
        self._drawn += 1
        height, width = self._size
        most = (_ENLARGEMENT - 1) * np.array(self._size) + 1
        top, left = (self._crops.random(2) * most).astype(int)
        return self._enlarged[top : top + height, left : left + width]

    def _next_pattern(self) -> NDArray[np.bool_]:
        """Keep or drop labels 0 .. n - 1 although labels start at 1, as the notebook does."""
        chunks = -(-self._explainer.masks // _CROPS_A_PATTERN)
        levels = len(self._segments)
        level = self._drawn // _CROPS_A_PATTERN * levels // chunks
        segments = self._segments[level]
        keep = self._patterns.random(len(np.unique(segments))) < self._explainer.keep
        padded = np.append(keep, False)
        return cast(NDArray[np.bool_], padded[segments])

    def _enlarge(self, pattern: NDArray[np.bool_]) -> FloatArray:
        height, width = (side * _ENLARGEMENT for side in self._size)
        picture = PillowImage.fromarray(pattern.astype(np.float32))
        enlarged = picture.resize((width, height), PillowImage.Resampling.BILINEAR)
        return np.asarray(enlarged, dtype=np.float32)


@dataclass(frozen=True)
class MfppNotebook(MaskExplainer[CropDraw]):
    """MFPP as the authors' notebook computes it."""

    name: ClassVar[str] = "mfpp-notebook"
    label: ClassVar[str] = "MFPP (notebook)"
    summary: ClassVar[str] = tr("The authors' notebook: enlarged patterns, random crops, sigmoid.")
    reference: ClassVar[str] = "Yang et al., ICPR 2020, published notebook"
    access: ClassVar[Access] = "logits"

    masks: int = parameter(
        20_000, tr("Masks"), tr("Masked inputs to score."), minimum=1, maximum=10**6
    )
    keep: float = parameter(
        0.5, tr("Keep probability"), tr("Chance that a fragment stays."), minimum=0.01, maximum=0.99
    )
    scales: tuple[int, ...] = parameter(
        DEFAULT_SCALES,
        tr("Scales"),
        tr("Fragments to cut at each level."),
        minimum=2,
        maximum=20_000,
        unit="fragments",
    )

    @property
    def _total(self) -> int:
        return self.masks

    def _score(self, classifier: Classifier, batch: Tensor) -> Tensor:
        with torch.inference_mode():
            return cast(DifferentiableClassifier, classifier).logits(batch).sigmoid()

    def _accumulator(self, classifier: Classifier, request: Request) -> NotebookMasks:
        return NotebookMasks(classifier, self, request)
