"""Peak memory of a run with many masks over that of a run with few; each in its own process.

python tests/benchmarks/memory.py [--many 4000] [--few 500]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

_RUN = """
import resource, sys
from fragscope_explainers import Request, final, load_classifier, methods, read_image
from fragscope_resources.samples import sample
model = load_classifier(device="cpu")
request = Request(model.preprocessing.apply(read_image(sample("coffee").path)), 967)
final(methods.create(sys.argv[1], masks=int(sys.argv[2])).explain(model, request))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kib(method: str, masks: int) -> int:
    """Peak resident memory of a process that makes one run."""
    command = [sys.executable, "-c", _RUN, method, str(masks)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the ratio for both mask methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=4000)
    parser.add_argument("--few", type=int, default=500)
    arguments = parser.parse_args()
    for method in ("mfpp", "rise"):
        few, many = peak_kib(method, arguments.few), peak_kib(method, arguments.many)
        print(
            json.dumps(
                {
                    "figure": "peak memory against masks",
                    "method": method,
                    "masks": [arguments.few, arguments.many],
                    "peak_mib": [few // 1024, many // 1024],
                    "ratio": round(many / few, 3),
                }
            )
        )


if __name__ == "__main__":
    main()
