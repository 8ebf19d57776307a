from __future__ import annotations

from typing import Any

import pytest

from fragscope_explainers.classifiers.model_settings import (
    BESIDE,
    FIELDS,
    IMAGENET_MEAN,
    SET,
    Known,
    settled,
    stated,
)
from fragscope_explainers.errors import FragScopeError, ParameterError, UnknownNameError


def test_what_nobody_stated_is_guessed_and_marked() -> None:
    found = settled([])
    assert set(found.guessed) == set(FIELDS)
    assert found.preprocessing.mean == IMAGENET_MEAN
    assert found.preprocessing.short_side == 256


def test_the_last_source_wins_and_is_named() -> None:
    layers = [stated({"size": "96", "mean": "0.1"}, "weights"), stated({"size": "64x32"}, "file")]
    found = settled(layers)
    assert found["size"] == (64, 32)
    assert found.known["size"].source == "file"
    assert found.known["mean"].source == "weights"
    assert "size" not in found.guessed


def test_another_size_takes_a_short_side_that_suits_it() -> None:
    weights = stated({"size": 224, "short_side": 232}, "weights")
    assert settled([weights])["short_side"] == 232
    found = settled([weights, stated({"size": 448}, "x")])
    assert found["short_side"] == 512
    assert "short_side" in found.guessed
    both = stated({"size": 448, "short_side": 448}, "x")
    assert settled([weights, both])["short_side"] == 448


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_one_number_serves_all_channels(channels: int) -> None:
    found = settled([stated({"channels": channels, "mean": "0.5", "std": 0.25}, "x")])
    assert found.preprocessing.mean == (0.5,) * channels
    assert found.preprocessing.std == (0.25,) * channels


def test_three_numbers_leave_alpha_as_it_is() -> None:
    found = settled([stated({"channels": 4, "mean": "0.1,0.2,0.3", "std": [2, 3, 4]}, "x")])
    assert found.preprocessing.mean == (0.1, 0.2, 0.3, 0.0)
    assert found.preprocessing.std == (2, 3, 4, 1.0)


def test_a_wrong_count_of_numbers_is_told() -> None:
    with pytest.raises(ParameterError, match=r"model\.mean has 2 numbers, and the model takes 3"):
        _ = settled([stated({"mean": "0.1,0.2"}, "x")]).preprocessing


def test_a_model_of_bytes_is_given_bytes() -> None:
    found = settled([stated({"dtype": "uint8"}, "x")]).preprocessing
    assert (found.mean, found.std, found.range) == ((0,) * 3, (1,) * 3, 255)


def test_a_long_input_takes_the_whole_picture() -> None:
    assert settled([stated({"size": "64x128"}, "x")])["resize"] == "squash"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("size", "0", "rows x columns"),
        ("size", "1x2x3", "rows x columns"),
        ("size", "big", "rows x columns"),
        ("channels", "5", "from 1 to 4"),
        ("mean", "grey", "one number for all channels"),
        ("range", "0", "what a white pixel is"),
        ("range", "inf", "what a white pixel is"),
        ("resize", "crp", "did you mean 'crop'"),
        ("layout", "NCWH", "did you mean"),
        ("colour", "1", "unknown setting of the model 'colour'"),
    ],
)
def test_wrong_values_are_refused_in_one_sentence(name: str, value: str, said: str) -> None:
    with pytest.raises(FragScopeError, match=said):
        stated({name: value}, "x")


def test_a_short_side_below_the_input_is_refused() -> None:
    with pytest.raises(ParameterError, match="a short side of 32 px is less than the input"):
        _ = settled([stated({"size": 64, "short_side": 32}, "x")]).preprocessing


@pytest.mark.parametrize("source", [SET, BESIDE])
def test_means_of_bytes_are_refused(source: str) -> None:
    with pytest.raises(ParameterError, match=r"model\.std .* 58\.4 is none; divide by 255: 0\.229"):
        stated({"mean": "0.485", "std": "58.4,57.1,57.4"}, source)
    with pytest.raises(ParameterError, match=r"model\.mean .*divide by 255: 0\.498"):
        stated({"mean": 127}, source)
    assert stated({"mean": "-1", "std": "2"}, source)
    assert stated({"mean": "127"}, "another program")  # which may know why


@pytest.mark.parametrize("values", [{"std": "0"}, {"std": "nan"}, {"mean": "inf"}])
def test_numbers_that_cannot_be_divided_by_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="finite numbers and std numbers above 0"):
        _ = settled([stated(values, "x")]).preprocessing


def test_every_value_is_read_again_from_its_text() -> None:
    for name, found in settled([]).known.items():
        text = FIELDS[name].text(found.value)
        assert stated({name: text}, "x")[name] == Known(found.value, "x")


def test_every_setting_is_described_for_reports() -> None:
    found = settled([stated({"size": 96}, "weights")]).describe()
    assert found["size"] == {"value": "96x96", "source": "weights"}
    assert found["mean"] == {"value": "0.485,0.456,0.406", "source": "guessed"}


def test_unknown_choices_keep_their_spelling() -> None:
    assert settled([stated({"order": "bgr"}, "x")])["order"] == "BGR"
    with pytest.raises(UnknownNameError):
        stated({"order": "GBR"}, "x")
