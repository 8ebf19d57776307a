from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.main_window import MainWindow
from fragscope.model_check import ModelCheck
from fragscope.model_choice import ModelChoice
from fragscope.session import Session
from fragscope_explainers.classifiers import probes
from fragscope_explainers.classifiers.probes import Finding

from .another_model import another_model

WARNING = Finding("constant", "warning", "it says <the same> of every picture; check its weights")
NOTE = Finding("guessed", "note", "its mean was guessed")


def test_a_model_is_looked_over_once_after_its_maps(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(classifier: object, _: object) -> tuple[Finding, ...]:
        looks.append((classifier, explained.is_running))
        return (NOTE, WARNING)

    monkeypatch.setattr(probes, "look_over", look)
    monkeypatch.setattr(preparation, "load_model", lambda *_: iter([another_model()]))
    check = ModelCheck(explained)
    with qtbot.waitSignal(check.warned, timeout=30_000) as told:
        explained.load_model(ModelChoice("another.pt"))
    text = "It" + WARNING.text[2:]
    assert told.args == [f"{text}. The tab Input shows what the model sees."]
    assert list(check.findings) == [NOTE, WARNING]
    assert looks == [(explained.classifier, False)]
    explained.run_all()
    qtbot.waitUntil(lambda: not explained.is_running, timeout=30_000)
    assert len(looks) == 1


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
