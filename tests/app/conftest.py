"""A small classifier, a picture file, and a home of their own for settings and caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import nn

from fragscope.main_window import MainWindow
from fragscope.session import Session, Status
from fragscope.widgets import theme
from fragscope.batch import model_facts
from fragscope.reports import MethodResult, Report
from fragscope.runs import MethodRun, RunState
from fragscope_explainers import methods, predict, read_image, top_classes
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.types import Request

LABELS = ("ant", "bee", "cat", "dog", "eel", "fox", "crane", "crane", "hen", "ibis")
"""Two classes share a name, as the cranes of ImageNet do."""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's settings and caches out of the tests, and the tests out of theirs."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    cache = tmp_path_factory.getbasetemp() / "cache"  # shared: matplotlib lists its fonts once
    cache.mkdir(exist_ok=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture(scope="session")
def small_classifier() -> TorchClassifier:
    """A seeded network of ten classes on 64 x 64 inputs; it answers in a millisecond."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        module = nn.Sequential(
            nn.Conv2d(3, 8, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(256, len(LABELS)),
        )
        with torch.no_grad():
            module[-1].weight *= 8  # else all classes are about as probable
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(input_size=(64, 64), mean=half, std=half, short_side=72)
    return TorchClassifier(module, LABELS, preprocessing, "small", weights_hash="5" * 64)


@pytest.fixture
def make_photo(tmp_path: Path) -> Callable[..., Path]:
    """Writes a picture of shapes under seeded noise; arguments are path, height, width and seed."""

    def make(name: str = "photo.png", height: int = 90, width: int = 140, seed: int = 3) -> Path:
        pixels = np.random.default_rng(seed).integers(0, 50, (height, width, 3), dtype=np.uint8)
        pixels[height // 5 : height // 2, width // 3 : width // 2] += np.array(
            [190, 40, 10], np.uint8
        )
        rows, columns = np.ogrid[:height, :width]
        disc = (rows - 0.65 * height) ** 2 + (columns - 0.62 * width) ** 2 < (height / 5) ** 2
        pixels[disc] += np.array([0, 130, 200], np.uint8)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PillowImage.fromarray(pixels).save(path)
        return path

    return make


@pytest.fixture
def photo(make_photo: Callable[..., Path]) -> Path:
    """A picture file of 90 rows and 140 columns."""
    return make_photo()


@pytest.fixture
def small_request(photo: Path, small_classifier: TorchClassifier) -> Request:
    """A question about `photo` in which every batch gives a snapshot."""
    model_input = small_classifier.preprocessing.apply(read_image(photo))
    return Request(model_input, target=2, refresh=0)


@pytest.fixture
def quick_model(monkeypatch: pytest.MonkeyPatch, small_classifier: TorchClassifier) -> None:
    """The window loads the small classifier instead of the bundled one."""
    monkeypatch.setattr("fragscope.preparation.load_model", lambda: iter([small_classifier]))


@pytest.fixture
def session(qapp: object, quick_model: None) -> Iterator[Session]:
    """A session with short runs and a small model that is still to be loaded."""
    found = Session()
    for panel in found.panels:
        panel.settings = SHORT_RUNS.get(panel.method.name, {})
    yield found
    found.close()


@pytest.fixture
def explained(session: Session, qtbot: QtBot, photo: Path) -> Session:
    """A session that has explained `photo` with all its panels."""
    session.load_model()
    session.open_file(photo)
    qtbot.waitUntil(lambda: is_done(session), timeout=30_000)
    return session


@pytest.fixture
def window(session: Session, qtbot: QtBot) -> Iterator[MainWindow]:
    """The real window on `session`, shown offscreen."""
    theme.apply(cast(QApplication, QApplication.instance()), "light")
    found = MainWindow(session)
    qtbot.addWidget(found)
    with qtbot.waitExposed(found):
        found.show()
    qtbot.waitUntil(lambda: session.classifier is not None)
    yield found
    found.close()


def is_done(session: Session) -> bool:
    """Whether every panel's run has ended."""
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    return all(panel.status in ended for panel in session.panels)


SHORT_RUNS: dict[str, dict[str, int]] = {
    "mfpp": {"masks": 60},
    "rise": {"masks": 50},
    "integrated-gradients": {"steps": 10},
}


@pytest.fixture
def run_state(
    small_classifier: TorchClassifier, small_request: Request
) -> Callable[..., RunState]:
    """Runs a method on `small_request` to its end; arguments are its name and parameters."""

    def run(name: str, **parameters: object) -> RunState:
        explainer = methods.create(name, **parameters)
        *_, last = MethodRun(small_classifier, small_request, explainer, live_curves=False)
        return last

    return run


@pytest.fixture
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
