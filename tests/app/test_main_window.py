"""The real window, driven by mouse, keys, drops and the clipboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QSplitter, QToolButton
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.session import Session, Status
from fragscope.settings import load_settings
from fragscope.widgets import theme
from fragscope.widgets.evidence import Evidence
from fragscope.widgets.image_view import ImageView
from fragscope.widgets.parameter_form import ParameterForm


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(lambda: all(p.status in ended for p in window.session.panels), timeout=30_000)


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained."""
    window.open_file(photo)
    wait_done(window, qtbot)
    return window


def move_to(view: ImageView, x: float, y: float, qtbot: QtBot) -> QPointF:
    """Put the pointer near a point of the picture; gives where it really is."""
    place = view.mapFromScene(view.box.mapViewToScene(QPointF(x, y)))
    qtbot.mouseMove(view.viewport(), place)
    found = view.box.mapSceneToView(view.mapToScene(place))
    return QPointF(found.x(), found.y())


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


def test_a_contrast_shows_in_panels_readout_and_beside_the_curves(
    filled: MainWindow, qtbot: QtBot
) -> None:
    session = filled.session
    first, second = session.prediction.top[:2]
    plain = filled.grid.views[3]._map.image
    note = filled.findChild(Evidence).note
    assert note.isHidden()
    qtbot.keyClick(filled, Qt.Key.Key_V)
    assert session.against == second
    for number in (0, 1):  # MFPP and RISE answer for every class
        snapshot = session.panel(number).state.snapshot
        expected = snapshot.saliency(first) - snapshot.saliency(second)
        expected -= 0 if snapshot.is_signed else expected.mean()
        _, shown = filled.grid._layers[number]
        assert shown.values == pytest.approx(expected, abs=1e-6)
        assert shown.is_signed
        assert "\u2212" in filled.grid.panels[number].header._class.text()
        assert "stability of one class" in filled.grid.panels[number]._progress.text()
    assert np.array_equal(filled.grid.views[3]._map.image, plain)
    assert "alone" in filled.grid.panels[3]._progress.text()
    assert note.isVisible()
    filled.side.readout.show_point(70.0, 45.0)
    text = filled.side.readout.text()
    for sign, index in (("+", first), ("\u2212", second)):
        row = f"<td>{sign} speaks for</td><td align='right'>{session.label(index)}</td>"
        assert row in text
    assert "±" not in text
    assert "* one class alone" in text
    qtbot.keyClick(filled, Qt.Key.Key_V)
    assert "±" in filled.side.readout.text()
    assert note.isHidden()


def test_a_panel_warns_that_its_class_is_not_the_predicted_one(filled: MainWindow) -> None:
    first, second = filled.session.prediction.top[:2]
    header = filled.grid.panels[0].header._class
    assert header.text() == filled.session.label(first)
    filled.session.set_target(second)
    assert header.text() == f"{filled.session.label(second)}, not predicted"
    assert f"Not the predicted class: {filled.session.label(first)}" in header.toolTip()
    assert header.palette().color(header.foregroundRole()).name() == theme.current().warning
    filled.session.set_target(first)
    assert header.palette().color(header.foregroundRole()).name() == theme.current().muted


def test_hovering_reads_out_and_crosses_every_panel(filled: MainWindow, qtbot: QtBot) -> None:
    point = move_to(filled.grid.views[1], 70.0, 45.0, qtbot)
    qtbot.waitUntil(lambda: "picture" in filled.side.readout.text())
    pixel = filled.session.prediction.model_input.geometry.input_pixel(point.x(), point.y())
    assert f"{pixel[0]}, {pixel[1]}" in filled.side.readout.text()
    assert "MFPP" in filled.side.readout.text()
    for view in filled.grid.views:
        assert all(line.isVisible() for line in view._lines)
        assert view._lines[1].value() == pytest.approx(70.0, abs=1.0)


def test_outside_the_crop_the_readout_says_so(filled: MainWindow, qtbot: QtBot) -> None:
    filled.side.readout.show_point(2.0, 45.0)
    assert "outside" in filled.side.readout.text()
    filled.grid.left.emit()
    assert "Move the pointer" in filled.side.readout.text()


