"""Fixtures that all tests share."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run in several processes at once

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import torch
from patience import PatientBot
from pytestqt.qtbot import QtBot
from torch import nn

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.preprocessing import Preprocessing

if TYPE_CHECKING:
    from fragscope.main_window import MainWindow
    from fragscope.session import Session

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads slow a busy machine

LABELS = ("ant", "bee", "cat", "dog", "eel", "fox", "crane", "crane", "hen", "ibis")
"""Two classes share a name, as the cranes of ImageNet do."""
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to write the reference pictures of `tests/app/test_looks.py` anew."""
    parser.addoption(
        "--renew-references", action="store_true", help="write the reference pictures anew"
    )


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """Drives widgets, and waits patiently for what is to happen."""
    return PatientBot(request)


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """Folder of outlined photos beside the checkout, where there is one."""
    folder = SHARED / "data" / "coco_cc"
    if not folder.is_dir():
        pytest.skip("the outlined photos are not beside this checkout")
    return folder


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
def quick_model(
    monkeypatch: pytest.MonkeyPatch, small_classifier: TorchClassifier
) -> Iterator[None]:
    """The window loads the small classifier instead of the bundled one, as looked over before."""
    small_classifier.findings = ()
    monkeypatch.setattr("fragscope.preparation.load_model", lambda *_: iter([small_classifier]))
    yield
    small_classifier.engine = None  # the next test converts it anew


@pytest.fixture
def session(qapp: object, quick_model: None) -> Iterator[Session]:
    """A session with short runs and a small model that is still to be loaded."""
    from fragscope.session import Session

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
    from PySide6.QtWidgets import QApplication

    from fragscope.main_window import MainWindow
    from fragscope.widgets import theme

    theme.apply(cast(QApplication, QApplication.instance()), "light")
    found = MainWindow(session)
    qtbot.addWidget(found)
    found.resize(1280, 800)
    with qtbot.waitExposed(found):
        found.show()
    qtbot.waitUntil(lambda: session.classifier is not None)
    yield found
    found.close()


def is_done(session: Session) -> bool:
    """Whether every panel's run has ended."""
    from fragscope.session import Status

    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    return all(panel.status in ended for panel in session.panels)


SHORT_RUNS: dict[str, dict[str, int]] = {
    "mfpp": {"masks": 60},
    "rise": {"masks": 50},
    "integrated-gradients": {"steps": 10},
}
