from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fragscope_explainers.errors import ParameterError, UnknownNameError
from fragscope_explainers.parameters import Parameter, parameter, parameters, values
from fragscope_explainers.registry import methods


@dataclass(frozen=True)
class Method:
    name = "method"
    plain: int = 3
    masks: int = parameter(1000, "Masks", "How many.", minimum=1, maximum=10**6)
    noise: float = parameter(0.5, "Noise", "How strong.", minimum=0, maximum=1, unit="px")
    order: str = parameter("up", "Order", "Which way.", choices=("up", "down"))
    scales: tuple[int, ...] = parameter((50, 100), "Scales", "How fine.", minimum=2)


def of(name: str) -> Parameter:
    return next(p for p in parameters(Method) if p.name == name)


def test_parameters_come_in_the_order_of_the_fields_and_carry_their_words() -> None:
    found = parameters(Method)
    assert [p.name for p in found] == ["masks", "noise", "order", "scales"]
    assert found == parameters(Method())
    assert (found[1].label, found[1].help, found[1].unit) == ("Noise", "How strong.", "px")
    assert [p.kind for p in found] == [int, float, str, tuple]


def test_values_are_those_of_the_instance() -> None:
    assert values(Method(masks=7)) == {
        "masks": 7,
        "noise": 0.5,
        "order": "up",
        "scales": (50, 100),
    }


@given(st.integers(), st.floats(allow_nan=False), st.lists(st.integers(), min_size=1))
def test_parse_reads_what_str_writes(whole: int, number: float, several: list[int]) -> None:
    assert of("masks").parse(str(whole)) == whole
    assert of("noise").parse(str(number)) == number
    assert of("scales").parse(", ".join(map(str, several))) == tuple(several)
    assert of("order").parse("down") == "down"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("masks", "many", "a whole number"),
        ("masks", "1.5", "a whole number"),
        ("noise", "half", "a number"),
        ("scales", "50,x", "a list of whole numbers such as 50,100,200"),
    ],
)
def test_text_of_another_kind_is_refused(name: str, text: str, wanted: str) -> None:
    with pytest.raises(ParameterError) as caught:
        of(name).parse(text)
    assert str(caught.value) == f"{name} takes {wanted}, got '{text}'"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masks", 1),
        ("masks", 10**6),
        ("noise", 0),
        ("noise", 1.0),
        ("order", "down"),
        ("scales", (2,)),
        ("scales", (800, 50)),
    ],
)
def test_suitable_values_pass(name: str, value: Any) -> None:
    of(name).check(value, "method")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("masks", 1.0),
        ("masks", True),
        ("masks", "5"),
        ("noise", False),
        ("noise", None),
        ("order", 1),
        ("scales", [50, 100]),
        ("scales", (50, 100.0)),
        ("scales", (50, "100")),
        ("scales", (50, True)),
        ("scales", 50),
    ],
)
def test_values_of_another_type_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=rf"^method\.{name} takes "):
        of(name).check(value, "method")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("masks", 0, "method.masks must lie between 1 and 1000000, got 0"),
        ("masks", 10**6 + 1, "method.masks must lie between 1 and 1000000, got 1000001"),
        ("noise", 1.25, "method.noise must lie between 0 and 1 px, got 1.25"),
        ("noise", float("nan"), "method.noise must lie between 0 and 1 px, got nan"),
        ("scales", (50, 1), "method.scales must lie between 2 and inf, got 1"),
        ("scales", (), "method.scales needs at least one number"),
    ],
)
def test_values_outside_the_range_are_refused(name: str, value: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        of(name).check(value, "method")
    assert str(caught.value) == text


def test_unknown_choices_are_listed() -> None:
    with pytest.raises(UnknownNameError, match=r"method\.order 'dwn', did you mean 'down'"):
        of("order").check("dwn", "method")


def test_zero_may_have_a_word() -> None:
    counted = next(p for p in parameters(methods.method("mfpp").load()) if p.name == "masks")
    assert (counted.parse("auto"), counted.parse(" Auto "), counted.parse("12")) == (0, 0, 12)
    assert (counted.text(0), counted.text(12)) == ("auto", "12")
    assert values(methods.create("mfpp"))["masks"] == "auto"
    with pytest.raises(ParameterError, match="between 1 and 1000000 or be auto, got -1"):
        counted.check(-1, "mfpp")