def test_zoom_and_pan_are_shared_and_fit_shows_all(filled: MainWindow, qtbot: QtBot) -> None:
    first, last = filled.grid.views[0], filled.grid.views[-1]
    first.box.scaleBy((0.5, 0.5))
    first.box.sigRangeChangedManually.emit([True, True])  # as a turn of the wheel does
    assert last.box.viewRect().width() == pytest.approx(first.box.viewRect().width(), rel=0.02)
    zoomed = first.box.viewRect().width()
    filled.resize(1000, 760)
    qtbot.wait(10)
    assert first.box.viewRect().width() < 1.5 * zoomed  # resizing does not undo the zoom
    filled.actions_["fit"].trigger()
    for view in filled.grid.views:
        assert view.box.viewRect().contains(0.5, 0.5)
        assert view.box.viewRect().contains(139.5, 89.5)
    filled.actions_["fit"].trigger()  # again: what the model sees
    left, top, right, bottom = filled.session.prediction.model_input.geometry.box
    shown = first.box.viewRect()
    assert shown.contains(left, top)
    assert shown.contains(right, bottom)
    assert not shown.contains(0.5, 0.5) or shown.height() < 90


def test_the_whole_picture_stays_visible_when_the_window_grows(
    filled: MainWindow, qtbot: QtBot
) -> None:
    before = filled.grid.views[0].box.viewPixelSize()[0]
    filled.resize(2400, 1500)
    qtbot.waitUntil(lambda: filled.grid.views[0].box.viewPixelSize()[0] < 0.7 * before)
    assert filled.grid.views[0].box.viewRect().contains(139.5, 89.5)


