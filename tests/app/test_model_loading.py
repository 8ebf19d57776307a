from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.model_choice import ModelChoice, model_settings
from fragscope.panels import Status
from fragscope.session import Session
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError, ParameterError

from ..conftest import is_done
from .another_model import NAMES, another_model

Load = Callable[[ModelChoice, Callable[[int, int | None], None]], Iterator[Any]]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Load], None]:
    """Puts a function in the place of the one that loads models."""
    return lambda load: monkeypatch.setattr(preparation, "load_model", load)


def wait_for_model(session: Session, qtbot: QtBot, name: str) -> None:
    def is_there() -> bool:
        current = session.classifier
        return current is not None and current.name == name and is_done(session)

    qtbot.waitUntil(is_there, timeout=30_000)


def test_another_model_explains_the_picture_again(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    labels = explained.classifier.labels if explained.classifier else ()
    explained.set_target(labels.index("dog"))
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    assert explained.model_spec == "another.pt"
    assert explained.prediction is not None
    assert explained.prediction.model_input.values.shape == (3, 40, 40)
    assert {panel.status for panel in explained.panels} == {Status.FINISHED}
    for panel in explained.panels:
        assert panel.state is not None
        assert panel.state.saliency.shape == (40, 40)


def test_the_class_of_the_same_name_stays_explained(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    assert explained.classifier is not None
    labels = explained.classifier.labels
    explained.set_classes(labels.index("dog"), labels.index("cat"))
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    assert (explained.target, explained.against) == (NAMES.index("DOG"), NAMES.index("cat"))


def test_a_class_that_the_new_model_lacks_gives_way_to_its_answer(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    assert explained.classifier is not None
    explained.set_classes(explained.classifier.labels.index("crane"), 0)
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    assert explained.prediction is not None
    assert explained.target == explained.prediction.top[0]
    assert explained.against is None


def test_a_model_that_fails_leaves_the_current_one_in_place(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    def fail(*_: Any) -> Iterator[LoadedClassifier]:
        raise ModelError("no such file")
        yield

    before, states = explained.classifier, [panel.state for panel in explained.panels]
    loads(fail)
    with qtbot.waitSignal(explained.models.failed) as told:
        explained.load_model(ModelChoice("none.onnx"))
    assert told.args is not None
    assert (told.args[0].spec, told.args[1].sentence) == ("none.onnx", "no such file")
    assert explained.classifier is before
    assert [panel.state for panel in explained.panels] == states
    assert explained.model_spec != "none.onnx"
    assert not explained.is_loading


def test_a_download_is_followed_and_can_be_stopped(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    stopped = threading.Event()

    def download(_: ModelChoice, report: Callable[[int, int | None], None]) -> Iterator[Any]:
        try:
            while True:
                report(5, 10)
                stopped.wait(0.01)
        except ModelError:
            stopped.set()
            raise
        yield

    before = explained.classifier
    loads(download)
    with qtbot.waitSignal(explained.models.progressed) as told:
        explained.load_model(ModelChoice("torchvision:resnet50"))
    assert told.args == [5, 10]
    assert explained.is_loading
    with qtbot.waitSignal(explained.models.cancelled):
        explained.models.cancel()
    assert stopped.wait(10)
    assert not explained.is_loading
    assert explained.classifier is before


def test_the_last_of_two_models_wins(
    session: Session,
    qtbot: QtBot,
    photo: Path,
    loads: Callable[[Load], None],
    small_classifier: TorchClassifier,
) -> None:
    gate = threading.Event()

    def load(choice: ModelChoice, _: object) -> Iterator[LoadedClassifier]:
        if choice.spec == "first":
            assert gate.wait(30)
            yield another_model()
        else:
            yield small_classifier

    loads(load)
    session.load_model(ModelChoice("first"))
    session.load_model(ModelChoice("second"))
    gate.set()
    session.open_file(photo)
    wait_for_model(session, qtbot, small_classifier.name)


def test_changed_settings_ask_the_same_network_again(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    first = explained.classifier
    explained.change_model_settings({"size": "56", "mean": "0.5"})
    qtbot.waitUntil(lambda: explained.classifier is not first, timeout=10_000)
    wait_for_model(explained, qtbot, "another")
    assert isinstance(first, TorchClassifier)
    assert isinstance(explained.classifier, TorchClassifier)
    assert explained.classifier.module is first.module
    assert explained.classifier.input_size == (56, 56)
    assert explained.choice.settings == {"size": "56", "mean": "0.5"}


def test_settings_that_do_not_suit_are_told_and_change_nothing(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    first = explained.classifier
    with qtbot.waitSignal(explained.noticed) as told:
        explained.change_model_settings({"channels": "1"})
    assert told.args is not None
    assert "does not take inputs of the shape (4, 1, 40, 40)" in told.args[0]
    assert explained.classifier is first


def test_settings_are_read_from_the_command_line() -> None:
    assert model_settings(["model.mean=0.5", " model.labels = a=b.txt "]) == {
        "mean": "0.5",
        "labels": "a=b.txt",
    }


@pytest.mark.parametrize("text", ["mean=0.5", "model.mean", "model.=3", "mfpp.keep=0.5", ""])
def test_other_settings_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not model\.FIELD=VALUE"):
        model_settings([text])


def test_settings_of_a_model_that_went_meanwhile_change_nothing(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    wait_for_model(explained, qtbot, "another")
    gate, change = threading.Event(), preparation.change_settings

    def wait(*given: Any) -> Iterator[Any]:
        assert gate.wait(30)
        yield from change(*given)

    preparation.change_settings = wait
    try:
        explained.change_model_settings({"size": "56"})
        newest = another_model()
        explained._take_model(ModelChoice("newest.pt"), newest)
        gate.set()
        wait_for_model(explained, qtbot, "another")
    finally:
        preparation.change_settings = change
    assert explained.classifier is newest
    assert explained.choice.spec == "newest.pt"


def test_a_picture_that_a_model_failed_on_is_asked_again(
    explained: Session, qtbot: QtBot, loads: Callable[[Load], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Iterator[Any]:
        raise ModelError("it answers NaN")
        yield

    answer = preparation.predict
    monkeypatch.setattr(preparation, "predict", fail)
    loads(lambda *_: iter([another_model()]))
    explained.load_model(ModelChoice("another.pt"))
    qtbot.waitUntil(lambda: explained.picture.failure == "it answers NaN", timeout=10_000)
    assert explained.prediction is None
    monkeypatch.setattr(preparation, "predict", answer)
    explained.run_all()
    wait_for_model(explained, qtbot, "another")
    assert explained.prediction is not None
    assert explained.picture.failure == ""


def test_a_shown_choice_has_no_secrets() -> None:
    choice = ModelChoice("http://bob:hunter2@host/v2/models/x?token=hunter2")
    assert "hunter2" not in choice.text
