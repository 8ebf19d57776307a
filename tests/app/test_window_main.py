"""The search for garbage, which is to hold nothing up and still gives memory back."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from fragscope.model_choice import ModelChoice
from fragscope.session import Session
from fragscope.window_main import collect_between_events
from fragscope_explainers.classifiers.loaded import LoadedClassifier

from .two_models import Loads, another


@pytest.fixture
def collecting(session: Session) -> Iterator[Session]:
    """A session whose garbage is searched for as in the program."""
    collector = collect_between_events(session)
    yield session
    collector.timer.stop()
    gc.unfreeze()


def test_a_closed_model_leaves_the_memory(collecting: Session, loads: Loads, qtbot: QtBot) -> None:
    made: list[weakref.ref[LoadedClassifier]] = []

    def circular() -> LoadedClassifier:
        model = another()
        model.itself = model  # type: ignore[attr-defined]  # as hooks of networks refer to them
        made.append(weakref.ref(model))
        return model

    for number in range(3):
        loads[f"{number}.pt"] = circular
        with qtbot.waitSignal(collecting.model_changed):
            collecting.load_model(ModelChoice(f"{number}.pt"))
    qtbot.waitUntil(lambda: made[0]() is None and made[1]() is None)
    assert made[2]() is collecting.classifier
    assert gc.get_freeze_count() > 0
