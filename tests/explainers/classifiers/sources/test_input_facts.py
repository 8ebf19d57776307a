from __future__ import annotations

import pytest

from fragscope_explainers.classifiers.sources.input_facts import input_facts
from fragscope_explainers.errors import ModelError


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        ([None, 3, 12, 20], {"layout": "NCHW", "channels": 3, "size": (12, 20)}),
        ([1, 12, 20, 3], {"layout": "NHWC", "channels": 3, "size": (12, 20)}),
        ([1, 1, 28, 28], {"layout": "NCHW", "channels": 1, "size": (28, 28)}),
        ([1, 28, 28, 1], {"layout": "NHWC", "channels": 1, "size": (28, 28)}),
        ([None, 4, None, None], {"layout": "NCHW", "channels": 4}),
        ([None, None, None, 3], {"layout": "NHWC", "channels": 3}),
        ([None, None, None, None], {}),
    ],
)
def test_axes_tell_layout_channels_and_size(
    shape: list[int | None], wanted: dict[str, object]
) -> None:
    found = input_facts(shape, "float32", "test")
    assert {name: known.value for name, known in found.items()} == {**wanted, "dtype": "float32"}


@pytest.mark.parametrize(
    ("element", "wanted"),
    [("float64", "float32"), ("float16", "float16"), ("uint8", "uint8"), ("int64", "uint8")],
)
def test_types_are_those_that_inputs_are_made_in(element: str, wanted: str) -> None:
    assert input_facts([1, 3, 8, 8], element, "test")["dtype"].value == wanted


@pytest.mark.parametrize(
    ("shape", "element", "text"),
    [
        ([1, 512], "float32", r"2 axes, \[1, 512\]"),
        ([1, 7, 12, 20], "float32", "no axis of 1 to 4 channels"),
        ([1, 3, 12, 20], "str", "numbers of the type str"),
    ],
)
def test_what_takes_no_pictures_is_refused(shape: list[int], element: str, text: str) -> None:
    with pytest.raises(ModelError, match=text):
        input_facts(shape, element, "test")
