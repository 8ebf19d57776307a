from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.classifiers.imagenet import imagenet_labels
from fragscope_explainers.classifiers.targets import resolve_target, top_classes
from fragscope_explainers.errors import ParameterError, UnknownNameError

LABELS = ("tiger cat", "Egyptian cat", "crane", "espresso", "crane")
PROBABILITIES = np.array([0.1, 0.2, 0.05, 0.6, 0.05])


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("top1", 3),
        (" TOP1 ", 3),
        ("0", 0),
        (" 4", 4),
        ("tiger cat", 0),
        ("EGYPTIAN Cat ", 1),
        ("espresso", 3),
    ],
)
def test_targets_that_are_understood(text: str, index: int) -> None:
    assert resolve_target(text, LABELS, PROBABILITIES) == index


@pytest.mark.parametrize("name", ["crane", "CRANE"])
def test_a_name_of_several_classes_asks_for_the_index(name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        resolve_target(name, LABELS, PROBABILITIES)
    assert str(caught.value) == f"several classes are called '{name}'; give the index: 2 or 4"


@pytest.mark.parametrize("name", ["crane", "crane bird", "maillot", "Maillot Tank Suit"])
def test_imagenet_names_that_begin_alike_are_told_apart(name: str) -> None:
    labels = imagenet_labels()
    assert labels[resolve_target(name, labels, np.zeros(1000))] == name.lower()


@pytest.mark.parametrize("text", ["5", "-1", "1000"])
def test_indices_out_of_range_name_the_range(text: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown class index '{text}'; .* 0 to 4"):
        resolve_target(text, LABELS, PROBABILITIES)


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'expresso', did you mean 'espresso'"):
        resolve_target("expresso", LABELS, PROBABILITIES)


@given(st.text())
def test_any_text_gives_an_index_or_an_expected_error(text: str) -> None:
    with suppress(UnknownNameError, ParameterError):
        assert 0 <= resolve_target(text, LABELS, PROBABILITIES) < len(LABELS)


@pytest.mark.parametrize("text", ["", "²", "--5", "1.0", "-"])
def test_what_only_looks_like_an_index_is_taken_for_a_name(text: str) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown class '{text}'"):
        resolve_target(text, LABELS, PROBABILITIES)


def test_top_classes_go_down_in_probability_and_ties_up_in_index() -> None:
    assert top_classes(PROBABILITIES) == (3, 1, 0, 2, 4)
    assert top_classes(PROBABILITIES, 2) == (3, 1)
    assert top_classes(np.tile([0.1, 0.2], 50), 4) == (1, 3, 5, 7)
