"""Menus that say what a model does not allow, and panels of two models in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QMenu
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.model_choice import ModelChoice
from fragscope.panels import Status
from fragscope.session import Session
from fragscope.suggestions import suggest
from fragscope.widgets.method_menu import MethodMenu
from fragscope.widgets.panel_model_menu import PanelModelMenu
from fragscope.widgets.parameter_form import ParameterForm
from fragscope.widgets.preset_menu import PresetMenu
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.errors import ModelError

from ...conftest import LABELS
from ..two_models import Loads, another, black_box, hold

OTHER = "other.pt"


def entry(menu: QMenu, text: str) -> QAction:
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if action.text().startswith(text))


def test_methods_that_are_not_possible_say_why(qtbot: QtBot) -> None:
    menu = MethodMenu(None, lambda _: None)  # type: ignore[arg-type]
    qtbot.addWidget(menu)
    assert entry(menu, "Grad-CAM").isEnabled()
    menu.why = lambda name: "it only answers" if name == "grad-cam" else ""
    assert not entry(menu, "Grad-CAM").isEnabled()
    assert entry(menu, "Grad-CAM").toolTip() == "it only answers"
    assert entry(menu, "RISE").isEnabled()
    assert menu.toolTipsVisible()


def test_a_panel_whose_model_lacks_the_class_offers_what_that_model_predicts(
    loads: Loads, window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    loads[OTHER] = lambda: another(("wolf", "bear", "lynx", "owl"))
    window.open_file(photo)
    session = window.session
    ends = (Status.FINISHED, Status.UNSUPPORTED)
    qtbot.waitUntil(lambda: all(p.status in ends for p in session.panels), timeout=30_000)
    session.set_panel_model(0, session.load_extra_model(ModelChoice(OTHER)))
    panel, widget = session.panel(0), window.grid.panels[0]
    qtbot.waitUntil(lambda: panel.status is Status.UNSUPPORTED, timeout=20_000)
    assert "other has no class called" in widget._message.text()
    predicted = session.prediction_of(panel)
    label = predicted.classifier.labels[predicted.top[0]]
    assert widget._instead.isVisible()
    assert widget._instead.text().startswith(f"Explain {label} ")
    qtbot.mouseClick(widget._instead, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)
    assert panel.held == predicted.top[0]
    assert not widget._instead.isVisible()
    assert not widget._message.isVisible()
    assert label in widget.header._class.text()
    session.set_panel_model(0, None)
    qtbot.waitUntil(lambda: panel.status is Status.FINISHED, timeout=20_000)


def test_the_comparison_names_its_model_and_offers_another(
    loads: Loads, session: Session, qtbot: QtBot
) -> None:
    loads[OTHER] = another
    menu = PresetMenu()
    qtbot.addWidget(menu)
    menu.session = session
    menu.judge()
    compare, other = menu.actions()[-2:]
    assert compare.text() == "Two models"
    assert not other.isVisible()
    number = session.load_extra_model(ModelChoice(OTHER))
    qtbot.waitUntil(lambda: session.shelf.classifier(number) is not None)
    menu.judge()
    assert compare.text() == "Two models: other"
    assert other.isVisible()
    with qtbot.waitSignal(menu.second_model_wanted):
        other.trigger()
    session.shelf[number].failure = "gone"
    menu.judge()
    assert compare.text() == "Two models"


def test_presets_that_can_show_nothing_say_why(
    loads: Loads,
    session: Session,
    qtbot: QtBot,
) -> None:
    loads[session.choice.spec] = black_box
    menu = PresetMenu()
    qtbot.addWidget(menu)
    menu.session = session
    with qtbot.waitSignal(session.model_changed):
        session.load_model()
    assert not entry(menu, "Gradients").isEnabled()
    assert "only answers with probabilities" in entry(menu, "Gradients").toolTip()
    assert entry(menu, "All kinds of methods").isEnabled()
    with qtbot.waitSignal(menu.second_model_wanted):
        entry(menu, "Two models").trigger()


def test_the_menu_lists_models(two: Session, qtbot: QtBot) -> None:
    menu = PanelModelMenu(two, 1)
    qtbot.addWidget(menu)
    assert entry(menu, "The window's (small)").isChecked()
    hold(two, qtbot, 0)
    entry(menu, "other").trigger()
    assert two.panel(1).model == 0
    assert entry(menu, "other").isChecked()
    with qtbot.waitSignal(menu.other_wanted):
        entry(menu, "Another model ...").trigger()
    entry(menu, "The window's").trigger()
    assert two.panel(1).model is None


def test_a_chosen_model_comes_to_its_panel(filled: MainWindow, qtbot: QtBot) -> None:
    chooser, session = filled.panel_models, filled.session
    filled.grid.panels[2].header.ask("model")
    assert chooser.isVisible()
    assert chooser.windowTitle().startswith("Open a model for Integrated Gradients")
    chooser.spec.setEditText(OTHER)
    chooser.load_button.click()
    qtbot.waitUntil(lambda: session.panel(2).model == 0, timeout=10_000)
    assert not chooser.isVisible()


def test_a_model_that_fails_changes_no_panel(
    filled: MainWindow, loads: Loads, qtbot: QtBot
) -> None:
    def fail() -> LoadedClassifier:
        raise ModelError("other.pt is no model")

    loads[OTHER] = fail
    chooser, session = filled.panel_models, filled.session
    chooser.choose_for(1)
    chooser.spec.setEditText(OTHER)
    chooser.load_button.click()
    qtbot.waitUntil(lambda: chooser.message.text() == "other.pt is no model", timeout=10_000)
    assert session.panel(1).model is None
    assert session.panel(1).status is Status.FINISHED
    chooser.close()


@pytest.fixture
def filled(loads: Loads, window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    loads[OTHER] = another
    window.open_file(photo)
    ends = (Status.FINISHED, Status.FAILED)
    qtbot.waitUntil(lambda: all(p.status in ends for p in window.session.panels), timeout=30_000)
    return window


def test_a_panel_shows_its_model(filled: MainWindow, qtbot: QtBot) -> None:
    session, widget = filled.session, filled.grid.panels[0]
    hold(session, qtbot, 0)
    texts = [label.text() for label in widget.findChildren(QLabel)]
    assert any(text.startswith("DOG ") and "%" in text for text in texts)
    assert widget.header._method.text() == "MFPP, other"
    own = session.prediction_of(session.panel(0)).model_input.geometry
    window = session.prediction.model_input.geometry
    assert own != window
    assert widget.view._seen.width() == pytest.approx(own.box[2] - own.box[0])
    other = filled.grid.panels[1].view
    assert other._seen.width() == pytest.approx(window.box[2] - window.box[0])
    session.set_target(LABELS.index("eel"))
    qtbot.waitUntil(lambda: session.panel(0).status is Status.UNSUPPORTED, timeout=20_000)
    assert widget._message.isVisible()
    assert "no class called 'eel'" in widget._message.text()
    assert not widget._retry.isVisible()


def test_a_difference_of_two_models(filled: MainWindow, qtbot: QtBot) -> None:
    hold(filled.session, qtbot, 0)
    filled.grid.show_difference(1, 0)
    shown = filled.grid.differences[0]
    qtbot.waitUntil(lambda: "rank corr." in shown._facts.text(), timeout=10_000)
    assert shown._title.text() == "RISE \N{MINUS SIGN} MFPP, other"


def test_asking_for_another_model_names_the_panel(filled: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(filled.grid.model_wanted) as asked:
        filled.grid.panels[1].header.ask("model")
    assert asked.args == [1]


def test_layers_are_offered(filled: MainWindow, qtbot: QtBot) -> None:
    session = filled.session
    panel = next(p for p in session.panels if p.method.name == "grad-cam")
    form = ParameterForm(panel.method, {})
    qtbot.addWidget(form)
    suggest(session, panel, form.offer)
    combo = form.findChild(QComboBox)
    assert combo is not None
    qtbot.waitUntil(lambda: combo.count() > 1, timeout=10_000)
    assert combo.currentText() == "auto"
    assert combo.itemText(1) == "4 (4 x 4)"
    combo.setCurrentIndex(1)
    form.accept()
    assert form.settings == {"layer": "4"}
