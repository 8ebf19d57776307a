"""Seconds until the first map is there, on a warm model. Target: 0.3 s.

    python tests/benchmarks/first_snapshot.py [--repeats 5] [--engine openvino|torch]

EfficientNet-Lite0 at 224, MFPP and RISE, medians. In the library, from the request to the first
snapshot: cutting the fragments, comparing the engine with torch on the picture, and one batch. In a
session without a window, from `Session.run` to the first `panel_changed` with a new state: also
what the worker and the live map cost. Every time of the library is of another part of a photo, so
that nothing kept from an earlier one helps; the session runs again on its picture.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import measuring
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from fragscope.panels import Panel
from fragscope.session import Session
from fragscope_explainers.images import Image, image_from_array

if TYPE_CHECKING:
    from fragscope_explainers import Classifier, Explainer, Request, Snapshot

_TARGET = 0.3
_STEP = 10
Times = tuple[str, list[float]]
"""What answered, and the seconds of each time."""


def parts(count: int) -> list[Image]:
    """Parts of a photo that differ by their upper left corner."""
    pixels = measuring.photo().pixels
    corners = [_STEP * number for number in range(count)]
    return [image_from_array(pixels[at:, at:], f"part {at}") for at in corners]


def in_library(method: str, repeats: int, engine: measuring.EngineName) -> Times:
    """Seconds from a request to its first snapshot; the first part of the photo warms up."""
    from fragscope_explainers import Request, methods
    from fragscope_explainers.classifiers.engines import on_picture

    original = measuring.bundled(engine, "auto")
    first, *others = parts(repeats + 1)
    warm = measuring.subject(original, first)
    warm.run(method, 64)
    found = []
    for image in others:
        model_input = original.preprocessing.apply(image)
        request = Request(model_input, warm.request.target)
        classifier = on_picture(original, model_input)
        explainer = methods.create(method)
        found.append(measuring.seconds(partial(first_of, explainer, classifier, request)))
    return warm.engine, found


def first_of(explainer: Explainer, classifier: Classifier, request: Request) -> Snapshot:
    """The first snapshot of a run."""
    return next(explainer.explain(classifier, request))


def in_session(method: str, repeats: int) -> Times:
    """Seconds from `run` to the first state of a session's only panel."""
    session = Session([method])
    engines: list[bool] = []
    session.engine_changed.connect(lambda: engines.append(True))
    session.load_model()
    session.open_image(measuring.photo())
    panel = session.panels[0]
    try:
        until(lambda: bool(engines) and panel.state is not None and not session.is_loading)
        found = [seconds_to_state(session, panel) for _ in range(repeats + 1)]
    finally:
        session.close()
    name = panel.state.engine.name if panel.state is not None else ""
    return name, found[1:]  # the first one compares the engine with torch


def seconds_to_state(session: Session, panel: Panel) -> float:
    """Seconds from `run` to a new state; nothing else runs meanwhile."""
    while session.is_running:
        session.stop_all()
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    before = panel.state

    def work() -> None:
        session.run(panel)
        until(lambda: panel.state is not before)

    return measuring.seconds(work)


def until(condition: Callable[[], bool]) -> None:
    """Let the session live until something is so; its state changes by events only."""
    while not condition():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def main() -> None:
    """Print the median of both for both mask methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--engine", choices=measuring.ENGINES, default="openvino")
    arguments = parser.parse_args()
    application = QApplication([])
    for method in measuring.MASK_METHODS:
        library = in_library(method, arguments.repeats, arguments.engine)
        show("library", method, *library)
        show("session", method, *in_session(method, arguments.repeats))
    application.quit()


def show(where: str, method: str, engine: str, found: list[float]) -> None:
    """Print the median and its share of the target."""
    measuring.show(
        "seconds until the first map",
        where=where,
        method=method,
        engine=engine,
        seconds=round(statistics.median(found), 3),
        each=[round(value, 3) for value in found],
        target=_TARGET,
        ratio_to_target=round(statistics.median(found) / _TARGET, 2),
    )


if __name__ == "__main__":
    main()
