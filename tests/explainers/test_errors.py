from __future__ import annotations

import pytest

from fragscope_explainers import errors
from fragscope_explainers.errors import FragScopeError, UnknownNameError, one_of


def test_every_error_is_a_fragscope_error() -> None:
    names = [name for name in vars(errors) if name.endswith("Error")]
    assert len(names) > 5
    assert all(issubclass(getattr(errors, name), FragScopeError) for name in names)


@pytest.mark.parametrize(("name", "nearest"), [("mffp", "mfpp"), ("RISE", "rise"), ("Lim", "LIME")])
def test_the_nearest_name_is_suggested_in_its_own_case(name: str, nearest: str) -> None:
    text = str(UnknownNameError("method", name, ["mfpp", "rise", "LIME"]))
    assert text == (
        f"unknown method '{name}', did you mean '{nearest}'? Choose from mfpp, rise, LIME"
    )


def test_a_name_unlike_all_others_gets_no_suggestion() -> None:
    text = str(UnknownNameError("method", "zzzz", ["mfpp", "rise"]))
    assert text == "unknown method 'zzzz'; choose from mfpp, rise"


def test_long_lists_are_cut_with_a_count() -> None:
    text = str(UnknownNameError("class", "?", [f"c{i}" for i in range(1000)]))
    assert text == "unknown class '?'; there are 1,000 to choose from, such as c0, c1, c2"


def test_of_many_names_the_three_nearest_are_suggested() -> None:
    names = ["tiger cat", "tiger", "tiger shark", *(f"c{i}" for i in range(100))]
    text = str(UnknownNameError("class", "tigre cat", names))
    assert "did you mean 'tiger cat' or 'tiger" in text
    assert "103 to choose from" in text


def test_an_empty_list_is_said_to_be_empty() -> None:
    assert str(UnknownNameError("run", "a", ())).endswith("there is none to choose from")


def test_one_of_some_names_is_found_or_the_others_are_listed() -> None:
    assert one_of("fill", "blur", ("mean", "blur")) == "blur"
    with pytest.raises(UnknownNameError, match=r"unknown fill 'blu', did you mean 'blur'\?"):
        one_of("fill", "blu", ("mean", "blur"))
