from __future__ import annotations

import numpy as np
import pytest

from fragscope.input_preview import preview
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ParameterError
from fragscope_explainers.images import image_from_array

from .another_model import another_model

WIDE = image_from_array(np.full((60, 120, 3), 255, np.uint8), "wide")


def test_without_edits_it_is_what_the_model_is_given() -> None:
    model = another_model()
    found = preview(WIDE, model, {})
    given = model.preprocessing.apply(WIDE)
    np.testing.assert_array_equal(found.model_input.values, given.values)
    assert found.facts[0] == "1 x 3 x 40 x 40, float32, NCHW"


def test_edits_change_the_tensor_and_what_is_seen() -> None:
    found = preview(WIDE, another_model(), {"size": "20x30", "resize": "squash", "layout": "NHWC"})
    assert found.facts[0] == "1 x 20 x 30 x 3, float32, NHWC"
    assert found.facts[2] == "sees 100% of the picture"
    assert found.seen == pytest.approx(1)


def test_the_seen_share_is_that_of_the_area() -> None:
    found = preview(WIDE, another_model(), {"size": "40", "short_side": "40"})
    assert found.seen == pytest.approx(0.5)


def test_values_are_told_in_the_models_own_range() -> None:
    found = preview(WIDE, another_model(), {"mean": "0", "std": "1", "range": "255"})
    assert found.facts[1] == "values 255 to 255"


def test_wrong_edits_are_one_sentence() -> None:
    with pytest.raises(ParameterError, match="rows x columns"):
        preview(WIDE, another_model(), {"size": "huge"})


def test_a_model_with_fixed_settings_is_shown_as_it_is(small_classifier: TorchClassifier) -> None:
    found = preview(WIDE, small_classifier, {"size": "20"})
    assert found.preprocessing == small_classifier.preprocessing
