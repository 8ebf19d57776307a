"""Whether a window can be shown. No Qt."""

from __future__ import annotations

import os
import sys


def is_present() -> bool:
    """Whether there is a screen, or Qt was told to do without one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
