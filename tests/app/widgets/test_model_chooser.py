from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.main_window import MainWindow
from fragscope.model_choice import ModelChoice
from fragscope.widgets.model_chooser import ModelChooser, is_model_file
from fragscope_explainers.classifiers.sources.found import DistrustedError
from fragscope_explainers.errors import ModelError

from ..another_model import another_model

Load = Callable[[ModelChoice, Callable[[int, int | None], None]], Iterator[Any]]


@pytest.fixture
def chooser(window: MainWindow, qtbot: QtBot) -> ModelChooser:
    """The form of a window whose model is there."""
    qtbot.waitUntil(lambda: window.session.classifier is not None, timeout=30_000)
    window.models.ask()
    qtbot.waitUntil(window.models.chooser.isVisible)
    return window.models.chooser


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Callable[[Load], None]:
    return lambda load: monkeypatch.setattr(preparation, "load_model", load)


def type_spec(chooser: ModelChooser, qtbot: QtBot, text: str) -> None:
    edit = chooser.spec.lineEdit()
    assert edit is not None
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_typing_says_what_it_is(chooser: ModelChooser, qtbot: QtBot) -> None:
    type_spec(chooser, qtbot, "model.onnx")
    assert chooser.hint.text().startswith("An ONNX file.")
    assert chooser.load_button.isEnabled()
    type_spec(chooser, qtbot, "nonsense")
    assert "names no collection" in chooser.hint.text()
    assert not chooser.load_button.isEnabled()


def test_opening_loads_with_the_class_names_and_closes(
    chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    asked: list[ModelChoice] = []

    def load(choice: ModelChoice, _: object) -> Iterator[Any]:
        asked.append(choice)
        yield another_model()

    loads(load)
    type_spec(chooser, qtbot, "another.pt")
    qtbot.keyClicks(chooser.labels, "names.txt")
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not chooser.isVisible(), timeout=10_000)
    assert asked == [ModelChoice("another.pt", {"labels": "names.txt"})]


def test_a_failure_stays_in_the_form(
    chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    def fail(*_: Any) -> Iterator[Any]:
        raise ModelError("m.onnx: is cut short; copy it again")
        yield

    loads(fail)
    type_spec(chooser, qtbot, "m.onnx")
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chooser.message.isVisible, timeout=10_000)
    assert chooser.message.text() == "m.onnx: is cut short; copy it again"
    assert chooser.load_button.isEnabled()
    assert not chooser.trust.isVisible()
    type_spec(chooser, qtbot, "n.onnx")
    assert not chooser.message.isVisible()


def test_a_long_hint_is_seen_whole(chooser: ModelChooser, tmp_path: Path, qtbot: QtBot) -> None:
    code = tmp_path / "a_file_with_a_rather_long_name.py"
    code.write_text("".join(f"def the_{n}_network_of_several(): ...\n" for n in range(5)))
    chooser.spec.setEditText(f"{code}:")
    qtbot.wait(20)
    hint = chooser.hint
    assert hint.height() >= hint.heightForWidth(hint.width()) > 2 * hint.fontMetrics().height()
    chooser.spec.setEditText("builtin:efficientnet-lite0")
    qtbot.wait(20)
    assert hint.minimumHeight() <= 2 * hint.fontMetrics().height()


@pytest.mark.parametrize("error", [ModelError, DistrustedError])
def test_enter_does_not_close_the_form_after_a_failure(
    error: type[ModelError], chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    def load(*_: object) -> Iterator[Any]:
        raise error("it is of another kind")
        yield

    loads(load)
    type_spec(chooser, qtbot, "another.pt")
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chooser.message.isVisible, timeout=10_000)
    assert chooser.load_button.isDefault()
    wanted = chooser.trust if error is DistrustedError else chooser.spec
    qtbot.waitUntil(lambda: chooser.focusWidget() in (wanted, chooser.spec.lineEdit()))
    assert chooser.isVisible()


def test_trust_is_asked_for_only_where_a_program_would_run(
    chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    def load(choice: ModelChoice, _: object) -> Iterator[Any]:
        if not choice.trusted:
            raise DistrustedError("m.pth holds a program; open it only if you trust it")
        yield another_model()

    loads(load)
    type_spec(chooser, qtbot, "m.pth")
    assert not chooser.trust.isVisible()
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chooser.trust.isVisible, timeout=10_000)
    chooser.trust.setChecked(True)
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not chooser.isVisible(), timeout=10_000)


