"""The longest time that the window did not answer while people do what costs it most.

python tests/benchmarks/gui_scenes.py [--seconds 6] [--scene display strip theme]

By the 10 ms timer of `gui_pause.py`: other contours, fading, opacity and level weights over six
panels while their runs go on (target 50 ms), scrolling a strip of 100 pictures (50 ms), and another
theme with everything open (150 ms).
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gui_pause import Watch, until
from PIL import Image as PillowImage
from PySide6.QtWidgets import QApplication, QScrollBar

from fragscope.main_window import MainWindow
from fragscope.painting import Painting
from fragscope.session import Session
from fragscope.settings import Settings
from fragscope.widgets import theme
from fragscope.window_main import collect_between_events
from fragscope_resources.samples import sample

METHODS = ("mfpp", "mfpp", "mfpp", "rise", "smoothgrad", "integrated-gradients")
ENDLESS = {
    "mfpp": {"masks": 100_000},
    "rise": {"masks": 100_000},
    "smoothgrad": {"samples": 10_000},
    "integrated-gradients": {"steps": 100},
}
PICTURES = 100


class Scenes:
    """One window with six runs that do not end."""

    def __init__(self, application: QApplication, seconds: float) -> None:
        self.application, self.seconds = application, seconds
        self.window = window = MainWindow(Session(METHODS), Settings(hints_seen=True))
        self._collector = collect_between_events(window.session)
        for panel in window.session.panels:
            panel.settings = ENDLESS[panel.method.name]
        window.resize(1280, 800)
        window.show()
        self.wait(lambda: window.session.classifier is not None)
        window.open_file(sample("coffee").path)
        self.wait(lambda: window.session.classifier.engine is not None)  # type: ignore[union-attr]
        self.wait(lambda: all(panel.state is not None for panel in window.session.panels))
        self.watch = Watch()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        until(self.application, condition)

    def play(self, name: str, step: Callable[[int], None], every: float) -> None:
        """Do something again and again, as often as a person might, and print the gaps."""
        self.watch.begin()
        end = time.monotonic() + self.seconds
        for count in itertools.count():
            if time.monotonic() > end:
                break
            step(count)
            after = time.monotonic() + every
            self.wait(lambda after=after: time.monotonic() > after)  # type: ignore[misc]
        self.watch.show(name, 0.24)

    def display(self) -> None:
        """Contours, fading, opacity and level weights in turns, ten times a second."""
        display, session = self.window.side.display, self.window.session

        def step(count: int) -> None:
            if count % 4 == 0:
                display.contours.setChecked(count % 8 == 0)
            elif count % 4 == 1:
                display.fade.setChecked(count % 8 == 1)
            elif count % 4 == 2:
                display.opacity.slider.setValue(30 + count % 50)
            else:
                session.paint(Painting((1.0, 0.5, 1.0, 0.2, 1.0), 0.02 * (count % 40)))

        self.play("while maps are shown otherwise in six panels", step, 0.1)

    def strip(self) -> None:
        """Open 100 pictures and scroll their strip up and down."""
        folder = Path(tempfile.mkdtemp())
        noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
        for number in range(PICTURES):
            PillowImage.fromarray(noise).save(folder / f"{number:03}.jpg")
        self.watch.begin()
        self.window.open_files([folder])
        self.wait(lambda: len(self.window.session.album.pictures) > PICTURES)
        end = time.monotonic() + self.seconds
        self.wait(lambda: time.monotonic() > end)
        self.watch.show("while a folder of 100 pictures opens", 0.12)
        bar = self.window.strip.findChildren(QScrollBar)
        bars = [found for found in bar if found.maximum() > 0]

        def step(count: int) -> None:
            for found in bars:
                found.setValue(count * 97 % (found.maximum() + 1))

        self.play("while a strip of 100 pictures scrolls", step, 0.02)

    def theme(self) -> None:
        """Light and dark in turns, with a difference and all controls open."""
        self.window.grid.show_difference(0, 3)
        self.wait(lambda: self.window.grid.differences[0].is_settled)
        self.play("while the theme changes", lambda _: self.window.theme.switch(), 0.6)


def main() -> None:
    """Print the gaps of every scene."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--scene", nargs="*", default=["display", "theme", "strip"])
    arguments = parser.parse_args()
    application = QApplication([])
    theme.apply(application, "light")
    scenes = Scenes(application, arguments.seconds)
    for name in arguments.scene:
        getattr(scenes, name)()
    scenes.window.close()


if __name__ == "__main__":
    main()
