"""Windows and counts: closed forms, and pydicom's windows as the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from pydicom.pixels import apply_windowing

from fragscope_explainers import counts as counts_module
from fragscope_explainers.counts import EXTREMES, Counts, Window, counts_of
from fragscope_explainers.errors import ParameterError

RAMP = np.arange(-30, 130, dtype=np.int16).reshape(10, 16)
numbers = st.floats(-1e6, 1e6)


def test_an_exact_window_goes_straight_from_black_to_white() -> None:
    shares = Window(40, 80).shares(np.array([-5.0, 0.0, 20.0, 40.0, 80.0, 99.0]))
    assert_allclose(shares, [0, 0, 0.25, 0.5, 1, 1])


@pytest.mark.parametrize(
    ("shape", "function"), [("exact", "LINEAR_EXACT"), ("linear", "LINEAR"), ("sigmoid", "SIGMOID")]
)
@pytest.mark.parametrize(("centre", "width"), [(40, 80), (12.5, 31), (50, 2)])
def test_windows_are_those_of_dicom(shape: Any, function: str, centre: float, width: float) -> None:
    dataset = pydicom.Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored = "MONOCHROME2", 16
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = centre, width, function
    wanted = apply_windowing(RAMP, dataset) / 65535
    assert_allclose(Window(centre, width, shape).shares(RAMP.astype(float)), wanted, atol=1e-9)


@given(low=numbers, high=numbers)
def test_a_window_between_two_counts_makes_them_black_and_white(low: float, high: float) -> None:
    window = Window.between(low, high)
    shares = window.shares(np.array([low, high]))
    assert shares[0] == pytest.approx(0, abs=1e-6)
    if high - low > 1e-3:
        assert shares[1] == pytest.approx(1, abs=1e-6)


@given(centre=numbers, width=st.floats(1e-3, 1e6))
def test_a_window_is_read_as_it_is_written(centre: float, width: float) -> None:
    window = Window.of(Window(centre, width).text)
    assert_allclose((window.centre, window.width), (centre, width), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("text", ["", "40", "40,", "40,400,1", "a,b", "40;400"])
def test_other_texts_are_no_window(text: str) -> None:
    with pytest.raises(ParameterError, match="CENTRE,WIDTH in the counts of the file, such as"):
        Window.of(text)


@pytest.mark.parametrize("text", ["40,0", "40,-3", "nan,3", "1,inf"])
def test_impossible_windows_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="a finite centre and a width above 0"):
        Window.of(text)


@pytest.mark.parametrize(
    ("values", "window", "source"),
    [
        (np.array([[3, 4095]], np.uint16), Window(2047.5, 4095), "12 bits, by its greatest count"),
        (np.array([[3, 4096]], np.int32), Window(8191.5, 16383), "14 bits, by its greatest count"),
        (np.array([[0, 255]], np.uint16), Window(127.5, 255), "8 bits, by its greatest count"),
        (np.array([[0, 65_535]]), Window(32767.5, 65535), "16 bits, by its greatest count"),
        (np.array([[-5, 15]], np.int16), Window(5, 20), EXTREMES),
        (np.array([[0, 70_000]], np.int32), Window(35_000, 70_000), EXTREMES),
        (np.array([[0.0, 1.0]], np.float32), Window(0.5, 1), EXTREMES),
        (np.array([[0.7, 0.7]]), Window(1.2, 1), EXTREMES),
    ],
)
def test_without_a_window_the_counts_decide(
    values: NDArray[Any], window: Window, source: str
) -> None:
    found = counts_of(values)
    assert (found.window, found.source) == (window, source)
    assert not found.values.flags.writeable
    assert values.flags.writeable


def test_pieces_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = counts_of(RAMP).pixels()
    monkeypatch.setattr(counts_module, "_PIECE", 7)
    assert_array_equal(counts_of(RAMP).pixels(), whole)


def test_colours_have_one_window() -> None:
    values = np.random.default_rng(0).integers(0, 4096, (9, 8, 3)).astype(np.uint16)
    found = Counts(values, Window.between(0, 4095), "the file").pixels()
    assert_array_equal(found, np.rint(values / 4095 * 255))
    assert not found.flags.writeable


def test_inverted_counts_are_darker_the_greater_they_are() -> None:
    plain = counts_of(RAMP)
    assert_array_equal(counts_of(RAMP, inverted=True).pixels(), 255 - plain.pixels())


def test_counts_tell_their_range_their_window_and_where_it_is_from() -> None:
    found = Counts(RAMP, Window(40, 400, "linear"), "the file", unit="HU")
    wanted = "counts -30 to 129 HU through a window at 40, 400 wide (the file)"
    assert found.note == wanted
    assert found.describe() == {
        "low": -30.0,
        "high": 129.0,
        "unit": "HU",
        "type": "int16",
        "inverted": False,
        "window": {"centre": 40, "width": 400, "shape": "linear", "source": "the file"},
    }
    assert found.through(Window(1, 2)).describe()["window"]["source"] == "set by you"


def test_the_window_as_read_is_kept_while_others_are_set() -> None:
    found = counts_of(RAMP)
    changed = found.through(Window(1, 2)).through(Window(3, 4))
    assert (found.chosen, changed.chosen) == (None, Window(3, 4))
    assert changed.as_read == found.window == found.as_read
    back = changed.through(None)
    assert (back.window, back.source, back.chosen) == (found.window, found.source, None)


def test_fewer_counts_are_some_of_the_picture() -> None:
    values = np.arange(20 * 31, dtype=np.int16).reshape(20, 31)
    found = counts_of(values)
    assert_array_equal(found.reduced(16).values, values[::2, ::2])
    assert found.reduced(31) is found
