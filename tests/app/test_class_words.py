"""What is said of the explained class."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from fragscope.class_words import close_pair, is_predicted, map_name, named_percent, percent
from fragscope.preparation import Prediction


def prediction(*probabilities: float) -> Prediction:
    found = np.array(probabilities, np.float32)
    top = tuple(int(index) for index in np.argsort(-found, kind="stable")[:5])
    return Prediction(cast(Any, None), found, top, cast(Any, None))


def test_a_contrast_names_both_classes() -> None:
    label = ["cup", "espresso"].__getitem__
    assert map_name(label, 1, None) == "espresso"
    assert map_name(label, 1, 0) == "espresso \u2212 cup"


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        *((0.94, "94%"), (0.003, "0.3%"), (0.998, "99.8%"), (0.994, "99%")),
        *((0.0004, "<0.1%"), (0.0005, "0.1%"), (0.0, "0.0%")),
    ],
)
def test_small_and_large_probabilities_keep_a_decimal(probability: float, text: str) -> None:
    assert percent(probability) == text
    assert named_percent(prediction(probability), lambda _: "cup", 0) == f"cup {text}"


def test_only_the_most_probable_class_is_the_predicted_one() -> None:
    found = prediction(0.3, 0.5, 0.2)
    assert [is_predicted(found, index) for index in range(3)] == [False, True, False]


@pytest.mark.parametrize(
    ("probabilities", "pair"),
    [
        ((0.39, 0.41, 0.2), (1, 0)),
        ((0.35, 0.41, 0.24), None),
        ((0.5, 0.5), (0, 1)),
        ((1.0,), None),
    ],
)
def test_classes_less_than_five_points_apart_are_close(
    probabilities: tuple[float, ...], pair: tuple[int, int] | None
) -> None:
    assert close_pair(prediction(*probabilities)) == pair
