"""Keep large buffers in the process on Linux, where glibc gives them back after every batch.

A convolutional network on the CPU allocates and frees the same large activations for every batch.
glibc serves each from fresh pages of the kernel, and the page faults cost more than some layers.
Threads other than the main one get arenas of their own, which give memory back whatever the
settings say; the window's worker is such a thread, so all share one arena.
"""

from __future__ import annotations

import ctypes
import platform

_M_MMAP_MAX = -4
_M_TRIM_THRESHOLD = -1
_M_ARENA_MAX = -8
_NEVER = 2**31 - 1


def keep_large_buffers() -> bool:
    """Tell glibc to reuse large buffers; call once before the first batch.

    Returns
    -------
    Whether the setting was accepted: False where the C library is another one.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    wishes = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _NEVER), (_M_ARENA_MAX, 1))
    accepted = [libc.mallopt(option, value) == 1 for option, value in wishes]  # all are made
    return all(accepted)
