"""Pointer, zoom, classes and looks of the maps, in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.session import Status
from fragscope.widgets import theme
from fragscope.widgets.evidence import Evidence
from fragscope.widgets.image_view import ImageView


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(lambda: all(p.status in ended for p in window.session.panels), timeout=30_000)


def settle(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until what was asked for is on the screen."""
    qtbot.waitUntil(lambda: window.grid.is_settled, timeout=10_000)


def move_to(view: ImageView, x: float, y: float, qtbot: QtBot) -> QPointF:
    """Put the pointer near a point of the picture; gives where it really is."""
    place = view.mapFromScene(view.box.mapViewToScene(QPointF(x, y)))
    qtbot.mouseMove(view.viewport(), place)
    found = view.box.mapSceneToView(view.mapToScene(place))
    return QPointF(found.x(), found.y())


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
    settle(filled, qtbot)
    for number in (0, 1):  # MFPP and RISE answer for every class
        snapshot = session.panel(number).state.snapshot
        expected = snapshot.saliency(first) - snapshot.saliency(second)
        expected -= 0 if snapshot.is_signed else expected.mean()
        shown = filled.grid.maps.drawings[number].layer
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


def test_opacity_and_colours_repaint_without_a_query(filled: MainWindow, qtbot: QtBot) -> None:
    filled.side.display.opacity.slider.setValue(30)
    filled.side.display.colour_map.setCurrentText("viridis")
    settle(filled, qtbot)
    alpha = filled.grid.views[1]._map.image[..., 3]
    assert alpha.max() == round(0.3 * 255)
    assert filled.settings.colour_map == "viridis"
    filled.actions_["opacity"].trigger()
    assert not filled.grid.views[1]._map.isVisible()
    assert filled.exporter.display.opacity == pytest.approx(0.3)  # exports keep their maps
    filled.actions_["opacity"].trigger()
    assert filled.grid.views[1]._map.isVisible()


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


def test_other_pixels_take_the_place_of_the_map(filled: MainWindow, qtbot: QtBot) -> None:
    view, prediction = filled.grid.views[0], filled.session.prediction
    assert prediction is not None
    rgb = np.zeros_like(prediction.model_input.rgb)
    before = view.grab().toImage()
    view.show_altered(rgb)
    altered = view.grab().toImage()
    assert altered != before
    filled.grid.maps.show_again()
    settle(filled, qtbot)  # a new map does not cover it
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
    wait_done(filled, qtbot)
    settle(filled, qtbot)
    first, *_, last = filled.grid.panels.values()
    ranges = [panel._scale.toolTip() for panel in (first, last)]
    assert ranges[0].startswith("-")
    filled.side.display.shared.setChecked(True)
    settle(filled, qtbot)
    shared = [panel._scale.toolTip() for panel in (first, last)]
    assert shared[0] == shared[1]
    assert shared[0] in ranges
    filled.side.display.shared.setChecked(False)
    settle(filled, qtbot)
    assert [panel._scale.toolTip() for panel in (first, last)] == ranges


def test_a_locked_range_outlives_another_class(filled: MainWindow, qtbot: QtBot) -> None:
    prediction, panel = filled.session.prediction, next(iter(filled.grid.panels.values()))
    assert prediction is not None
    before = panel._scale.toolTip()
    filled.side.display.locked.setChecked(True)
    filled.session.set_target(prediction.top[2])
    settle(filled, qtbot)
    assert panel._scale.toolTip() == before
    filled.side.display.locked.setChecked(False)
    settle(filled, qtbot)
    assert panel._scale.toolTip() != before


def test_contours_and_hidden_parts_change_the_picture(filled: MainWindow, qtbot: QtBot) -> None:
    view, display = filled.grid.views[0], filled.side.display
    plain = view.grab().toImage()
    display.contours.setChecked(True)
    settle(filled, qtbot)
    lined = view.grab().toImage()
    assert lined != plain
    display.contours.setChecked(False)
    settle(filled, qtbot)
    assert view.grab().toImage() == plain
    display.top.slider.setValue(5)
    settle(filled, qtbot)
    assert view.grab().toImage() != plain
    display.reset.click()
    settle(filled, qtbot)
    assert view.grab().toImage() == plain
