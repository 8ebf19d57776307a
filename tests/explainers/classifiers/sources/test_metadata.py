from __future__ import annotations

import json

import pytest

from fragscope_explainers.classifiers.sources.metadata import facts_in, labels_in


@pytest.mark.parametrize(
    "text",
    [
        "{0: 'ant', 1: 'bee, wild'}",
        "['ant', 'bee, wild']",
        '["ant", "bee, wild"]',
        '{"0": "ant", "1": "bee, wild"}',
        '{"ant": 0, "bee, wild": 1}',
        "('ant', 'bee, wild')",
        "ant\nbee, wild",
    ],
)
def test_names_are_read_in_every_form(text: str) -> None:
    found = labels_in({"names": text}, "notes")
    assert found is not None
    assert found.value == ("ant", "bee, wild")
    assert found.source == "notes (names)"


def test_names_between_commas() -> None:
    found = labels_in({"labels": "ant, bee"}, "notes")
    assert found is not None
    assert found.value == ("ant", "bee")


@pytest.mark.parametrize("text", ["", "{}", "[]", "{1: 'bee'}", "x" * (9 << 20)])
def test_what_is_no_list_of_names_is_left(text: str) -> None:
    assert labels_in({"names": text}, "notes") is None


def test_nothing_of_a_literal_is_run(tmp_path: object) -> None:
    assert labels_in({"names": "__import__('os').abort()"}, "notes").value == (
        "__import__('os').abort()",
    )


def test_classifiers_of_ultralytics_take_plain_colours() -> None:
    notes = {"author": "Ultralytics", "task": "classify", "imgsz": json.dumps([64, 96])}
    found = facts_in(notes, "notes")
    assert found["mean"].value == (0.0,)
    assert found["std"].value == (1.0,)
    assert found["short_side"].value == 64
    assert facts_in({**notes, "task": "detect"}, "notes") == {}


def test_embedded_preprocessing_states_no_mean() -> None:
    notes = {"model_type": "Classification", "mean_values": "1 2 3", "embedded_processing": "True"}
    assert facts_in(notes, "notes") == {}


def test_a_note_that_is_no_setting_is_left() -> None:
    assert facts_in({"model_type": "Classification", "mean_values": "grey"}, "notes") == {}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "-" * 100_000 + "1",
        '{"names":' * 900 + "[]" + "}" * 900,
        '{"cat": 1e999}',
        "{'cat': 1e999}",
        "{" + "0: 'a', " * 200_000 + "}",
        '["a", null, {"b": 3}]' * 2,
        "\x00" * 1000,
        "\ud800",
    ],
)
@pytest.mark.parametrize("key", ["names", "imgsz", "mean_values"])
def test_hostile_notes_are_left_without_an_error(key: str, text: str) -> None:
    made_by = {"task": "classify", "author": "Ultralytics"}
    if key == "mean_values":
        made_by = {"model_type": "classification"}
    notes = made_by | {key: text}
    labels_in(notes, "notes")
    assert "short_side" not in facts_in(notes, "notes")
