"""Memory that explained pictures keep, with results on the disk over all in memory.

    python tests/benchmarks/many_pictures.py [--pictures 100] [--budget-mib 500]

Each in a process of its own. `kept_mib` is what the process keeps for itself (anonymous memory,
from /proc, so on Linux only) over what it had when the first picture was explained: pages of mapped
files are left out, as the system drops them when it wants to. Runs are short, since what they keep
does not depend on the number of masks, and only the first picture is really explained: the others
get copies of its results, one after another.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import measuring

if TYPE_CHECKING:
    from fragscope.pictures import Picture

_PANELS = (
    ("mfpp", {"masks": 60}),
    ("rise", {"masks": 60}),
    ("integrated-gradients", {"steps": 4}),
    ("grad-cam", {}),
)


def kept_mib() -> float:
    """Anonymous memory of this process now."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def explain(pictures: int, budget_mib: int | None) -> tuple[float, float]:
    """Explain pictures; what they keep in MiB, and the longest pause in showing them in ms."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import numpy as np
    from gui_pause import Watch, until
    from PIL import Image as PillowImage
    from PySide6.QtWidgets import QApplication

    from fragscope.main_window import MainWindow
    from fragscope.pictures import Progress
    from fragscope.session import Session
    from fragscope.settings import Settings
    from fragscope.widgets import theme
    from fragscope_explainers.allocator import keep_large_buffers

    application = QApplication([])
    keep_large_buffers()
    theme.apply(application, "light")
    folder = Path(tempfile.mkdtemp())
    for number in range(pictures):
        noise = np.random.default_rng(number).integers(0, 256, (300, 400, 3), np.uint8)
        PillowImage.fromarray(noise).save(folder / f"{number:04}.jpg")
    window = MainWindow(Session(), Settings(hints_seen=True))
    session = window.session
    if budget_mib is not None:
        session.memory.start(budget_mib << 20)
    window.show()
    until(application, lambda: getattr(session.classifier, "engine", None) is not None)
    session.use_panels(_PANELS)
    window.open_files([folder])
    until(application, lambda: session.picture.progress is Progress.DONE)
    before = kept_mib()
    for picture in session.album.pictures[1:]:
        session.album.catch_up(picture)
        give_results(session.picture, picture)
        session.album.picture_changed.emit(picture.number)
        wait(application, until, 0.3)
    wait(application, until, 3.0)
    kept = kept_mib() - before
    watch = Watch()
    for place in range(1, pictures, max(1, pictures // 20)):
        session.album.show(session.album.pictures[place].number)
        wait(application, until, 0.4)
    worst = max(watch.gaps)
    window.close()
    return kept, 1000 * worst


def give_results(source: Picture, picture: Picture) -> None:
    """Give a picture copies of the results of another one."""
    from dataclasses import replace

    import numpy as np

    from fragscope_explainers.stored_snapshots import StoredSnapshot, restore, store

    for own, other in zip(picture.panels, source.panels, strict=True):
        state = other.state
        if state is None:
            continue
        stored = store(state.snapshot)
        arrays = {name: np.array(values) for name, values in stored.arrays.items()}
        curves = {
            kind: replace(curve, ranks=np.array(curve.ranks))
            for kind, curve in state.curves.items()
        }
        own.state = replace(
            state,
            snapshot=restore(StoredSnapshot(stored.kind, stored.facts, arrays)),
            saliency=np.array(state.saliency),
            curves=curves,
        )
        own.status, own.asked = other.status, other.asked
    picture.target = source.target


def wait(application: object, until: Callable[..., None], seconds: float) -> None:
    """Let the window live for a while."""
    end = time.monotonic() + seconds
    until(application, lambda: time.monotonic() > end)


def main() -> None:
    """Print a line with all in memory, one with the budget, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--budget-mib", type=int, default=500)
    arguments = parser.parse_args()
    found = {}
    for budget in (None, arguments.budget_mib):
        kept, worst = found[budget] = measuring.alone(explain, arguments.pictures, budget)
        measuring.show(
            "memory of explained pictures",
            pictures=arguments.pictures,
            budget_mib=budget,
            kept_mib=round(kept),
            worst_pause_ms=round(worst, 1),
        )
    ratio = found[arguments.budget_mib][0] / found[None][0]
    measuring.show("memory with a budget over all in memory", ratio=round(ratio, 3))


if __name__ == "__main__":
    main()
