"""Images a second of every engine at several batch sizes, how far they differ, and how they start.

    python tests/benchmarks/engines.py [--device cpu|cuda] [--batches 1 4 8 16 64]
        [--images 64] [--rounds 7] [--starts 3]

EfficientNet-Lite0 at 224. Engines and batch sizes take turns in rounds; figures are medians over
rounds, ratios are over torch f32 at batch 8 in the same round. On the CPU torch f32, OpenVINO f32
and, where the processor has it, OpenVINO bf16 are measured; on a GPU torch in f32, bf16 and fp16.
A start is the time until OpenVINO could answer, in a process that has torch and the model already:
converted, and taken from a cache that lies in a temporary folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import measuring
from measuring import Subject, show

_REFERENCE = 8


def show_rates(engines: list[Subject], batches: list[int], images: int, rounds: int) -> None:
    """Print images a second of every engine at every batch size, and the ratio to torch at 8."""
    rates = measuring.rates(dict.fromkeys(engines, batches), images, rounds)
    reference = rates[engines[0].engine, _REFERENCE]
    for (name, size), measured in rates.items():
        show(
            "images a second",
            engine=name,
            batch=size,
            images_per_second=round(statistics.median(measured), 1),
            ratio=round(measuring.median_ratio(measured, reference), 3),
        )


def show_differences(engines: list[Subject]) -> None:
    """Print the largest difference of a probability to torch f32 on the sample photos."""
    import torch

    from fragscope_explainers.classifiers.openvino_engine import largest_difference
    from fragscope_resources.samples import SAMPLES

    first = engines[0].classifier
    inputs = [first.preprocessing.apply(measuring.photo(sample.name)) for sample in SAMPLES]
    batch = torch.stack([model_input.tensor(first.device) for model_input in inputs])
    expected = first.probabilities(batch)
    for subject in engines[1:]:
        found = subject.classifier.probabilities(batch)
        show(
            "largest difference of a probability to torch f32",
            engine=subject.engine,
            photos=[sample.name for sample in SAMPLES],
            difference=float(f"{largest_difference(found, expected):.2g}"),
            same_classes=bool((found.argmax(1) == expected.argmax(1)).all()),
        )


def seconds_to_start(folder: str) -> float:
    """Seconds until OpenVINO could answer, with a cache in this folder."""
    from fragscope_explainers import load_classifier
    from fragscope_explainers.classifiers.engine_cache import EngineCache
    from fragscope_explainers.classifiers.openvino_engine import openvino_engine

    classifier = load_classifier(device="cpu")
    cache = EngineCache(Path(folder))
    return measuring.seconds(lambda: openvino_engine(classifier, "f32", cache))


def show_starts(starts: int) -> None:
    """Print the seconds of first conversions and of starts from their caches."""
    first, later = [], []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as folder:
            first.append(measuring.alone(seconds_to_start, folder))
            later.append(measuring.alone(seconds_to_start, folder))
    show(
        "seconds until OpenVINO could answer",
        converted=round(statistics.median(first), 2),
        from_cache=round(statistics.median(later), 2),
        ratio=round(measuring.median_ratio(later, first), 3),
    )


def main() -> None:
    """Print rates, differences and starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 8, 16, 64])
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--starts", type=int, default=3)
    arguments = parser.parse_args()
    engines = measuring.engines(arguments.device)
    batches = sorted({_REFERENCE, *arguments.batches})
    show_rates(engines, batches, arguments.images, arguments.rounds)
    show_differences(engines)
    if arguments.device == "cpu" and arguments.starts:
        show_starts(arguments.starts)


if __name__ == "__main__":
    main()
