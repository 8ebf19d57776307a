"""Wall time of a whole run over that of as many bare forwards, for models of two other families.

    python tests/benchmarks/forwards.py [--device cpu|cuda] [--masks 4000] [--repeats 3] [--batch N]
        [--models resnet50 vit_b_16] [--precisions f32 bf16 fp16]

ResNet-50 and ViT-B/16 with random weights, answered by torch. Bare and masked runs alternate in
batches of the same length: by default the one that the classifier starts with. The short formats
are there on a GPU only.
"""

from __future__ import annotations

import argparse

import measuring

from fragscope_explainers.types import PRECISIONS


def main() -> None:
    """Print the ratio for every model, precision and mask method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--masks", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--models", nargs="+", default=["resnet50", "vit_b_16"])
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS)
    arguments = parser.parse_args()
    offered = PRECISIONS if arguments.device.startswith("cuda") else ("f32",)
    for model in arguments.models:
        for precision in arguments.precisions or offered:
            original = measuring.random_model(model, arguments.device, precision)
            subject = measuring.subject(original).with_batch_size(arguments.batch)
            for method in measuring.MASK_METHODS:
                found = measuring.against_bare(subject, method, arguments.masks, arguments.repeats)
                measuring.show("overhead over bare forwards", model=model, **found)


if __name__ == "__main__":
    main()
