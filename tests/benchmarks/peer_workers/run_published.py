"""The loops of the papers on torch: all masks are drawn first and kept in memory until the end.

`rise-loop` makes the masks of RISE and sends them in batches of 100. `mfpp-loop` follows the traits
of the MFPP notebook: fragments of the squashed picture at five scales, the last label dropped, each
keep pattern enlarged three times, 32 random crops of it as one batch, sigmoids of the logits. Both
answer for all classes with one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from job import FloatArray, classifier_and_input, measure, read_job
from PIL import Image as PillowImage
from skimage.segmentation import slic
from skimage.transform import resize

from fragscope_explainers import ModelInput, TorchClassifier

_CELLS, _KEEP, _RISE_BATCH = 7, 0.5, 100
_SCALES, _ENLARGEMENT, _CROPS = (50, 100, 200, 400, 800), 3, 32
Activation = Callable[[torch.Tensor], torch.Tensor]


def rise_masks(masks: int, size: tuple[int, int]) -> FloatArray:
    """Random grids, enlarged bilinearly and shifted, float32 [N, h, w]."""
    random = np.random.default_rng(0)
    cell = -(-np.array(size) // _CELLS)
    enlarged = (_CELLS + 1) * cell
    drawn = np.empty((masks, *size), np.float32)
    for index in range(masks):
        grid = (random.random((_CELLS, _CELLS)) < _KEEP).astype(np.float32)
        top, left = random.integers(0, cell)
        whole = resize(  # type: ignore[no-untyped-call]
            grid, enlarged, order=1, mode="reflect", anti_aliasing=False
        )
        drawn[index] = whole[top : top + size[0], left : left + size[1]]
    return drawn


def mfpp_masks(masks: int, model_input: ModelInput) -> FloatArray:
    """Crops of enlarged keep patterns, one level after another, float32 [N, h, w]."""
    random = np.random.default_rng(0)
    height, width = size = model_input.geometry.input_size
    squashed = np.asarray(PillowImage.fromarray(model_input.image.pixels).resize((width, height)))
    levels = [slic(squashed, n_segments=scale, compactness=10, sigma=1) for scale in _SCALES]
    drawn = np.empty((masks, *size), np.float32)
    for start in range(0, masks, _CROPS):
        labels = levels[start * len(levels) // masks]
        keep = random.random(len(np.unique(labels))) < _KEEP
        pattern = np.append(keep, False)[labels].astype(np.float32)
        enlarged = np.asarray(
            PillowImage.fromarray(pattern).resize(
                (_ENLARGEMENT * width, _ENLARGEMENT * height), PillowImage.Resampling.BILINEAR
            )
        )
        for index in range(start, min(start + _CROPS, masks)):
            top, left = random.integers(0, (_ENLARGEMENT - 1) * np.array(size) + 1)
            drawn[index] = enlarged[top : top + height, left : left + width]
    return drawn


def scored(
    classifier: TorchClassifier,
    values: torch.Tensor,
    masks: FloatArray,
    batch: int,
    activation: Activation,
) -> torch.Tensor:
    """Maps of all classes [C, h, w]: sum of score times mask over the number of masks."""
    stack = torch.from_numpy(masks)
    with torch.no_grad():
        scores = [
            activation(classifier.logits(values * stack[start : start + batch, None]))
            for start in range(0, len(stack), batch)
        ]
        maps = torch.cat(scores).T @ stack.reshape(len(stack), -1)
    return maps.reshape(-1, *stack.shape[1:]) / len(stack)


def main() -> None:
    """Explain one photo."""
    job = read_job()
    classifier, model_input = classifier_and_input(job)
    values = model_input.tensor()

    def explain(masks: int) -> tuple[FloatArray, int]:
        if job.method == "rise-loop":
            drawn = rise_masks(masks, classifier.input_size)
            maps = scored(classifier, values, drawn, _RISE_BATCH, lambda logits: logits.softmax(1))
        else:
            drawn = mfpp_masks(masks, model_input)
            maps = scored(classifier, values, drawn, _CROPS, torch.sigmoid)
        return maps[job.target].numpy(), len(drawn)

    measure(job, "torch", lambda: "torch f32", explain)


if __name__ == "__main__":
    main()
