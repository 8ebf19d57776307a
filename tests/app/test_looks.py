"""What small widgets and the colouring path look like, against reference pictures.

pytest tests/app/test_looks.py --renew-references    # after looking at the change
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from references import Pixels, References, difference, pixels_of, scaled

from fragscope import colours
from fragscope.colours import Display, contours, draw_lines, layer, lookup_table, overlay
from fragscope.widgets import theme
from fragscope.widgets.colour_bar import ColourBar
from fragscope.widgets.curve_plot import CurvePlot
from fragscope.widgets.image_view import ImageView
from fragscope.widgets.panel_header import PanelHeader
from fragscope_explainers.fragments import boundary_segments, fragment_outline
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.types import Curve

THEMES = ("light", "dark")
ROWS, COLUMNS = np.mgrid[:48, :64] / 48.0
MAP = (np.sin(5 * COLUMNS) * np.cos(4 * ROWS)).astype(np.float32)
"""A signed map without noise."""
ERRORS = np.full(MAP.shape, 0.3, np.float32)


@pytest.fixture(params=THEMES)
def look(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """Each theme in turn."""
    theme.apply(qapp, request.param)
    yield request.param
    theme.apply(qapp, "light")


@pytest.fixture
def references(request: pytest.FixtureRequest, tmp_path: Path) -> References:
    return References(tmp_path, renew=request.config.getoption("--renew-references"))


@pytest.fixture(autouse=True)
def _as_in_the_program() -> Iterator[None]:
    before = pyqtgraph.getConfigOption("antialias")
    pyqtgraph.setConfigOptions(antialias=True)
    yield
    pyqtgraph.setConfigOptions(antialias=before)


def photo() -> Pixels:
    """A picture of 48 rows and 64 columns with a bright box."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[..., 0] = np.linspace(40, 200, 64)
    pixels[..., 2] = np.linspace(160, 30, 48)[:, None]
    pixels[12:30, 20:44] = (230, 220, 190)
    return pixels


def shown(widget: QWidget, qtbot: QtBot, width: int, height: int) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


# -- colouring, without Qt -------------------------------------------------------------------


def signed_overlay(display: Display) -> Pixels:
    known = layer(MAP, display, signed=True, errors=ERRORS)
    return draw_lines(overlay(photo(), known, display), contours(known))


def test_a_signed_map_with_contours_and_fading(references: References) -> None:
    references.check("overlay-signed", signed_overlay(Display(fade=True)))


def test_an_unsigned_map_of_which_the_strongest_part_is_shown(references: References) -> None:
    display = Display("viridis", opacity=0.8, top=0.4)
    known = layer(np.abs(MAP), display, signed=False)
    known.values[:, :6] = np.nan  # the model does not see it
    references.check("overlay-unsigned", overlay(photo(), known, display))


# -- widgets ---------------------------------------------------------------------------------


def colour_bar(qtbot: QtBot, *, signed: bool = True) -> Pixels:
    bar = shown(ColourBar(), qtbot, 240, 24)
    assert isinstance(bar, ColourBar)
    bar.show_range((-0.04, 0.04), lookup_table("magma", signed=signed), "probability")
    axis = bar._bar.axis
    numbers = axis.mapRectToScene(axis.boundingRect()).toAlignedRect()
    numbers.setRect(0, numbers.top() + 4, bar.width(), bar.height())
    return pixels_of(bar.grab(), hide=[numbers])


def test_the_colour_bar(look: str, qtbot: QtBot, references: References) -> None:
    references.check(f"colour-bar-{look}", colour_bar(qtbot))


def header(qtbot: QtBot, number: int = 0) -> Pixels:
    """Swatch and menu button; what lies between is text."""
    header = PanelHeader(number, "MFPP")
    header.show_class("espresso, not predicted", warns=True)
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(header)
    shown(frame, qtbot, 240, 36)
    text = QRect(header._method.geometry().topLeft(), header._class.geometry().bottomRight())
    text.moveTopLeft(header.mapTo(frame, text.topLeft()))
    return pixels_of(frame.grab(), hide=[text.adjusted(-2, -40, 2, 40)])


def test_the_header_of_a_panel(look: str, qtbot: QtBot, references: References) -> None:
    references.check(f"header-{look}", header(qtbot))


