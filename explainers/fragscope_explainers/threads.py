"""Make the CPU threads of torch and numpy wait without burning the processor.

By default OpenMP's and OpenBLAS's threads spin while they wait for work. On a machine that is busy
with anything else, such as drawing the window or another engine's threads, spinning takes the
processor from the very thread that is waited for: a run can become several times slower.
"""

from __future__ import annotations

import os
import sys

_WISHES = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "OPENBLAS_THREAD_TIMEOUT": "4",  # cycles to spin before sleeping, as a power of two
}


def wait_politely() -> bool:
    """Let waiting threads sleep; has an effect only before numpy and torch are first imported.

    A choice that the user made in the environment is left alone.

    Returns
    -------
    Whether it came in time.
    """
    for name, value in _WISHES.items():
        os.environ.setdefault(name, value)
    return not {"numpy", "torch"} & sys.modules.keys()
