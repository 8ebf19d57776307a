"""A picture file, and runs and a report of the small classifier on it."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from leftovers import Watch, guard
from PIL import Image as PillowImage
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.batch import model_facts
from fragscope.model_choice import ModelChoice
from fragscope.panels import Status
from fragscope.results import MethodResult, Report
from fragscope.runs import MethodRun, RunState
from fragscope.session import Session
from fragscope_explainers import methods, predict, read_image, top_classes
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.types import Request

from .two_models import OTHER, Loads, another

if TYPE_CHECKING:
    from fragscope.main_window import MainWindow


_BETWEEN_COLLECTIONS = 10
_tests: list[str] = []


@pytest.fixture(scope="session")
def _watch() -> Iterator[Watch]:
    """Notes what starts and what is logged, from the first test to the last."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patches:
        watch.install(patches)
        handler = watch.listen()
        yield watch
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="session", autouse=True)
def _collects_on_the_main_thread() -> Iterator[None]:
    """Garbage is searched between tests only: a worker must not delete what belongs to Qt."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _collected(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    _tests.append(request.node.name)
    if len(_tests) % _BETWEEN_COLLECTIONS == 0:
        gc.collect()


@pytest.fixture(autouse=True)
def _leaves_nothing(request: pytest.FixtureRequest, _watch: Watch) -> Iterator[None]:
    """A test fails that leaves something running behind, or that logs what it does not expect."""
    marks = request.node.iter_markers("expects_log")
    yield from guard(_watch, tuple(part for mark in marks for part in mark.args))


def draw_photo(path: Path, height: int = 90, width: int = 140, seed: int = 3) -> Path:
    """Write a picture of a box and a disc under seeded noise."""
    pixels = np.random.default_rng(seed).integers(0, 50, (height, width, 3), dtype=np.uint8)
    box = np.s_[height // 5 : height // 2, width // 3 : width // 2]
    pixels[box] += np.array([190, 40, 10], np.uint8)
    rows, columns = np.ogrid[:height, :width]
    disc = (rows - 0.65 * height) ** 2 + (columns - 0.62 * width) ** 2 < (height / 5) ** 2
    pixels[disc] += np.array([0, 130, 200], np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    PillowImage.fromarray(pixels).save(path)
    return path


@pytest.fixture
def make_photo(tmp_path: Path) -> Callable[..., Path]:
    """Writes a picture into the test's folder; arguments are name, height, width and seed."""
    return lambda name="photo.png", *how, **more: draw_photo(tmp_path / name, *how, **more)


@pytest.fixture
def photo(make_photo: Callable[..., Path]) -> Path:
    """A picture file of 90 rows and 140 columns."""
    return make_photo()


@pytest.fixture(scope="session")
def small_request(
    small_classifier: TorchClassifier, tmp_path_factory: pytest.TempPathFactory
) -> Request:
    """A question about a picture file in which every batch gives a snapshot."""
    image = read_image(draw_photo(tmp_path_factory.mktemp("pictures") / "photo.png"))
    return Request(small_classifier.preprocessing.apply(image), target=2, refresh=0)


@pytest.fixture(scope="session")
def run_state(small_classifier: TorchClassifier, small_request: Request) -> Callable[..., RunState]:
    """Runs a method on `small_request` to its end; arguments are its name and parameters."""

    def run(name: str, **parameters: object) -> RunState:
        explainer = methods.create(name, **parameters)
        *_, last = MethodRun(small_classifier, small_request, explainer, live_curves=False)
        return last

    return run


@pytest.fixture(scope="session")
def small_report(
    small_classifier: TorchClassifier, small_request: Request, run_state: Callable[..., RunState]
) -> Report:
    """A signed map of MFPP and an unsigned one of Saliency, for class 2."""
    probabilities = predict(small_classifier, small_request.input).numpy()
    states = (run_state("mfpp", masks=40, scales=(4, 9)), run_state("saliency"))
    return Report(
        small_request.input,
        model_facts(small_classifier, "builtin:small"),
        [(index, float(probabilities[index])) for index in top_classes(probabilities)],
        [MethodResult(state, float(probabilities[2])) for state in states],
        seed=0,
        fill="mean",
        command="fragscope explain photo.png --out reports",
    )


@pytest.fixture
def loads(
    quick_model: None, monkeypatch: pytest.MonkeyPatch, small_classifier: TorchClassifier
) -> Loads:
    """What models are made of, by their specification; the window's is the small one."""
    made: Loads = {}

    def load(choice: ModelChoice, _: object) -> Iterator[LoadedClassifier]:
        yield made.get(choice.spec, lambda: small_classifier)()

    monkeypatch.setattr(preparation, "load_model", load)
    return made


@pytest.fixture
def two(loads: Loads, explained: Session) -> Session:
    """A session that has explained its picture, and can load another model."""
    loads[OTHER.spec] = another
    return explained


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and its maps on the screen."""
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    window.open_file(photo)
    qtbot.waitUntil(lambda: all(p.status in ended for p in window.session.panels), timeout=30_000)
    qtbot.waitUntil(lambda: window.grid.is_settled, timeout=10_000)
    return window
