from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.model_choice import ModelChoice
from fragscope.session import Session
from fragscope.widgets.input_control import InputControl
from fragscope_explainers.classifiers.model_settings import Known
from fragscope_explainers.errors import ModelError

from ...conftest import is_done
from ..another_model import another_model


@pytest.fixture
def control(explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> InputControl:
    """The control of a session that has explained a photo with another model."""
    monkeypatch.setattr(preparation, "load_model", lambda *_: iter([another_model()]))
    found = InputControl(explained)
    qtbot.addWidget(found)
    found.show()
    explained.load_model(ModelChoice("another.pt"))
    wait_for_size(explained, qtbot, (40, 40))
    return found


def wait_for_size(session: Session, qtbot: QtBot, size: tuple[int, int]) -> None:
    def is_there() -> bool:
        classifier = session.classifier
        return classifier is not None and classifier.input_size == size and is_done(session)

    qtbot.waitUntil(is_there, timeout=30_000)


def type_text(control: InputControl, qtbot: QtBot, name: str, text: str) -> None:
    editor: Any = control.editors[name]
    editor.selectAll()
    qtbot.keyClicks(editor, text)


def test_every_setting_is_shown_with_its_source(control: InputControl) -> None:
    texts = {name: control.sources[name].text() for name in control.editors}
    assert texts["size"] == "test"
    assert texts["mean"] == "guessed"
    assert texts["labels"] == "test"
    assert control.sources["mean"].objectName() == "warning"
    assert control.sources["size"].objectName() == "muted"
    assert control.facts.text().startswith("1 x 3 x 40 x 40, float32, NCHW\nvalues ")
    assert not control.tensor.pixmap().isNull()
    assert not control.crop.pixmap().isNull()
    assert not control.use_button.isVisible()


def test_a_guess_stands_out_whatever_it_is_called(
    control: InputControl, explained: Session
) -> None:
    classifier = explained.classifier
    assert classifier is not None
    known = {**classifier.settings.known, "mean": Known((0.5,), "geraten", guessed=True)}
    known["std"] = Known((0.5,), "guessed.toml")
    classifier.settings = replace(classifier.settings, known=known)
    control.reset()
    found = {name: control.sources[name].objectName() for name in ("mean", "std")}
    assert found == {"mean": "warning", "std": "muted"}
    assert control.sources["mean"].text() == "geraten"


def test_an_edit_is_previewed_and_not_used_yet(control: InputControl, qtbot: QtBot) -> None:
    type_text(control, qtbot, "size", "24x32")
    qtbot.waitUntil(lambda: "1 x 3 x 24 x 32" in control.facts.text(), timeout=10_000)
    assert control.message.text().startswith("Not used yet")
    session = control._session
    assert session.classifier is not None
    assert session.classifier.input_size == (40, 40)
    qtbot.mouseClick(control.reset_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "1 x 3 x 40 x 40" in control.facts.text(), timeout=10_000)
    assert not control.is_edited


def test_used_edits_ask_the_model_again(control: InputControl, qtbot: QtBot) -> None:
    type_text(control, qtbot, "size", "56")
    type_text(control, qtbot, "mean", "0.5")
    qtbot.mouseClick(control.use_button, Qt.MouseButton.LeftButton)
    wait_for_size(control._session, qtbot, (56, 56))
    assert control.sources["size"].text() == "set by you"
    assert control.sources["mean"].text() == "set by you"
    assert control._session.choice.settings == {"size": "56", "mean": "0.5"}
    assert not control.is_edited


def test_a_wrong_edit_is_told_and_cannot_be_used(control: InputControl, qtbot: QtBot) -> None:
    type_text(control, qtbot, "std", "0")
    qtbot.waitUntil(lambda: "std numbers above 0" in control.message.text(), timeout=10_000)
    assert control.message.objectName() == "error"
    assert not control.use_button.isEnabled()


def test_settings_that_the_program_fixed_are_shown_and_locked(
    explained: Session, qtbot: QtBot
) -> None:
    found = InputControl(explained)
    qtbot.addWidget(found)
    found.reset()
    assert not any(editor.isEnabled() for editor in found.editors.values())
    qtbot.waitUntil(lambda: "1 x 3 x 64 x 64" in found.facts.text(), timeout=10_000)
    assert found.message.text() == "This model's settings are fixed."


def test_what_a_model_failed_on_is_shown(
    control: InputControl, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ModelError("it answers NaN")
        yield

    session = control._session
    monkeypatch.setattr(preparation, "predict", fail)
    session.change_model_settings({"size": "24"})
    qtbot.waitUntil(lambda: "1 x 3 x 24 x 24" in control.facts.text(), timeout=10_000)
    assert session.prediction is None
    assert session.picture.failure == "it answers NaN"
    assert not control.message.isVisible()
