from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.main_window import MainWindow
from fragscope.model_check import ModelCheck
from fragscope.model_choice import ModelChoice
from fragscope.session import Session
from fragscope_explainers.classifiers import probes
from fragscope_explainers.classifiers.findings import Finding

from .another_model import another_model

WARNING = Finding("constant", "warning", "it says <the same> of every picture; check its weights")
NOTE = Finding("guessed", "note", "its mean was guessed")


def looks_of(
    session: Session, monkeypatch: pytest.MonkeyPatch, steps: int = 3
) -> list[tuple[object, bool]]:
    """Take looks of some steps in place of the real ones; notes models and whether runs went on."""
    noted: list[tuple[object, bool]] = []

    def looks(classifier: object, _: object) -> Iterator[tuple[Finding, ...]]:
        for _ in range(steps):
            noted.append((classifier, session.is_running))
            yield ()
        yield (NOTE, WARNING)

    monkeypatch.setattr(probes, "looks", looks)
    monkeypatch.setattr(preparation, "load_model", lambda *_: iter([another_model()]))
    return noted


def test_a_model_is_looked_over_once_after_its_maps(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = looks_of(explained, monkeypatch)
    check = ModelCheck(explained)
    with qtbot.waitSignal(check.warned, timeout=30_000) as told:
        explained.load_model(ModelChoice("another.pt"))
    text = "It" + WARNING.text[2:]
    assert told.args == [f"{text}. The tab Input shows what the model sees."]
    assert list(check.findings) == [NOTE, WARNING]
    assert noted == [(explained.classifier, False)] * 3
    explained.run_all()
    qtbot.waitUntil(lambda: not explained.is_running, timeout=30_000)
    assert len(noted) == 3


def test_a_run_comes_before_a_look_that_goes_on_afterwards(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    noted: list[bool] = []

    def looks(*_: object) -> Iterator[tuple[Finding, ...]]:
        while not goes_on.is_set():
            noted.append(explained.is_running)
            yield ()
        yield (NOTE,)

    monkeypatch.setattr(probes, "looks", looks)
    monkeypatch.setattr(preparation, "load_model", lambda *_: iter([another_model()]))
    check = ModelCheck(explained)
    explained.load_model(ModelChoice("another.pt"))
    qtbot.waitUntil(lambda: len(noted) > 2, timeout=30_000)
    before = len(noted)
    explained.run_all()
    began = len(noted)
    qtbot.waitUntil(lambda: not explained.is_running, timeout=30_000)
    assert noted[began:].count(True) <= 1, "but for the question that was under way"
    assert before <= began
    qtbot.waitUntil(lambda: len(noted) > began + 2, timeout=30_000)
    goes_on.set()
    qtbot.waitUntil(lambda: list(check.findings) == [NOTE], timeout=30_000)
    assert not check.is_looking


def test_a_look_ends_when_another_model_comes(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = looks_of(explained, monkeypatch, steps=10**9)
    check = ModelCheck(explained)
    explained.load_model(ModelChoice("another.pt"))
    qtbot.waitUntil(lambda: len(noted) > 2, timeout=30_000)
    first = explained.classifier
    with qtbot.waitSignal(explained.model_changed, timeout=30_000):
        explained.load_model(ModelChoice("yet another.pt"))
    assert not check.is_looking
    qtbot.waitUntil(lambda: noted[-1][0] is explained.classifier, timeout=30_000)
    assert first is not None
    assert first.findings is None
    switched = next(i for i, (model, _) in enumerate(noted) if model is not first)
    assert all(model is explained.classifier for model, _ in noted[switched:])


def test_closing_waits_for_one_question_only(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = looks_of(explained, monkeypatch, steps=10**9)
    check = ModelCheck(explained)
    explained.load_model(ModelChoice("another.pt"))
    qtbot.waitUntil(lambda: check.is_looking and len(noted) > 2, timeout=30_000)
    explained.close()  # it would never come back


def test_a_real_model_is_looked_over_without_harm(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "load_model", lambda *_: iter([another_model()]))
    check = ModelCheck(explained)
    explained.load_model(ModelChoice("another.pt"))
    qtbot.waitUntil(lambda: bool(check.findings), timeout=30_000)
    assert "guessed" in {finding.kind for finding in check.findings}


def test_the_window_lists_findings_and_marks_the_tab(filled: MainWindow, qtbot: QtBot) -> None:
    side = filled.side
    side.show_findings((NOTE, WARNING))
    text = side.input.findings.text()
    assert text.index("the same") < text.index("guessed")
    assert "&lt;the same&gt;" in text
    index = [side.tabs.tabText(i) for i in range(side.tabs.count())].index("Input")
    assert not side.tabs.tabIcon(index).isNull()
    side.show_findings((NOTE,))
    assert side.tabs.tabIcon(index).isNull()
    side.show_findings(())
    assert side.input.findings.isHidden()
