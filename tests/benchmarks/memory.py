"""Peak memory of a run against masks, size of the input and classes; each in its own process.

    python tests/benchmarks/memory.py [--quick] [--many 20000] [--few 500] [--engine openvino|torch]
        [--sizes 224 320 448] [--classes 10 1000 21841] [--masks 400]
        [--figures masks sizes classes]

All runs use batches of 8. Against masks, it is EfficientNet-Lite0 on the engine; `--quick` makes do
with 4,000 masks as many. The others use torch and a small fully convolutional network. Ratios are
over the first of each list; `run_mib` leaves out what the process had taken before the run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import measuring

if TYPE_CHECKING:
    from fragscope_explainers import TorchClassifier

_BATCH = 8
_QUICK = 4000
Peaks = tuple[float, float]
"""Most memory in MiB before a run, and at its end."""


def small_model(side: int, classes: int) -> TorchClassifier:
    """Three convolutions, a mean and a linear layer, for inputs of any size."""
    from torch import nn

    from fragscope_explainers import Preprocessing, TorchClassifier

    layers: list[nn.Module] = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, classes)]
    preprocessing = Preprocessing((side, side), (0.5,) * 3, (0.25,) * 3, short_side=side)
    labels = [str(number) for number in range(classes)]
    return TorchClassifier(nn.Sequential(*layers), labels, preprocessing, "small")


def peaks(subject: measuring.Subject, method: str, masks: int) -> Peaks:
    """Run a method in batches of a fixed length."""
    before = measuring.peak_mib()
    subject.with_batch_size(_BATCH).run(method, masks)
    return before, measuring.peak_mib()


def peaks_of_bundled(method: str, masks: int, engine: measuring.EngineName) -> Peaks:
    """Peaks of EfficientNet-Lite0."""
    return peaks(measuring.subject(measuring.bundled(engine)), method, masks)


def peaks_of_small(method: str, masks: int, side: int, classes: int) -> Peaks:
    """Peaks of the small network."""
    return peaks(measuring.subject(small_model(side, classes)), method, masks)


def warm_cache() -> None:
    """Convert the model once, so that no measured process has to."""
    measuring.bundled("openvino")


def show_peaks(method: str, what: str, values: Sequence[int], found: Sequence[Peaks]) -> None:
    """Print peaks and their ratios over the first of them."""
    ratios = [round(peak / found[0][1], 3) for _, peak in found]
    measuring.show(
        f"peak memory against {what}",
        method=method,
        **{what: list(values)},
        peak_mib=[round(peak) for _, peak in found],
        run_mib=[round(peak - before) for before, peak in found],
        ratio=ratios[-1],
        ratios=ratios,
    )


def main() -> None:
    """Print a line for each figure and mask method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--many", type=int, default=20_000)
    parser.add_argument("--few", type=int, default=500)
    parser.add_argument("--engine", choices=measuring.ENGINES, default="openvino")
    parser.add_argument("--sizes", type=int, nargs="+", default=[224, 320, 448])
    parser.add_argument("--classes", type=int, nargs="+", default=[10, 1000, 21_841])
    parser.add_argument("--masks", type=int, default=400)
    figures = ("masks", "sizes", "classes")
    parser.add_argument("--figures", nargs="+", choices=figures, default=figures)
    arguments = parser.parse_args()
    for figure in arguments.figures:
        for method in measuring.MASK_METHODS:
            _FIGURES[figure](method, arguments)


def against_masks(method: str, arguments: argparse.Namespace) -> None:
    """Few masks and many."""
    if arguments.engine == "openvino":
        measuring.alone(warm_cache)
    values = [arguments.few, _QUICK if arguments.quick else arguments.many]
    found = [measuring.alone(peaks_of_bundled, method, masks, arguments.engine) for masks in values]
    show_peaks(method, "masks", values, found)


def against_sizes(method: str, arguments: argparse.Namespace) -> None:
    """Inputs of several sizes with 1000 classes."""
    values, masks = arguments.sizes, arguments.masks
    found = [measuring.alone(peaks_of_small, method, masks, side, 1000) for side in values]
    show_peaks(method, "sizes", values, found)


def against_classes(method: str, arguments: argparse.Namespace) -> None:
    """Several numbers of classes with inputs of 224."""
    values, masks = arguments.classes, arguments.masks
    found = [measuring.alone(peaks_of_small, method, masks, 224, count) for count in values]
    show_peaks(method, "classes", values, found)


_FIGURES = {"masks": against_masks, "sizes": against_sizes, "classes": against_classes}


if __name__ == "__main__":
    main()
