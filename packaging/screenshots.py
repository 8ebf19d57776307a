"""Drive the real window on a real photo and grab the pictures of the README.

    python packaging/screenshots.py [--out FOLDER] [--size 1280x800]

Runs offscreen where there is no display.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from fragscope.main_window import MainWindow
from fragscope.session import Session, Status
from fragscope.settings import Settings
from fragscope.widgets import theme
from fragscope_resources.samples import sample

_PATIENCE = 300.0


class Photographer:
    """One window that is driven through its states."""

    def __init__(self, application: QApplication, out: Path, size: tuple[int, int]) -> None:
        self._application, self._out = application, out
        self.window = MainWindow(Session(), Settings(hints_seen=True))
        self.window.resize(*size)
        self.window.show()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until something is so."""
        until = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError("the window did not get there")
            self._application.processEvents()
            time.sleep(0.01)

    def grab(self, name: str) -> None:
        """Save what the window shows."""
        for _ in range(5):
            self._application.processEvents()
        path = self._out / f"{name}.png"
        self.window.grab().save(str(path))
        print(path)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/screenshots"))
    parser.add_argument("--size", default="1280x800")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    theme.apply(application, "light")
    width, height = map(int, arguments.size.split("x"))
    shots(Photographer(application, arguments.out, (width, height)), application)


def shots(photographer: Photographer, application: QApplication) -> None:
    """Idle, running, finished, fragments, and running in the dark theme."""
    window, session = photographer.window, photographer.window.session
    photographer.wait(lambda: session.classifier is not None)
    photographer.grab("idle")
    window.open_file(sample("coffee").path)
    photographer.wait(lambda: _done(session, 0) > 250)
    photographer.grab("running")
    photographer.wait(lambda: all(p.status is Status.FINISHED for p in session.panels))
    photographer.grab("finished")
    window.side.pyramid.step(1)
    window.grid.views[0].hovered.emit(300.0, 180.0)
    photographer.grab("fragments")
    window.side.pyramid.shown.setChecked(False)
    part = window.what_if.fragment_at(300.0, 180.0)
    if part is not None:
        window.what_if.erase(part)
    window.what_if.bring_to_front()
    photographer.wait(lambda: not window.what_if.what_if.is_asking)
    photographer.grab("what-if")
    window.what_if.reset()
    window.side.tabs.setCurrentIndex(0)
    theme.apply(application, "dark")
    window.open_file(sample("chelsea").path)
    photographer.wait(lambda: _shows(session, "chelsea") and _done(session, 0) > 200)
    photographer.grab("dark")
    window.close()


def _shows(session: Session, name: str) -> bool:
    return session.image is not None and session.image.name == name


def _done(session: Session, place: int) -> int:
    state = session.panels[place].state
    return state.snapshot.done if state is not None else 0


if __name__ == "__main__":
    main()
