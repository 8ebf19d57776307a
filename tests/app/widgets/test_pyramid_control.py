"""The Fragments tab in the real window, driven by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.painting import PLAIN
from fragscope.session import Status
from fragscope.widgets.pyramid_control import PyramidControl

DONE = (Status.FINISHED, Status.FAILED, Status.CANCELLED)


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: object) -> MainWindow:
    """The window with a picture explained; only MFPP and RISE run."""
    for number in (2, 3):
        window.session.remove_panel(number)
    window.open_file(photo)
    wait_done(window, qtbot)
    return window


@pytest.fixture
def control(filled: MainWindow) -> PyramidControl:
    return filled.side.pyramid


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    panels = window.session.panels
    qtbot.waitUntil(lambda: all(panel.status in DONE for panel in panels), timeout=30_000)


def drawn(curve: object) -> int:
    x, _ = curve.getData()
    return 0 if x is None else len(x)


def test_the_strip_has_a_thumbnail_a_level_and_chooses_by_click_and_key(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    strip, pyramid = control.strip, filled.session.pyramid
    texts = [strip.item(row).text() for row in range(strip.count())]
    assert texts == [f"{count:,}" for count in pyramid.counts]
    assert strip.currentRow() == control.level == 0
    place = strip.visualItemRect(strip.item(3)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert control.level == 3
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert control.level == 2
    control.slider.setValue(4)
    assert strip.currentRow() == 4


def test_all_five_levels_fit_beside_each_other(control: PyramidControl) -> None:
    strip = control.strip
    last = strip.visualItemRect(strip.item(4))
    assert strip.viewport().rect().contains(last)


def test_the_strip_is_as_high_whatever_its_width(control: PyramidControl) -> None:
    """Else it and the scroll bar beside it, which takes its width, would never agree."""
    heights = set()
    for width in (300, 266, 250, 200):
        control.strip.resize(width, control.strip.height())
        heights.add(control.strip.minimumHeight())
    assert len(heights) == 1


def test_no_height_of_the_tab_makes_the_scroll_bar_come_and_go(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    control.weighting.button.setChecked(True)
    area = filled.side.tabs.widget(0)
    wanted = control.sizeHint().height()
    for height in range(wanted - 24, wanted + 24, 3):
        area.resize(area.width(), height)
        QApplication.processEvents()
        assert control.width() == area.viewport().width()


def test_the_fragment_under_the_pointer_is_outlined_on_all_panels(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    session, views = filled.session, filled.grid.views
    control.slider.setValue(2)
    place = views[1].mapFromScene(views[1].box.mapViewToScene(QPointF(70.0, 45.0)))
    qtbot.mouseMove(views[1].viewport(), place)
    qtbot.waitUntil(lambda: drawn(views[0]._highlight) > 0)
    point = views[1].box.mapSceneToView(views[1].mapToScene(place))  # whole pixels of the screen
    column, row = session.prediction.model_input.geometry.input_pixel(point.x(), point.y())
    labels = session.pyramid.labels[2]
    rows, columns = np.nonzero(labels == labels[row, column])
    to_image = session.prediction.model_input.geometry.to_image
    for view in views:
        x, y = view._highlight.getData()
        low, high = to_image(columns.min(), rows.min()), to_image(columns.max() + 1, rows.max() + 1)
        assert (x.min(), y.min()) == pytest.approx(low, rel=1e-5)
        assert (x.max(), y.max()) == pytest.approx(high, rel=1e-5)
        assert view._highlight.opts["pen"].isCosmetic()
    filled.grid.left.emit()
    assert drawn(views[0]._highlight) == 0


def test_nothing_is_outlined_while_fragments_are_out_of_sight(
    filled: MainWindow, control: PyramidControl
) -> None:
    view = filled.grid.views[0]
    filled.side.tabs.setCurrentIndex(1)
    control.point_at(70.0, 45.0)
    assert drawn(view._highlight) == 0
    control.shown.setChecked(True)
    control.point_at(70.0, 45.0)
    assert drawn(view._highlight) > 0
    control.point_at(1.0, 1.0)  # outside what the model sees
    assert drawn(view._highlight) == 0


def test_a_weight_repaints_mfpp_only_and_marks_its_scores(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    mfpp, rise = filled.session.panels
    before = [panel.state for panel in (mfpp, rise)]
    plain = filled.scores.item(0, 1).text()
    qtbot.mouseClick(control.weighting.button, Qt.MouseButton.LeftButton)
    slider = control.weights.sliders[0]
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert filled.session.painting.weights == (0.0, 1.0, 1.0, 1.0, 1.0)
    target = filled.session.target
    expected = mfpp.state.snapshot.painted(target, weights=(0, 0.2, 0.2, 0.2, 0.2))
    qtbot.waitUntil(lambda: filled.grid.is_settled)
    np.testing.assert_array_equal(filled.grid.maps.drawings[0].values, expected)
    np.testing.assert_array_equal(filled.grid.maps.drawings[1].values, rise.state.saliency)
    assert [panel.state for panel in (mfpp, rise)] == before
    assert filled.scores.item(0, 1).text() == f"~{plain}"
    assert not filled.scores.item(1, 1).text().startswith("~")
    assert control.weights._note.isVisible()
    qtbot.mouseClick(control.weights.reset_button, Qt.MouseButton.LeftButton)
    assert filled.session.painting == PLAIN
    qtbot.waitUntil(lambda: filled.grid.is_settled)
    np.testing.assert_array_equal(filled.grid.maps.drawings[0].values, mfpp.state.saliency)
    assert filled.scores.item(0, 1).text() == plain


def test_softness_reaches_the_readout_and_the_report(
    filled: MainWindow, control: PyramidControl
) -> None:
    from fragscope.session_report import session_report

    control.weights.softness.setValue(10)
    panel = filled.session.panels[0]
    shown = panel.saliency(filled.session.aspect)
    np.testing.assert_array_equal(
        shown, panel.state.snapshot.painted(filled.session.target, softness=0.5)
    )
    filled.side.readout.show_point(70.0, 45.0)
    pixel = filled.session.prediction.model_input.geometry.input_pixel(70.0, 45.0)
    assert f"{shown[pixel[1], pixel[0]]:+.3f}" in filled.side.readout.text()
    report = session_report(filled.session, filled.exporter.display)
    np.testing.assert_array_equal(report.results[0].saliency, shown)


def test_another_segmenter_is_previewed_and_then_used(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    states = [panel.state for panel in filled.session.panels]
    qtbot.mouseClick(control.cutting.button, Qt.MouseButton.LeftButton)
    form = control.form
    form.scales.setFocus()
    form.scales.selectAll()
    qtbot.keyClicks(form.scales, "30 12")
    form.segmenter.setCurrentText("watershed")
    qtbot.waitUntil(lambda: control.preview.pyramid is not None)
    assert control.preview.pyramid.scales == (12, 30)
    assert control.strip.count() == 2
    assert "preview" in control._caption.text()
    assert "MFPP does not use it yet" in form.message.text()
    assert [panel.state for panel in filled.session.panels] == states  # no query so far
    qtbot.mouseClick(form.use_button, Qt.MouseButton.LeftButton)
    panel = filled.session.panels[0]
    assert panel.settings == {"masks": 60, "segmenter": "watershed", "scales": (12, 30)}
    wait_done(filled, qtbot)
    assert panel.state.explainer.segmenter == "watershed"
    assert control.preview.pyramid is None
    assert filled.session.pyramid.scales == (12, 30)
    assert len(control.weights.sliders) == 2
    assert not form.message.isVisible()


def test_any_of_several_mfpp_panels_can_use_the_fragments(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    assert control.form.use_button.menu() is None  # there is one
    filled.session.duplicate_panel(0)
    first, second, *_ = filled.session.panels
    rows = {row.text(): row for row in control.form.use_button.menu().actions()}
    assert list(rows) == ["All of them", "MFPP 1", "MFPP 2"]
    control.form.scales.setText("12 30")
    rows["MFPP 2"].trigger()
    assert second.settings["scales"] == (12, 30)
    assert "scales" not in first.settings
    control.form.scales.setText("9 16")
    control.form.use_button.menu().actions()[0].trigger()
    assert first.settings["scales"] == second.settings["scales"] == (9, 16)
    wait_done(filled, qtbot)
    filled.session.remove_panel(second.number)
    assert control.form.use_button.menu() is None


def test_the_readout_says_that_a_preview_has_no_effects_yet(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    filled.side.readout.show_point(70.0, 45.0)
    assert "not the preview" not in filled.side.readout.text()
    control.form.segmenter.setCurrentText("watershed")
    qtbot.waitUntil(lambda: control.preview.pyramid is not None)
    assert "in use, not the preview" in filled.side.readout.text()
    control.form.segmenter.setCurrentText("slic")
    qtbot.waitUntil(lambda: control.preview.pyramid is None)
    assert "not the preview" not in filled.side.readout.text()


def test_going_back_to_what_is_used_ends_the_preview(control: PyramidControl, qtbot: QtBot) -> None:
    control.form.segmenter.setCurrentText("watershed")
    qtbot.waitUntil(lambda: control.preview.pyramid is not None)
    control.form.segmenter.setCurrentText("slic")
    qtbot.waitUntil(lambda: control.preview.pyramid is None)
    assert "preview" not in control._caption.text()


def test_what_cannot_be_cut_is_told_under_the_form(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    control.cutting.button.setChecked(True)
    control.form.labels.setText("/nowhere/own.png")
    qtbot.waitUntil(lambda: "no such label file" in control.form.message.text())
    assert not control.form.segmenter.isEnabled()
    control.form.labels.clear()
    assert control.form.segmenter.isEnabled()
    control.form.scales.setText("fifty")
    qtbot.waitUntil(lambda: "whole numbers" in control.form.message.text())
    qtbot.mouseClick(control.form.use_button, Qt.MouseButton.LeftButton)
    assert "scales" not in filled.session.panels[0].settings


def test_the_form_follows_what_the_panel_is_given_elsewhere(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    filled.session.configure(0, "mfpp", {"masks": 30, "scales": (9, 25), "sigma": 2.0})
    assert control.form.scales.text() == "9 25"
    assert control.form.sigma.value() == 2.0
    wait_done(filled, qtbot)
    filled.session.remove_panel(0)
    assert not control.form.use_button.isEnabled()
    assert "Add an MFPP panel" in control.form.use_button.toolTip()


def test_every_control_has_a_name_and_a_tip(control: PyramidControl) -> None:
    form, weights = control.form, control.weights
    fields = (form.segmenter, form.scales, form.compactness, form.sigma, form.labels, form.browse)
    for widget in (*fields, *weights.sliders, weights.softness, control.strip, control.slider):
        assert widget.accessibleName()
        assert widget.toolTip()


def test_the_disclosures_open_below_their_button(control: PyramidControl, qtbot: QtBot) -> None:
    for disclosure in (control.weighting, control.cutting):
        assert not disclosure.body.isVisible()
        qtbot.mouseClick(disclosure.button, Qt.MouseButton.LeftButton, pos=QPoint(12, 8))
        assert disclosure.body.isVisible()


def test_what_is_opened_scrolls_into_sight(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot
) -> None:
    area = filled.side.tabs.widget(0)
    control.cutting.button.setChecked(True)
    button = control.form.use_button

    def in_sight() -> bool:
        return not button.visibleRegion().isEmpty() and area.viewport().rect().contains(
            button.mapTo(area.viewport(), button.rect().bottomLeft())
        )

    qtbot.waitUntil(in_sight)


def test_another_picture_leaves_the_level_alone(
    filled: MainWindow, control: PyramidControl, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    for level in (0, 3):
        control.slider.setValue(level)
        before = filled.session.picture
        filled.open_file(make_photo(f"other-{level}.png", 90, 70, level))
        qtbot.waitUntil(lambda before=before: filled.session.picture is not before)
        wait_done(filled, qtbot)
        assert control.level == level
        assert control.strip.currentRow() == level
