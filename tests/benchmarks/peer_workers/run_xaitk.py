"""xaitk-saliency: RISE with its defaults, around the torch model as a classifier of one class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from job import TORCH_BATCH, FloatArray, classifier_and_input, measure, read_job
from numpy.typing import NDArray
from smqtk_classifier.interfaces.classify_image import ClassifyImage
from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.rise import RISEStack

from fragscope_explainers import TorchClassifier

_CELLS, _KEEP = 7, 0.5


class OneClass(ClassifyImage):  # type: ignore[misc]
    """Answers with the probability of the target alone, because a map is made for every label."""

    def __init__(self, classifier: TorchClassifier, target: int) -> None:
        self._classifier, self._target = classifier, target
        self.forwards = 0

    def get_labels(self) -> Sequence[int]:
        return [self._target]

    def classify_images(self, img_iter: Iterable[NDArray[Any]]) -> Iterator[dict[int, float]]:
        images = iter(img_iter)
        while chunk := list(islice(images, TORCH_BATCH)):
            self.forwards += len(chunk)
            batch = torch.from_numpy(np.stack(chunk)).permute(0, 3, 1, 2)
            for probability in self._classifier.probabilities(batch)[:, self._target]:
                yield {self._target: float(probability)}

    def get_config(self) -> dict[str, Any]:
        return {}


def main() -> None:
    """Explain one photo. The image is given after mean and std, so that black is the mean."""
    job = read_job()
    classifier, _ = classifier_and_input(job)
    image = np.ascontiguousarray(job.input().transpose(1, 2, 0))

    def explain(masks: int) -> tuple[FloatArray, int]:
        wrapped = OneClass(classifier, job.target)
        found = RISEStack(masks, _CELLS, _KEEP, seed=0).generate(image, wrapped)
        return found[0], wrapped.forwards

    measure(job, "xaitk-saliency", lambda: "torch f32", explain)


if __name__ == "__main__":
    main()
