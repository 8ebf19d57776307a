"""Seconds a mask and peak memory of an MFPP run as the model grows; each in its own process.

    python tests/benchmarks/model_growth.py [--masks 200] [--method mfpp] [--batch 8]
        [--models resnet18 resnet50 vit_b_16]

torchvision models with random weights, answered by torch on the CPU. Ratios are over the first
model; `over_bare` is the run's time over that of as many bare forwards in the same process.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import measuring


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run on one model took."""

    parameters: int
    seconds_a_mask: float
    over_bare: float
    peak_mib: float


def cost(model: str, method: str, masks: int, batch_size: int) -> Cost:
    """Run a method on a model, after a short one that pays for what happens once."""
    original = measuring.random_model(model)
    subject = measuring.subject(original).with_batch_size(batch_size)
    batch = subject.batch(batch_size)
    subject.run(method, 2 * batch_size)
    bare = measuring.seconds(lambda: subject.forwards(batch, masks))
    whole = measuring.seconds(lambda: subject.run(method, masks))
    parameters = sum(values.numel() for values in original.module.parameters())
    return Cost(parameters, whole / masks, whole / bare, measuring.peak_mib())


def main() -> None:
    """Print a line for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=200)
    parser.add_argument("--method", choices=measuring.MASK_METHODS, default="mfpp")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--models", nargs="+", default=["resnet18", "resnet50", "vit_b_16"])
    arguments = parser.parse_args()
    first: Cost | None = None
    for model in arguments.models:
        found = measuring.alone(cost, model, arguments.method, arguments.masks, arguments.batch)
        first = first or found
        measuring.show(
            "growth with the model",
            model=model,
            method=arguments.method,
            masks=arguments.masks,
            batch_size=arguments.batch,
            parameters_millions=round(found.parameters / 1e6, 1),
            seconds_per_mask=round(found.seconds_a_mask, 4),
            over_bare=round(found.over_bare, 3),
            peak_mib=round(found.peak_mib),
            parameters_ratio=round(found.parameters / first.parameters, 2),
            seconds_ratio=round(found.seconds_a_mask / first.seconds_a_mask, 2),
            peak_ratio=round(found.peak_mib / first.peak_mib, 2),
        )


if __name__ == "__main__":
    main()
