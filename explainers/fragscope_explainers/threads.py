"""Make torch's CPU threads wait without burning the processor.

By default OpenMP's threads spin while they wait for each other. On a machine that is busy with
anything else, such as drawing the window, spinning takes the processor from the very thread that
is waited for: a run can become several times slower.
"""

from __future__ import annotations

import os
import sys


def wait_politely() -> bool:
    """Let waiting threads sleep; has an effect only before torch is first imported.

    A choice that the user made in the environment is left alone.

    Returns
    -------
    Whether it came in time.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return "torch" not in sys.modules
