"""A small classifier, a picture file, and a home of their own for settings and caches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from torch import nn

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
