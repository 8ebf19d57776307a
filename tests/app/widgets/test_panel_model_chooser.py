"""A panel of a session file whose model runs a program: it asks for trust when it is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope import preparation
from fragscope.main_window import MainWindow
from fragscope.model_choice import ModelChoice
from fragscope.panels import Status
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.sources.found import DistrustedError

from ..two_models import OTHER, Loads, another, hold

ENDED = (Status.FINISHED, Status.FAILED)


@pytest.fixture
def opened(
    loads: Loads, window: MainWindow, qtbot: QtBot, photo: Path, tmp_path: Path
) -> MainWindow:
    """The window with a session whose first panel has a model that is not open."""
    loads[OTHER.spec] = another
    session, keeper = window.session, window.desk.keeper
    window.open_file(photo)
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in session.panels), timeout=30_000)
    window.guide.hints.end()
    hold(session, qtbot, 0)
    with qtbot.waitSignal(keeper.saved):
        keeper.save(tmp_path / "two.fragscope")
    session.use_panels([("saliency", {})])
    qtbot.waitUntil(lambda: session.shelf.classifier(0) is None)
    with qtbot.waitSignal(keeper.opened, timeout=20_000):
        window.open_files([tmp_path / "two.fragscope"])
    return window


@pytest.fixture
def distrusted(monkeypatch: pytest.MonkeyPatch) -> list[ModelChoice]:
    """What was asked for; only what is trusted is loaded."""
    asked: list[ModelChoice] = []

    def load(choice: ModelChoice, _: object) -> Iterator[LoadedClassifier]:
        asked.append(choice)
        if not choice.trusted:
            raise DistrustedError("other.pt runs a program; say that you trust it")
        yield another()

    monkeypatch.setattr(preparation, "load_model", load)
    return asked


def test_the_panel_shows_its_result_and_names_what_it_lacks(
    opened: MainWindow, qtbot: QtBot
) -> None:
    session, widget = opened.session, opened.grid.panels[0]
    qtbot.waitUntil(lambda: opened.grid.is_settled)
    assert widget.view._map.isVisible()
    assert widget._message.isVisible()
    assert widget._message.text() == "Its model, other, is not open. Run again to open other.pt."
    assert widget._retry.isVisible()
    assert widget.header._method.text() == "MFPP, other"
    assert not opened.grid.panels[1]._message.isVisible()
    opened.grid.show_difference(0, 1)
    facts = opened.grid.differences[0]._facts
    qtbot.waitUntil(lambda: "rank corr." in facts.text(), timeout=10_000)
    assert session.shelf.classifier(session.panel(0).model) is None


def test_running_it_asks_for_trust_and_goes_on(
    opened: MainWindow, distrusted: list[ModelChoice], qtbot: QtBot
) -> None:
    session, chooser = opened.session, opened.panel_models
    panel, others = session.panel(0), [p.state for p in session.panels[1:]]
    state = panel.state
    qtbot.mouseClick(opened.grid.panels[0]._retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chooser.isVisible)
    assert chooser.trust.isVisible()
    assert not chooser.trust.isChecked()
    assert "runs a program" in chooser.message.text()
    assert panel.state is state
    message = opened.grid.panels[0]._message
    assert "could not be opened" in message.text()
    assert "say that you trust it" in message.toolTip()
    chooser.trust.setChecked(True)
    qtbot.mouseClick(chooser.load_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.state is not state, timeout=20_000)
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)
    assert [choice.trusted for choice in distrusted] == [False, True]
    assert not chooser.isVisible()
    assert not opened.grid.panels[0]._message.isVisible()
    assert [p.state for p in session.panels[1:]] == others
    assert [p.model for p in session.panels[1:]] == [None] * 3


def test_another_model_can_be_given_instead(
    opened: MainWindow, distrusted: list[ModelChoice], qtbot: QtBot
) -> None:
    session, chooser = opened.session, opened.panel_models
    session.run(session.panel(0))
    qtbot.waitUntil(chooser.isVisible)
    chooser.spec.setEditText("third.pt")
    chooser.trust.setChecked(True)
    chooser.load_button.click()
    qtbot.waitUntil(lambda: session.shelf[session.panel(0).model].choice.spec == "third.pt")
    assert len(session.panels) == 4
    qtbot.waitUntil(lambda: session.panel(0).status is Status.FINISHED, timeout=20_000)


def test_nothing_is_opened_by_the_class_or_the_next_picture(
    opened: MainWindow, distrusted: list[ModelChoice], qtbot: QtBot
) -> None:
    session = opened.session
    session.set_target(session.prediction.top[-1])
    session.set_target(session.prediction.top[0])
    session.album.run_pictures()
    qtbot.waitUntil(lambda: all(p.status not in (Status.RUNNING,) for p in session.panels))
    assert distrusted == []
    assert not opened.panel_models.isVisible()
    session.stop_all()
