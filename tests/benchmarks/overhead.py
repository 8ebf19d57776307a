"""Wall time of a whole run over that of as many bare forwards: drawing, masking and adding up.

python tests/benchmarks/overhead.py [--masks 800] [--repeats 3]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from fragscope_explainers import Request, final, load_classifier, methods, predict, read_image
from fragscope_explainers.allocator import keep_large_buffers
from fragscope_explainers.threads import wait_politely
from fragscope_resources.samples import sample


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a piece of work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the ratio for both mask methods; bare and masked runs alternate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=800)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    wait_politely()
    keep_large_buffers()
    model = load_classifier(device="cpu")
    model_input = model.preprocessing.apply(read_image(sample("coffee").path))
    request = Request(model_input, int(predict(model, model_input).argmax()))
    batch = model_input.tensor().repeat(model.batch_size, 1, 1, 1)

    def bare() -> None:
        for _ in range(-(-arguments.masks // model.batch_size)):
            model.probabilities(batch)

    bare()
    for name in ("mfpp", "rise"):
        explainer = methods.create(name, masks=arguments.masks)
        ratios, rates = [], []
        for _ in range(arguments.repeats):
            alone = seconds(bare)
            whole = seconds(lambda e=explainer: final(e.explain(model, request)))  # type: ignore[misc]
            ratios.append(whole / alone)
            rates.append(arguments.masks / whole)
        print(
            json.dumps(
                {
                    "figure": "overhead over bare forwards",
                    "method": name,
                    "masks": arguments.masks,
                    "ratio": round(statistics.median(ratios), 3),
                    "ratios": [round(ratio, 3) for ratio in ratios],
                    "masks_per_second": round(statistics.median(rates), 1),
                }
            )
        )


if __name__ == "__main__":
    main()
