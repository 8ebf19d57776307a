"""The longest time that the window did not answer, by a 10 ms timer: target 50 ms.

Once while the picture opens, the model is converted for the faster engine and the first maps come,
once while three methods run.

python tests/benchmarks/gui_pause.py [--megapixels 24] [--seconds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()  # so that the model has to be converted

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fragscope.main_window import MainWindow
from fragscope.session import Session
from fragscope.widgets import theme
from fragscope.window_main import collect_between_events
from fragscope_explainers.images import image_from_array

_TICK = 0.010
ENDLESS = ({"masks": 100_000}, {"masks": 100_000}, {"samples": 10_000})


class Watch:
    """Notes how late a 10 ms timer comes."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(round(1000 * _TICK))

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now

    def begin(self) -> None:
        """Forget the gaps so far, and the time since the last tick: it may not be the window's."""
        self.gaps, self._last = [], time.perf_counter()

    def show(self, when: str, megapixels: float) -> None:
        """Print the gaps since the last time, and begin anew."""
        gaps, self.gaps = self.gaps, []
        worst, usual = max(gaps, default=0.0), np.percentile(gaps or [0.0], 99)
        line = {
            "figure": f"longest pause of the GUI thread {when}",
            "megapixels": megapixels,
            "worst_ms": round(1000 * worst, 1),
            "p99_ms": round(1000 * float(usual), 1),
            "ticks": len(gaps),
        }
        print(json.dumps(line), flush=True)


def main() -> None:
    """Print the worst and the 99th percentile gap."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    application = QApplication([])
    theme.apply(application, "light")
    window = MainWindow(Session(["mfpp", "rise", "smoothgrad"]))
    for panel, settings in zip(window.session.panels, ENDLESS, strict=True):
        panel.settings = settings
    collector = collect_between_events(window.session)
    window.show()
    until(application, lambda: window.session.classifier is not None)
    height = round((arguments.megapixels * 1e6 / 1.5) ** 0.5)
    pixels = np.random.default_rng(0).integers(0, 256, (height, height * 3 // 2, 3), np.uint8)
    image = image_from_array(pixels, "noise")
    watch = Watch()
    window.session.open_image(image)
    until(application, lambda: all(p.state is not None for p in window.session.panels))
    until(application, lambda: window.session.classifier.engine is not None)  # type: ignore[union-attr]
    watch.show("while a picture opens and the model is converted", arguments.megapixels)
    end = time.monotonic() + arguments.seconds
    until(application, lambda: time.monotonic() > end)
    watch.show("while three methods run", arguments.megapixels)
    window.close()
    del collector


def until(application: QApplication, condition: object) -> None:
    """Let the window live until something is so."""
    while not condition():  # type: ignore[operator]
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
