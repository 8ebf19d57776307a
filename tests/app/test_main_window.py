"""The real window, driven by mouse, keys, drops and the clipboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QSplitter, QToolButton
from pytestqt.qtbot import QtBot
from torch import nn

from fragscope.main_window import MainWindow
from fragscope.model_choice import ModelChoice
from fragscope.session import Session, Status
from fragscope.settings import load_settings
from fragscope.widgets import theme
from fragscope.widgets.evidence import Evidence
from fragscope.widgets.parameter_form import ParameterForm
from fragscope.widgets.tiling import LEAST_WIDTH
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier

from .two_models import Loads, another


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(lambda: all(p.status in ended for p in window.session.panels), timeout=30_000)


def test_an_empty_window_offers_samples(window: MainWindow, qtbot: QtBot) -> None:
    assert window.pages.currentWidget() is window.welcome
    assert not window.actions_["run"].isEnabled()
    assert not window.actions_["export"].isEnabled()
    buttons = [b for b in window.welcome.findChildren(QToolButton) if b.text() == "Coffee"]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=10_000)
    assert window.windowTitle() == "coffee - FragScope"
    assert window.pages.currentWidget() is not window.welcome


def test_a_dropped_file_opens(window: MainWindow, qtbot: QtBot, photo: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    modifiers = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(200, 200), *arguments, modifiers)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 200), *arguments, modifiers))
    qtbot.waitUntil(lambda: window.session.image is not None)
    assert window.session.image.path == photo


def test_pasting_pixels_opens_them(window: MainWindow, qtbot: QtBot) -> None:
    image = QImage(101, 67, QImage.Format.Format_ARGB32)
    image.fill(0xFF3366CC)
    QApplication.clipboard().setImage(image)
    window.actions_["paste"].trigger()
    qtbot.waitUntil(lambda: window.session.image is not None)
    assert window.session.image.pixels.shape == (67, 101, 3)
    assert (window.session.image.pixels == [0x33, 0x66, 0xCC]).all()


def test_dropped_pixels_open(window: MainWindow, qtbot: QtBot) -> None:
    mime = QMimeData()
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0xFF00FF00)
    mime.setImageData(image)
    arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    modifiers = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(9, 9), *arguments, modifiers))
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), *arguments, modifiers))
    qtbot.waitUntil(lambda: window.session.image is not None)
    assert window.session.image.pixels.shape == (30, 40, 3)


def test_pasting_nothing_says_so(window: MainWindow) -> None:
    QApplication.clipboard().clear()
    window.actions_["paste"].trigger()
    assert window.notice.isVisible()
    assert "no picture" in window.notice.text


def test_a_bad_file_is_told_in_the_bar_and_the_picture_stays(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    filled.open_file(bad)
    qtbot.waitUntil(filled.notice.isVisible)
    assert "bad.png" in filled.notice.text
    assert filled.session.image.name == "photo"
    assert filled.scores.item(0, 1).text() != ""


def test_panels_curves_and_table_show_the_results(filled: MainWindow, qtbot: QtBot) -> None:
    assert len(filled.grid.views) == 4
    for view in filled.grid.views:
        assert view._map.isVisible()
        assert view._map.image.shape == (64, 64, 4)
    for plot in filled.curves.plots.values():
        qtbot.waitUntil(lambda plot=plot: plot.drawn == {0, 1, 2, 3})
    for row, panel in enumerate(filled.session.panels):
        auc = panel.state.curves["deletion"].auc
        assert filled.scores.item(row, 1).text() == f"{auc:.3f}"


@pytest.mark.parametrize("width", [LEAST_WIDTH - 18, 480])
def test_every_panel_tells_its_scores_however_narrow_it_is(
    filled: MainWindow, width: int, qtbot: QtBot
) -> None:
    for panel in filled.session.panels:
        footer, state = filled.grid.panels[panel.number]._progress, panel.state
        qtbot.waitUntil(lambda found=state: len(found.scored_curves) == 2)
        footer.resize(width, 20)
        for curve in state.scored_curves.values():
            assert f"{curve.auc:.3f}" in footer.shown
        if state.snapshot.total > 1:
            assert f"{state.snapshot.done:,}" in footer.shown
        if state.stability is not None:
            assert f"{state.stability:.2f}" in footer.shown


def test_the_scrubber_erases_in_every_panel_and_leaving_brings_the_maps_back(
    filled: MainWindow, qtbot: QtBot
) -> None:
    panels, view = filled.grid.panels.values(), filled.grid.panels[0].view
    filled.curves.tools.scrub.trigger()
    qtbot.waitUntil(lambda: all(p.view._altered.isVisible() for p in panels), timeout=5000)
    assert not view._map.isVisible()
    assert view._altered.image.shape == (64, 64, 3)
    assert filled.grid.panels[0]._progress.text().startswith("deletion 20 %: ")
    filled.set_display(filled.exporter.display)  # repaints, and stays erased
    assert filled.grid.panels[0]._progress.text().startswith("deletion 20 %: ")
    filled.curves.tools.scrub.trigger()
    assert view._map.isVisible()
    assert not view._altered.isVisible()
    assert "done in" in filled.grid.panels[0]._progress.text()


def test_space_on_the_legend_hides_a_curve_and_runs_nothing(
    filled: MainWindow, qtbot: QtBot
) -> None:
    entry = filled.curves.legend.entries[1]
    entry.setFocus()
    qtbot.keyClick(entry, Qt.Key.Key_Space)
    assert not entry.isChecked()
    assert not filled.session.is_running


def test_clicking_a_class_explains_it(filled: MainWindow, qtbot: QtBot) -> None:
    classes = filled.side.classes.list
    place = classes.visualRect(classes.model().index(2, 0)).center()
    qtbot.mouseClick(classes.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert filled.session.target == filled.session.prediction.top[2]
    wait_done(filled, qtbot)
    assert {p.state.target for p in filled.session.panels} == {filled.session.target}


def test_any_class_is_found_by_a_part_of_its_name(filled: MainWindow, qtbot: QtBot) -> None:
    rare = next(n for n in range(10) if n not in filled.session.prediction.top)
    field = filled.side.classes.search
    qtbot.keyClicks(field, str(rare))
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: filled.session.target == rare)
    assert field.text() == ""
    assert filled.side.classes.list.current_class() == rare
    wait_done(filled, qtbot)
    assert {p.state.target for p in filled.session.panels} == {rare}


def test_keys_step_through_classes(filled: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(filled, Qt.Key.Key_BracketRight)
    assert filled.session.target == filled.session.prediction.top[1]
    qtbot.keyClick(filled, Qt.Key.Key_BracketLeft)
    assert filled.session.target == filled.session.prediction.top[0]


def test_space_pauses_and_escape_stops(window: MainWindow, qtbot: QtBot, photo: Path) -> None:
    window.session.panel(0).settings = {"masks": 10**6}
    window.open_file(photo)
    panel = window.session.panel(0)
    qtbot.waitUntil(lambda: panel.status is Status.RUNNING, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert panel.status is Status.PAUSED
    assert window.actions_["run"].text() == "Go on"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert panel.status is Status.RUNNING
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.status is Status.CANCELLED, timeout=10_000)
    qtbot.waitUntil(lambda: window.actions_["run"].text() == "Run again", timeout=10_000)
    assert "partial" in window.grid.panels[0]._progress.text()
    assert window.grid.panels[0]._retry.isVisible()


def test_progress_tells_masks_rate_and_time_left(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    window.session.panel(0).settings = {"masks": 10**6}
    window.open_file(photo)
    text = window.grid.panels[0]._progress
    qtbot.waitUntil(lambda: "left" in text.text(), timeout=10_000)
    assert "/ 1,000,000" in text.text()
    assert "/ s" in text.text()


def test_a_failure_stands_in_its_panel_with_a_retry(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.session.configure(1, "rise", {"cells": 1})
    wait_done(filled, qtbot)
    panel = filled.grid.panels[1]
    assert "rise.cells" in panel._message.text()
    assert panel._message.isVisible()
    filled.session.panel(1).settings = {"masks": 20}
    qtbot.mouseClick(panel._retry, Qt.MouseButton.LeftButton)
    wait_done(filled, qtbot)
    assert not panel._message.isVisible()


def test_the_parameter_form_runs_the_panel(filled: MainWindow, qtbot: QtBot) -> None:
    filled.edit_parameters(0)
    form = filled.findChild(ParameterForm)
    editors = {e.accessibleName(): e for e in form.findChildren(object) if hasattr(e, "value")}
    editors["Masks"].setValue(40)
    form.accept()
    wait_done(filled, qtbot)
    assert filled.session.panel(0).state.snapshot.total == 40


def test_choosing_another_method_keeps_the_place(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.panels[3].method_chosen.emit(3, "saliency")
    wait_done(filled, qtbot)
    assert [p.method.name for p in filled.session.panels][3] == "saliency"
    assert filled.grid.panels[3].header._method.text() == "Saliency"
    assert filled.scores.item(3, 0).text() == "Saliency"


def test_adding_and_removing_panels_rearranges_the_grid(filled: MainWindow, qtbot: QtBot) -> None:
    filled.tools.method_chosen.emit("smoothgrad")
    assert len(filled.grid.panels) == 5
    wait_done(filled, qtbot)
    kept = filled.grid.panels[1].colour
    filled.grid.panels[0].asked.emit(0, "remove")
    swatch = filled.scores.item(0, 0).icon().pixmap(12, 12).toImage()
    assert swatch.pixelColor(6, 6).name() == kept.lower()
    assert len(filled.grid.panels) == 4
    assert filled.scores.rowCount() == 4
    assert filled.grid.views[-1]._photo.image is not None


def test_the_theme_switches(filled: MainWindow) -> None:
    assert theme.current() is theme.LIGHT
    filled.actions_["theme"].trigger()
    assert theme.current() is theme.DARK
    assert filled.theme.choice == "dark"
    filled.actions_["theme"].trigger()
    assert theme.current() is theme.LIGHT


def test_the_layout_comes_back(
    filled: MainWindow, qtbot: QtBot, quick_model: None, photo: Path
) -> None:
    rows = filled.findChild(Evidence).parentWidget()
    assert isinstance(rows, QSplitter)
    rows.setSizes([rows.height() - 260, 260])
    filled.side.setSizes([150, 300, 200])
    filled.side.tabs.setCurrentIndex(1)
    kept = filled.layout_memory.sizes
    filled.close()
    other = MainWindow(Session(), load_settings())
    qtbot.addWidget(other)
    other.resize(1280, 800)  # wider than the screen that there is offscreen
    with qtbot.waitExposed(other):
        other.show()
    other.open_file(photo)
    qtbot.waitUntil(lambda: other.session.image is not None, timeout=10_000)
    qtbot.waitUntil(lambda: other.layout_memory.sizes == kept)
    assert other.side.tabs.tabText(other.side.tabs.currentIndex()) == "Map"
    other.close()


def test_the_bar_fits_a_small_window(filled: MainWindow) -> None:
    more = filled.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    assert isinstance(more, QToolButton)
    assert filled.width() == 1280
    assert not more.isVisible()


def test_closing_while_running_remembers_the_settings(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    window.session.panel(0).settings = {"masks": 10**6}
    window.open_file(photo)
    qtbot.waitUntil(lambda: window.session.is_running, timeout=10_000)
    window.side.display.opacity.slider.setValue(45)
    window.side.classes.toggle_pin(3)
    window.close()
    assert not window.session._jobs._worker.isRunning()
    assert load_settings().opacity == pytest.approx(0.45)
    assert load_settings().pins == {window.session.model_spec: [3]}
    assert load_settings().picture_folder == str(photo.parent)
    assert not load_settings().hints_seen  # they were neither skipped nor shown to their end


def test_a_closed_session_has_no_thread(session: Session, qtbot: QtBot) -> None:
    worker: Any = session._jobs._worker
    assert worker.isRunning()
    session.close()
    assert worker.isFinished()


def test_a_model_that_answers_nan_is_told_in_full_on_every_panel(
    filled: MainWindow, loads: Loads, qtbot: QtBot
) -> None:
    answers = another()

    class NotANumber(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.factor = answers.module, float("nan")

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            return self.inside(batch) * self.factor

    module = NotANumber()
    broken = TorchClassifier(module, answers.labels, answers.preprocessing, "broken")
    loads["broken.pt"] = lambda: broken
    session, panels = filled.session, filled.grid.panels
    session.load_model(ModelChoice("broken.pt"))
    qtbot.waitUntil(lambda: bool(session.picture.failure), timeout=10_000)
    said = session.picture.failure
    assert said == (
        "broken answers this picture with NaN or infinity; check mean, std and range of its input "
        "and its precision, or choose another model"
    )
    qtbot.waitUntil(lambda: not session.models.is_busy)
    assert filled.notice.text == said
    for widget in panels.values():
        assert widget._message.text() == said
        assert widget._message.isVisible()
        assert widget._message.objectName() == "error"
        assert widget._progress.text() == ""
        assert widget._retry.isVisible()
    module.factor = 1.0
    qtbot.mouseClick(panels[0]._retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.prediction is not None, timeout=10_000)
    assert not panels[0]._message.isVisible()
    wait_done(filled, qtbot)


def test_without_panels_there_is_nothing_to_run(filled: MainWindow) -> None:
    for panel in list(filled.session.panels):
        filled.session.remove_panel(panel.number)
    assert not filled.actions_["run"].isEnabled()
    filled.undo.history.undo()
    assert filled.actions_["run"].isEnabled()
