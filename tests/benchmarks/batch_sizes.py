"""Images a second at every power of two, and how near the batch size that a run finds comes to it.

    python tests/benchmarks/batch_sizes.py [--device cpu|cuda] [--masks 800] [--largest 128]
        [--images 128] [--rounds 5]

EfficientNet-Lite0 at 224 on every engine of the device. First an MFPP run of so many masks, during
which `BatchTuner` looks for the size; then bare forwards at every size, in rounds that all engines
and sizes share. The ratio is the throughput at the size found over the best of the table. On a GPU
the tuner climbs to 1024, for which it needs about 10,000 masks: these are the defaults there.
"""

from __future__ import annotations

import argparse
import statistics

import measuring
from measuring import Subject, show


def show_engine(subject: Subject, masks: int, table: dict[int, float]) -> None:
    """Print the table of one engine, and what its tuner found."""
    best = max(table, key=lambda size: table[size])
    show(
        "images a second by batch size",
        engine=subject.engine,
        images_per_second={size: round(rate, 1) for size, rate in table.items()},
        best=best,
    )
    tuner = subject.classifier.tuner("forward")
    show(
        "throughput at the batch size that a run finds over the best",
        engine=subject.engine,
        masks=masks,
        settled=tuner.is_settled,
        found=tuner.size,
        best=best,
        ratio=round(table[tuner.size] / table[best], 3),
    )


def main() -> None:
    """Print two lines an engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--masks", type=int)
    parser.add_argument("--largest", type=int)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    on_cpu = arguments.device == "cpu"
    masks = arguments.masks or (800 if on_cpu else 12_000)
    largest = arguments.largest or (128 if on_cpu else 1024)
    powers = [2**power for power in range(largest.bit_length())]
    subjects: dict[Subject, list[int]] = {}
    for subject in measuring.engines(arguments.device):
        subject.run("mfpp", masks)
        tuned = subject.classifier.tuner("forward").size
        subjects[subject] = sorted({tuned, *powers})
    rates = measuring.rates(subjects, arguments.images, arguments.rounds)
    for subject, sizes in subjects.items():
        table = {size: statistics.median(rates[subject.engine, size]) for size in sizes}
        show_engine(subject, masks, table)


if __name__ == "__main__":
    main()
