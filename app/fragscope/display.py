"""Whether a window can be shown. No Qt."""

from __future__ import annotations

import os
import sys


def is_visible() -> bool:
    """Whether a person could see a window: Qt's offscreen platform shows none."""
    return is_present() and os.environ.get("QT_QPA_PLATFORM") not in ("offscreen", "minimal")


def is_present() -> bool:
    """Whether there is a screen, or Qt was told to do without one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