def test_the_slider_goes_through_the_levels(filled: MainWindow, qtbot: QtBot) -> None:
    control, view = filled.side.pyramid, filled.grid.views[0]
    assert view._fragments.getData()[0] is None or len(view._fragments.getData()[0]) == 0
    qtbot.mouseClick(control.shown, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    coarse = len(view._fragments.getData()[0])
    qtbot.keyClick(filled, Qt.Key.Key_Plus)
    assert control.level == 1
    assert len(view._fragments.getData()[0]) > coarse > 0
    assert str(filled.session.pyramid.counts[1]) in control._caption.text()


def test_opacity_and_colours_repaint_without_a_query(filled: MainWindow) -> None:
    filled.side.display.opacity.slider.setValue(30)
    filled.side.display.colour_map.setCurrentText("viridis")
    alpha = filled.grid.views[1]._map.image[..., 3]
    assert alpha.max() == round(0.3 * 255)
    assert filled.settings.colour_map == "viridis"
    filled.actions_["opacity"].trigger()
    assert not filled.grid.views[1]._map.isVisible()
    assert filled.exporter.display.opacity == pytest.approx(0.3)  # exports keep their maps
    filled.actions_["opacity"].trigger()
    assert filled.grid.views[1]._map.isVisible()


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
    assert filled.scores.item(0, 0).data(Qt.ItemDataRole.DecorationRole).name() == kept.lower()
    assert len(filled.grid.panels) == 4
    assert filled.scores.rowCount() == 4
    assert filled.grid.views[-1]._photo.image is not None


def test_exports_are_what_the_command_line_writes(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with qtbot.waitSignal(filled.exporter.said, timeout=30_000):
        filled.exporter.write_report(out)
    names = {path.name for path in (out / "photo").iterdir()}
    assert {"report.png", "curves.csv", "summary.csv", "run.json", "mfpp.map.npy"} <= names
    facts = json.loads((out / "photo" / "run.json").read_text())
    assert facts["methods"][0]["steps_done"] == 60
    saved = np.load(out / "photo" / "rise.input.npy")
    assert np.array_equal(saved, filled.session.panel(1).state.saliency)


@pytest.mark.parametrize("kind", ["figure", "scores", "curves", "overlay"])
def test_single_files_are_exported(
    filled: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    path = tmp_path / "file.out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    arguments = (2,) if kind == "overlay" else ()
    with qtbot.waitSignal(filled.exporter.said, timeout=30_000) as said:
        getattr(filled.exporter, f"ask_{kind}")(*arguments)
    assert said.args == [f"Written: {path}"]
    assert path.stat().st_size > 100
    assert filled.notice.text.startswith("Written")


def test_an_export_that_cannot_be_written_says_so(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(filled.session.noticed, timeout=30_000) as told:
        filled.exporter.write_report(tmp_path / "file" / "below")
    assert "choose another folder" in told.args[0]


def test_exporting_nothing_says_so(window: MainWindow, tmp_path: Path) -> None:
    window.exporter.write_report(tmp_path)
    assert "nothing to export" in window.notice.text


def test_the_theme_switches(filled: MainWindow) -> None:
    assert theme.current() is theme.LIGHT
    filled.actions_["theme"].trigger()
    assert theme.current() is theme.DARK
    assert filled.theme.choice == "dark"
    filled.actions_["theme"].trigger()
    assert theme.current() is theme.LIGHT


def test_all_keys_are_listed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.guide.keys.isVisible()
    texts = {label.text() for label in window.guide.keys.findChildren(QLabel)}
    assert "Ctrl+O" in texts
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    assert not window.guide.keys.isVisible()


def test_the_palette_adds_a_panel_and_explains_a_class(filled: MainWindow, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(filled, Qt.Key.Key_K, control)
    field = filled.guide.palette.field
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "add smoothgrad")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert filled.session.panels[-1].method.name == "smoothgrad"
    qtbot.keyClick(filled, Qt.Key.Key_P, control | Qt.KeyboardModifier.ShiftModifier)
    rival = filled.session.prediction.top[1]
    qtbot.keyClicks(field, f"explain {filled.session.label(rival)}")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert filled.session.target == rival
    filled.session.stop_all()
    wait_done(filled, qtbot)


def test_the_palette_does_what_menus_do_and_gives_the_focus_back(
    filled: MainWindow, qtbot: QtBot
) -> None:
    filled.grid.setFocus()
    texts = {command.text for command in filled.guide._commands()}
    for action in filled.tools.export_button.menu().actions():
        assert action.text() in texts
    assert {"Dark", "Scrub", "RISE: Zoom on its own", "Show panels: Gradients", "Fit"} <= texts
    assert "Panel 4" in texts
    assert "Panel 5" not in texts  # there are four
    assert "Stop" not in texts  # nothing runs
    filled.guide.palette.appear()
    qtbot.keyClicks(filled.guide.palette.field, "rise zoom own")
    qtbot.keyClick(filled.guide.palette.field, Qt.Key.Key_Return)
    alone = [v for v in filled.grid.views if v not in filled.grid.linked.together]
    assert alone == [filled.grid.panels[1].view]
    assert filled.grid.panels[1].header._requests["unlink"].isChecked()
    assert QApplication.focusWidget() is filled.grid


def test_hints_come_with_the_first_map_and_once(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    hints = window.guide.hints
    assert not hints.isVisible()
    assert not window.guide._hint_action.isEnabled()
    window.open_file(photo)
    qtbot.waitUntil(hints.isVisible, timeout=10_000)
    wait_done(window, qtbot)
    titles = []
    while hints.current is not None:
        titles.append(hints.current.title)
        assert window.rect().contains(hints.geometry())
        qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    assert len(titles) == 5
    window.session.run_all()
    wait_done(window, qtbot)
    assert not hints.isVisible()
    window.guide._hint_action.trigger()
    assert hints.isVisible()
    window.close()
    assert load_settings().hints_seen


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


def test_about_tells_versions_and_copies_them(filled: MainWindow, qtbot: QtBot) -> None:
    about = filled.guide.show_about()
    qtbot.waitUntil(lambda: "numpy" in about.browser.toPlainText(), timeout=20_000)
    about.copy()
    text = QApplication.clipboard().text()
    assert f"numpy: {np.__version__}" in text
    assert "device: cpu" in text
    qtbot.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()


def test_about_may_be_closed_before_it_knows_all(filled: MainWindow, qtbot: QtBot) -> None:
    filled.guide.show_about().close()
    with qtbot.waitSignal(filled.session.jobs.ended, timeout=20_000):
        pass
    assert not filled.notice.isVisible()


def test_help_explains_what_is_shown(filled: MainWindow, qtbot: QtBot) -> None:
    page = filled.guide.show_help()
    text = ""
    for row in range(page.list.count()):
        page.list.setCurrentRow(row)
        text += page.page.toPlainText()
    for word in ("Stability", "Deletion", "Insertion", "standard error", "contrast", "What if"):
        assert word in text
    filled.session.set_target(filled.session.prediction.top[1])  # the window goes on meanwhile
    wait_done(filled, qtbot)
    page.close()


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


def test_portrait_and_tiny_pictures_fit(
    window: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    for name, height, width in (("tall.png", 260, 90), ("tiny.png", 9, 30)):
        window.open_file(make_photo(name, height, width, 1))
        qtbot.waitUntil(
            lambda h=height: window.session.image is not None and window.session.image.height == h
        )
        wait_done(window, qtbot)
        view = window.grid.views[0].box.viewRect()
        assert view.contains(0.5, 0.5)
        assert view.contains(width - 0.5, height - 0.5)


def test_a_closed_session_has_no_thread(session: Session, qtbot: QtBot) -> None:
    worker: Any = session._jobs._worker
    assert worker.isRunning()
    session.close()
    assert worker.isFinished()


def test_other_pixels_take_the_place_of_the_map(filled: MainWindow, qtbot: QtBot) -> None:
    view, prediction = filled.grid.views[0], filled.session.prediction
    assert prediction is not None
    rgb = np.zeros_like(prediction.model_input.rgb)
    before = view.grab().toImage()
    view.show_altered(rgb)
    altered = view.grab().toImage()
    assert altered != before
    filled.grid.refresh_all()  # a new map does not cover it
    assert view.grab().toImage() == altered
    view.show_altered(None)
    assert view.grab().toImage() == before


def test_clicks_tell_the_point_and_the_keys(filled: MainWindow, qtbot: QtBot) -> None:
    view, image = filled.grid.views[0], filled.session.image
    assert image is not None
    centre = view.viewport().rect().center()
    expected = view.box.mapSceneToView(view.mapToScene(centre))
    with qtbot.waitSignal(view.clicked) as clicked:
        qtbot.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, centre
        )
    x, y, keys = clicked.args
    assert (x, y) == (pytest.approx(expected.x()), pytest.approx(expected.y()))
    assert keys == Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(view.menu_wanted):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=centre)


def test_maps_of_one_unit_share_their_colours_on_request(filled: MainWindow, qtbot: QtBot) -> None:
    filled.session.add_panel("mfpp")
    wait_done(filled, qtbot)
    filled.session.set_target(filled.session.prediction.top[1])  # type: ignore[union-attr]
    first, *_, last = filled.grid.panels.values()
    ranges = [panel._scale.toolTip() for panel in (first, last)]
    assert ranges[0].startswith("-")
    filled.side.display.shared.setChecked(True)
    shared = [panel._scale.toolTip() for panel in (first, last)]
    assert shared[0] == shared[1]
    assert shared[0] in ranges
    filled.side.display.shared.setChecked(False)
    assert [panel._scale.toolTip() for panel in (first, last)] == ranges


def test_a_locked_range_outlives_another_class(filled: MainWindow) -> None:
    prediction, panel = filled.session.prediction, next(iter(filled.grid.panels.values()))
    assert prediction is not None
    before = panel._scale.toolTip()
    filled.side.display.locked.setChecked(True)
    filled.session.set_target(prediction.top[2])
    assert panel._scale.toolTip() == before
    filled.side.display.locked.setChecked(False)
    assert panel._scale.toolTip() != before


def test_contours_and_hidden_parts_change_the_picture(filled: MainWindow) -> None:
    view, display = filled.grid.views[0], filled.side.display
    plain = view.grab().toImage()
    display.contours.setChecked(True)
    lined = view.grab().toImage()
    assert lined != plain
    display.contours.setChecked(False)
    assert view.grab().toImage() == plain
    display.top.slider.setValue(5)
    assert view.grab().toImage() != plain
    display.reset.click()
    assert view.grab().toImage() == plain