def view_of(qtbot: QtBot) -> ImageView:
    """A picture with a map, contours, fragments, one of them marked, and the model's frame."""
    view = shown(ImageView(), qtbot, 320, 200)
    assert isinstance(view, ImageView)
    half = (0.5, 0.5, 0.5)
    image = Image(photo(), "photo", None, "0" * 64)
    preprocessing = Preprocessing(input_size=(48, 48), mean=half, std=half, short_side=48)
    model_input = preprocessing.apply(image)
    labels = (ROWS * 3.9).astype(np.int32) * 4 + (COLUMNS * 2.9).astype(np.int32)
    labels = np.ascontiguousarray(labels[:, :48])
    view.show_image(image)
    view.show_frame(model_input)
    known = layer(MAP[:, :48], Display(), signed=True)
    view.show_map(colours.colourise(known, Display()), Display().greying)
    view.show_contours(contours(known), model_input.geometry)
    view.show_fragments(boundary_segments(labels), model_input.geometry)
    marked = fragment_outline(labels, int(labels[20, 20]))
    view.show_highlight(marked, model_input.geometry)
    return view


def test_a_picture_with_everything_over_it(look: str, qtbot: QtBot, references: References) -> None:
    references.check(f"view-{look}", pixels_of(view_of(qtbot).grab()))


def plot(qtbot: QtBot, number: int = 0) -> Pixels:
    """The area of the curves; the axes beside it are text."""
    widget = shown(CurvePlot("deletion"), qtbot, 300, 180)
    assert isinstance(widget, CurvePlot)
    shares = np.linspace(0, 1, 120)
    curve = Curve("deletion", shares, np.exp(-4 * shares), "mean", 0.0)
    widget.draw(number, curve)
    widget.draw(1, replace(curve, scores=1 - shares))
    widget.show_scrub(0.4)
    area = widget._surface.mapRectToScene(widget._surface.boundingRect()).toAlignedRect()
    area.adjust(3, 3, -3, -3)  # without the frame that says where the focus is
    return scaled(pixels_of(widget.grab(), part=area), 240, 120)


def test_the_plot_of_two_curves(look: str, qtbot: QtBot, references: References) -> None:
    references.check(f"plot-{look}", plot(qtbot))


# -- the comparison itself -------------------------------------------------------------------


def test_a_changed_colour_is_seen(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply(qapp, "light")
    strict = References(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(colours, "METHOD_COLOURS", ("#0090B2", *colours.METHOD_COLOURS[1:]))
        others = {"header-light": header(qtbot)}
        patched.setattr(colours, "METHOD_COLOURS", ("#009EB2", *colours.METHOD_COLOURS[1:]))
        others["plot-light"] = plot(qtbot)
    for name, pixels in (
        *others.items(),
        ("colour-bar-light", colour_bar(qtbot, signed=False)),
        ("overlay-signed", signed_overlay(Display(fade=False))),
    ):
        with pytest.raises(pytest.fail.Exception, match="differs by"):
            strict.check(name, pixels)
        for kind in ("expected", "actual", "difference"):
            assert (tmp_path / f"{name}.{kind}.png").stat().st_size > 0
    monkeypatch.setattr(theme, "LIGHT", replace(theme.LIGHT, canvas="#e6e8d0"))
    with pytest.raises(pytest.fail.Exception, match="differs by"):
        strict.check("view-light", pixels_of(view_of(qtbot).grab()))


def test_other_letters_and_lines_half_a_pixel_off_are_not_seen() -> None:
    rng = np.random.default_rng(0)
    picture = np.full((80, 120, 3), 240, np.uint8)
    picture[20, :] = 20
    blurred = picture.copy()
    blurred[20, :], blurred[21, :] = 130, 130
    assert difference(picture, blurred) == ""
    noisy = (picture.astype(int) + rng.integers(-3, 4, picture.shape)).clip(0, 255)
    assert difference(picture, noisy.astype(np.uint8)) == ""
    assert "size" in difference(picture, picture[:-1])


def test_renewing_writes_the_reference(tmp_path: Path) -> None:
    fresh = References(tmp_path, renew=True, references=tmp_path / "references")
    with pytest.raises(pytest.skip.Exception, match="look at it"):
        fresh.check("photo", photo())
    References(tmp_path, references=tmp_path / "references").check("photo", photo())
