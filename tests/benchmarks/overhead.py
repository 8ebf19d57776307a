"""Wall time of a whole run over that of as many bare forwards: drawing, masking and adding up.

    python tests/benchmarks/overhead.py [--masks 4000] [--repeats 3] [--engine openvino|torch]
        [--device cpu|cuda] [--batch N]

EfficientNet-Lite0 at 224. Bare and masked runs alternate, through the same classifier, on the same
engine and in batches of the same length: by default the one that the engine starts with.
"""

from __future__ import annotations

import argparse

import measuring


def main() -> None:
    """Print the ratio for both mask methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--engine", choices=measuring.ENGINES, default="openvino")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int)
    arguments = parser.parse_args()
    subject = measuring.subject(measuring.bundled(arguments.engine, arguments.device))
    subject = subject.with_batch_size(arguments.batch)
    for method in measuring.MASK_METHODS:
        found = measuring.against_bare(subject, method, arguments.masks, arguments.repeats)
        measuring.show("overhead over bare forwards", **found)


if __name__ == "__main__":
    main()