def test_trust_is_not_carried_to_another_file(chooser: ModelChooser, qtbot: QtBot) -> None:
    type_spec(chooser, qtbot, "a.py:build")
    assert chooser.trust.isVisible()
    chooser.trust.setChecked(True)
    type_spec(chooser, qtbot, "b.py:build")
    assert not chooser.trust.isChecked()


def test_a_download_shows_how_far_it_is_and_stops(
    chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    def download(_: ModelChoice, report: Callable[[int, int | None], None]) -> Iterator[Any]:
        while True:
            report(2_000_000, 8_000_000)
            threading.Event().wait(0.02)
        yield

    loads(download)
    type_spec(chooser, qtbot, "torchvision:resnet50")
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: chooser.progress.value() == 250, timeout=10_000)
    assert chooser.progress.format() == "2.0 of 8.0 MB"
    assert not chooser.spec.isEnabled()
    qtbot.mouseClick(chooser.stop_button, Qt.MouseButton.LeftButton)
    assert chooser.message.text().startswith("Stopped.")
    assert chooser.spec.isEnabled()


def test_files_are_chosen_in_a_dialog(
    chooser: ModelChooser, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = str(tmp_path / "build.py")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (found, ""))
    qtbot.mouseClick(chooser.browse, Qt.MouseButton.LeftButton)
    assert chooser.spec.currentText() == found + ":"
    qtbot.mouseClick(chooser.browse_labels, Qt.MouseButton.LeftButton)
    assert chooser.labels.text() == found


def test_model_files_are_told_from_pictures() -> None:
    assert is_model_file(Path("a.onnx"))
    assert is_model_file(Path("a.py"))
    assert is_model_file(Path("a.keras"))
    assert not is_model_file(Path("a.png"))


def test_a_folder_of_transformers_is_a_model(tmp_path: Path) -> None:
    assert not is_model_file(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    assert is_model_file(tmp_path)


def test_a_dropped_python_file_says_what_lacks(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.session.classifier is not None, timeout=30_000)
    code = tmp_path / "nets.py"
    code.write_text("def small(): ...\n\ndef large(): ...\n")
    window.open_files([code])
    chooser = window.models.chooser
    assert chooser.isVisible()
    assert chooser.spec.currentText() == f"{code}:"
    assert "as in nets.py:small or :large" in chooser.message.text()
    assert not window.session.models.is_busy


# --- the menu, and files that are dropped


def test_models_used_lately_are_offered_and_kept(
    window: MainWindow, chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    loads(lambda *_: iter([another_model()]))
    with qtbot.waitSignal(window.session.models.loaded, timeout=10_000):
        window.session.load_model(ModelChoice("another.pt"))
    menu = window.models
    assert menu.recent == ["another.pt"]
    menu.aboutToShow.emit()
    (entry,) = [action for action in menu.actions() if action.text() == "another.pt"]
    assert entry.isChecked()
    assert window.tools.model_button.text() == "another"
    window.close()
    from fragscope.settings import load_settings

    assert load_settings().models == ["another.pt"]


def test_a_model_that_runs_a_program_is_not_offered_again(
    window: MainWindow, chooser: ModelChooser, qtbot: QtBot, loads: Callable[[Load], None]
) -> None:
    loads(lambda *_: iter([another_model()]))
    with qtbot.waitSignal(window.session.models.loaded, timeout=10_000):
        window.session.load_model(ModelChoice("a.py:build", trusted=True))
    assert window.models.recent == []


def test_a_dropped_model_file_is_loaded(
    window: MainWindow, qtbot: QtBot, loads: Callable[[Load], None], tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: window.session.classifier is not None, timeout=30_000)
    asked: list[str] = []

    def load(choice: ModelChoice, _: object) -> Iterator[Any]:
        asked.append(choice.spec)
        yield another_model()

    loads(load)
    path = tmp_path / "tiny.onnx"
    path.write_bytes(b"x")
    with qtbot.waitSignal(window.session.models.loaded, timeout=10_000):
        window.open_files([path])
    assert asked == [str(path)]
    assert window.session.image is None
