"""What the panels show while the scrubber is on, against what the model was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from fragscope.scrubber import Scrubber
from fragscope.session import Session
from fragscope_explainers.metrics.curves import curve
from fragscope_explainers.types import Classifier, CurveKind, Request


class Shown:
    """The newest picture and caption of every panel."""

    def __init__(self, scrubber: Scrubber) -> None:
        self.pictures: dict[int, Any] = {}
        self.captions: dict[int, str] = {}
        scrubber.altered.connect(self._take)

    def _take(self, number: int, rgb: Any, caption: str) -> None:
        self.pictures[number], self.captions[number] = rgb, caption

    def is_whole(self) -> bool:
        return len(self.pictures) == 4 and all(p is not None for p in self.pictures.values())


@pytest.fixture
def scrubber(explained: Session) -> Iterator[Scrubber]:
    found = Scrubber(explained, explained)
    yield found
    found.deleteLater()  # with the timer that gathers moves


class Recorder:
    """Asks another classifier and keeps what it was asked with."""

    def __init__(self, original: Classifier) -> None:
        self.labels, self.input_size = original.labels, original.input_size
        self.device, self.batch_size = original.device, original.batch_size
        self.asked: list[torch.Tensor] = []
        self._original = original

    def probabilities(self, batch: torch.Tensor) -> torch.Tensor:
        self.asked.extend(batch.clone())
        return self._original.probabilities(batch)


@pytest.mark.parametrize("kind", ["deletion", "insertion"])
def test_panels_show_what_their_curve_scored(
    kind: CurveKind, explained: Session, scrubber: Scrubber, qtbot: QtBot
) -> None:
    shown = Shown(scrubber)
    scrubber.move(kind, 0.3)
    qtbot.waitUntil(shown.is_whole, timeout=5000)
    seen, state = explained.prediction.model_input, explained.panel(1).state
    model = Recorder(explained.classifier)
    request = Request(seen, explained.target, seed=explained.seed)
    *_, again = curve(kind, model, request, state.saliency)
    index = int(np.abs(again.fractions - 0.3).argmin())
    np.testing.assert_array_equal(shown.pictures[1], seen.to_rgb(model.asked[index].numpy()))
    label, score = explained.label(explained.target), float(state.curves[kind].scores[index])
    assert score == pytest.approx(float(again.scores[index]), abs=1e-3)
    assert shown.captions[1] == f"{kind} 30 %: {label} {score:.2f}"


def test_the_model_is_not_asked(
    explained: Session, scrubber: Scrubber, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(type(explained.prediction.classifier), "probabilities", refuse)
    shown = Shown(scrubber)
    scrubber.switch(True)
    scrubber.move("insertion", 0.5)
    qtbot.waitUntil(lambda: shown.is_whole() and "insertion" in shown.captions[0], timeout=5000)


def test_switching_off_brings_the_maps_back(
    explained: Session, scrubber: Scrubber, qtbot: QtBot
) -> None:
    shown = Shown(scrubber)
    scrubber.move("deletion", 0.9)
    qtbot.waitUntil(shown.is_whole, timeout=5000)
    scrubber.switch(False)
    assert set(shown.pictures.values()) == {None}
    assert set(shown.captions.values()) == {""}


def test_shares_stay_between_none_and_all(scrubber: Scrubber) -> None:
    scrubber.move("deletion", -0.4)
    assert scrubber.share == 0.0
    scrubber.move("deletion", 1.7)
    assert scrubber.share == 1.0


def test_a_panel_without_a_curve_keeps_its_map_and_says_why(
    explained: Session, scrubber: Scrubber, qtbot: QtBot
) -> None:
    explained.panel(2).state = None
    shown = Shown(scrubber)
    scrubber.switch(True)
    qtbot.waitUntil(lambda: shown.pictures.get(1) is not None, timeout=5000)
    assert shown.pictures[2] is None
    assert shown.captions[2].startswith("no deletion curve: ")


def test_captions_speak_the_words_of_the_language(
    explained: Session, scrubber: Scrubber, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fragscope.scrubber.KIND_WORDS", {"deletion": "Löschen"})
    explained.panel(2).state = None
    shown = Shown(scrubber)
    scrubber.switch(True)
    qtbot.waitUntil(lambda: shown.pictures.get(1) is not None, timeout=5000)
    assert shown.captions[1].startswith("Löschen 20 %: ")
    assert shown.captions[2].startswith("no Löschen curve: ")


def test_another_picture_switches_it_off(
    explained: Session, scrubber: Scrubber, qtbot: QtBot, make_photo: Any
) -> None:
    scrubber.switch(True)
    with qtbot.waitSignal(explained.image_changed, timeout=5000):
        explained.open_file(make_photo("other.png", 70, 90, 9))
    assert not scrubber.is_on


def test_another_class_is_followed(explained: Session, scrubber: Scrubber, qtbot: QtBot) -> None:
    shown = Shown(scrubber)
    scrubber.switch(True)
    other = explained.prediction.top[1]
    explained.set_target(other)
    label = explained.label(other)
    told = lambda: all(f"%: {label} " in text for text in shown.captions.values())  # noqa: E731
    qtbot.waitUntil(told, timeout=20_000)


def test_a_picture_that_cannot_be_made_is_told_and_tried_again(
    scrubber: Scrubber, explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    shown = Shown(scrubber)
    with monkeypatch.context() as broken:
        broken.setattr("fragscope.scrubber.end_pictures", fail)
        with qtbot.waitSignal(explained.noticed) as noticed:
            scrubber.switch(True)
        assert "memory ran out" in noticed.args[0]
        assert not scrubber.is_on
    scrubber.switch(True)
    qtbot.waitUntil(shown.is_whole)
