"""Speed of a run beside another busy process, for each way of waiting and of keeping memory.

    python tests/benchmarks/waiting.py [--masks 200]

Every variant runs in a process of its own, on a thread as the window's worker does, while a second
process keeps one core busy. The ratios are over the first variant, torch as it comes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

_BUSY = "while True: pass"
_RUN = """
import ctypes, sys, threading, time
wait, buffers, masks = sys.argv[1], sys.argv[2], int(sys.argv[3])
if buffers != "given back":
    libc = ctypes.CDLL(None)
    libc.mallopt(-4, 0), libc.mallopt(-1, 2**31 - 1)
    if buffers == "kept, one arena":
        libc.mallopt(-8, 1)
def work():
    from fragscope_explainers import Request, final, load_classifier, methods, read_image
    from fragscope_resources.samples import sample
    model = load_classifier(device="cpu")
    request = Request(model.preprocessing.apply(read_image(sample("coffee").path)), 967)
    run = lambda n: final(methods.create("mfpp", masks=n).explain(model, request))
    run(16)
    started = time.perf_counter()
    run(masks)
    print(masks / (time.perf_counter() - started))
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
_VARIANTS = (
    ("ACTIVE", "given back"),
    ("PASSIVE", "given back"),
    ("PASSIVE", "kept"),
    ("PASSIVE", "kept, one arena"),
)


def main() -> None:
    """Print masks a second for every variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=200)
    masks = parser.parse_args().masks
    busy = subprocess.Popen([sys.executable, "-c", _BUSY])
    first = 0.0
    try:
        for wait, buffers in _VARIANTS:
            command = [sys.executable, "-c", _RUN, wait, buffers, str(masks)]
            environment = os.environ | {"OMP_WAIT_POLICY": wait}
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            rate = float(done.stdout)
            first = first or rate
            print(
                json.dumps(
                    {
                        "figure": "MFPP on a thread beside a busy process",
                        "threads wait": wait.lower(),
                        "buffers": buffers,
                        "masks_per_second": round(rate, 1),
                        "ratio": round(rate / first, 2),
                    }
                )
            )
    finally:
        busy.kill()


if __name__ == "__main__":
    main()
