"""Fragments of two models in the real window: each panel shows those of its own model."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.own_fragments import level_like
from fragscope.widgets.fragment_lines import FragmentLines
from fragscope.widgets.image_view import ImageView
from fragscope_explainers.fragments import Pyramid, boundary_segments
from fragscope_explainers.preprocessing import Geometry

from ..two_models import OTHER, Loads, another, hold


def points(curve: object) -> np.ndarray:
    """Ends of drawn lines, [2, n], in pixels of the picture."""
    x, y = curve.getData()
    return np.zeros((2, 0)) if x is None else np.stack([x, y])


def wanted(pyramid: Pyramid, level: int, geometry: Geometry) -> np.ndarray:
    return np.stack(geometry.to_image(*boundary_segments(pyramid.labels[level])))


@pytest.fixture(autouse=True)
def _other_model(loads: Loads) -> None:
    loads[OTHER.spec] = another


@pytest.fixture
def lines(filled: MainWindow, qtbot: QtBot) -> FragmentLines:
    """The window with MFPP held at another model, which sees the whole picture, squashed."""
    hold(filled.session, qtbot, filled.session.panels[0].number)
    found = filled.grid.findChild(FragmentLines)
    assert isinstance(found, FragmentLines)
    return found


def view(window: MainWindow, place: int) -> ImageView:
    return window.grid.panels[window.session.panels[place].number].view


def geometry(window: MainWindow, place: int) -> Geometry:
    prediction = window.session.prediction_of(window.session.panels[place])
    assert prediction is not None
    return prediction.model_input.geometry


def test_each_panel_shows_the_fragments_of_its_own_model(
    filled: MainWindow, lines: FragmentLines, qtbot: QtBot
) -> None:
    first, second = filled.session.panels[:2]
    control = filled.side.pyramid
    control.shown.setChecked(True)
    assert lines.own.differ(first)
    assert not lines.own.differ(second)
    assert first.pyramid is not None
    assert filled.session.pyramid is not None
    for level in (0, 2):
        control.slider.setValue(level)
        own = level_like(first.pyramid, control.pyramid.scales[level])
        expected = wanted(first.pyramid, own, geometry(filled, 0))
        assert np.array_equal(points(view(filled, 0)._fragments), expected)
        expected = wanted(filled.session.pyramid, level, geometry(filled, 1))
        assert np.array_equal(points(view(filled, 1)._fragments), expected)
    control.shown.setChecked(False)
    assert points(view(filled, 0)._fragments).size == 0


def test_the_pointer_marks_the_fragment_of_each_model(
    filled: MainWindow, lines: FragmentLines, qtbot: QtBot
) -> None:
    control = filled.side.pyramid
    control.shown.setChecked(True)
    first = filled.session.panels[0]
    view(filled, 0).hovered.emit(70.0, 45.0)
    column, row = geometry(filled, 0).input_pixel(70.0, 45.0)
    marked = points(view(filled, 0)._highlight)
    assert first.pyramid is not None
    level = level_like(first.pyramid, control.pyramid.scales[control.level])
    label = first.pyramid.labels[level, row, column]
    rows, columns = np.nonzero(first.pyramid.labels[level] == label)
    left, top = geometry(filled, 0).to_image(columns.min(), rows.min())
    right, bottom = geometry(filled, 0).to_image(columns.max() + 1, rows.max() + 1)
    assert marked.min(1) == pytest.approx([left, top])
    assert marked.max(1) == pytest.approx([right, bottom])
    assert points(view(filled, 1)._highlight).size
    view(filled, 0).left.emit()
    assert points(view(filled, 0)._highlight).size == 0


def test_where_only_the_own_model_looks_only_its_fragment_is_marked(
    filled: MainWindow, lines: FragmentLines
) -> None:
    filled.side.pyramid.shown.setChecked(True)
    assert geometry(filled, 1).input_pixel(2.0, 45.0) is None
    view(filled, 1).hovered.emit(2.0, 45.0)
    assert points(view(filled, 0)._highlight).size
    assert points(view(filled, 1)._highlight).size == 0


def test_the_readout_is_of_the_model_under_the_pointer(
    filled: MainWindow, lines: FragmentLines
) -> None:
    readout = filled.side.readout
    for place in (0, 1):
        view(filled, place).hovered.emit(70.0, 45.0)
        assert filled.grid.hovered_panel is filled.session.panels[place]
        column, row = geometry(filled, place).input_pixel(70.0, 45.0)
        text = readout.plain_text(70.0, 45.0)
        assert f"model\t{column}, {row}" in text
        own = filled.session.panels[place].pyramid
        assert ("fragments: #" in text) == (place == 0), "RISE has none"
        if own is not None:
            label = own.labels[0, row, column]
            assert own.counts[0] != own.scales[0], "fewer are cut than were asked for"
            assert f"{own.counts[0]} fragments: #{label}" in text


def test_a_method_without_fragments_has_those_of_its_model_cut(
    filled: MainWindow, qtbot: QtBot
) -> None:
    panel = filled.session.panels[1]  # RISE
    hold(filled.session, qtbot, panel.number)
    found = filled.grid.findChild(FragmentLines)
    assert isinstance(found, FragmentLines)
    filled.side.pyramid.shown.setChecked(True)
    qtbot.waitUntil(lambda: found.own.of(panel) is not None, timeout=20_000)
    pyramid = found.own.of(panel)
    assert pyramid is not None
    assert pyramid.labels.shape[1:] == (40, 48)
    drawn = points(view(filled, 1)._fragments)
    level = level_like(pyramid, filled.side.pyramid.pyramid.scales[filled.side.pyramid.level])
    assert np.array_equal(drawn, wanted(pyramid, level, geometry(filled, 1)))


def test_the_windows_model_brings_its_fragments_back(
    filled: MainWindow, lines: FragmentLines, qtbot: QtBot
) -> None:
    filled.side.pyramid.shown.setChecked(True)
    filled.session.set_panel_model(filled.session.panels[0].number, None)
    assert filled.session.pyramid is not None
    expected = wanted(filled.session.pyramid, 0, geometry(filled, 0))
    assert np.array_equal(points(view(filled, 0)._fragments), expected)
