"""A second model beside the small one, for tests of panels that ask a model of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from pytestqt.qtbot import QtBot
from torch import nn

from fragscope.model_choice import ModelChoice
from fragscope.session import Session, Status
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.preprocessing import Preprocessing

from ..conftest import LABELS, is_done

NAMES = ("wolf", "DOG", "cat", "Bee")
HALF = (0.5, 0.5, 0.5)
OTHER = ModelChoice("other.pt")


class Closed(TorchClassifier):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def another(names: tuple[str, ...] = NAMES, size: tuple[int, int] = (40, 48)) -> Closed:
    """A model that squashes the picture, and knows some of the small one's classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        layers = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        module = nn.Sequential(layers, nn.Flatten(), nn.Linear(32, len(names)))
    return Closed(module, names, Preprocessing(size, HALF, HALF, "squash"), "other")


class Answers:
    """A model of which nothing but its answers is known."""

    name, batches, fixed_batch = "answers", (8, 1, 8), None

    def answer(self, batch: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        means = batch.mean((2, 3))
        both: np.ndarray[Any, Any] = np.concatenate([means, means * 2], 1)[:, :4]
        return both - both.max() + 1

    def close(self) -> None:
        pass


def black_box() -> BlackBoxClassifier:
    settings = Preprocessing((64, 64), HALF, HALF, short_side=72)
    return BlackBoxClassifier(Answers(), LABELS[:4], settings, "box")


Loads = dict[str, Callable[[], LoadedClassifier]]


def hold(session: Session, qtbot: QtBot, number: int, target: str = "dog") -> Closed:
    """Let a panel ask the other model about a class of the window, and wait for it."""
    session.set_target(LABELS.index(target))
    qtbot.waitUntil(lambda: is_done(session), timeout=20_000)
    session.set_panel_model(number, session.load_extra_model(OTHER))
    ends = (Status.FINISHED, Status.UNSUPPORTED)
    qtbot.waitUntil(lambda: session.panel(number).status in ends, timeout=20_000)
    model = session.shelf.classifier(0)
    assert isinstance(model, Closed)
    return model
