from __future__ import annotations

from pathlib import Path

import pytest

from fragscope.model_words import (
    EXAMPLES,
    FILE_FILTER,
    as_specification,
    progress_words,
    read_typed,
)
from fragscope_explainers.classifiers.specs import PREFIXES, SUFFIXES


@pytest.mark.parametrize(
    "text", [*EXAMPLES, "a.py:build", "http://h/v2/models/m", *(f"m{s}" for s in SUFFIXES)]
)
def test_every_kind_has_a_sentence(text: str) -> None:
    found = read_typed(text)
    assert found.spec is not None
    assert found.text.endswith(".")
    assert found.runs_code == (text == "a.py:build")


def test_the_examples_show_every_collection() -> None:
    assert {example.partition(":")[0] for example in EXAMPLES} == set(PREFIXES)


@pytest.mark.parametrize("text", ["", "  ", "resnet50", "photo.jpg"])
def test_what_names_no_model_is_told_while_it_is_typed(text: str) -> None:
    found = read_typed(text)
    assert found.spec is None
    assert found.text[0].isupper() or found.text.startswith("'")


def test_the_file_dialog_offers_every_file_that_can_be_opened() -> None:
    assert all(f"*{suffix}" in FILE_FILTER for suffix in SUFFIXES)


def test_a_python_file_still_asks_for_its_function() -> None:
    assert as_specification("/a/b.py") == "/a/b.py:"
    assert as_specification("/a/b.onnx") == "/a/b.onnx"


def test_the_only_function_of_a_python_file_is_taken(tmp_path: Path) -> None:
    code = tmp_path / "net.py"
    code.write_text("def _part(): ...\n\ndef build(): ...\n")
    assert as_specification(str(code)) == f"{code}:build"
    code.write_text("def build(): ...\n\ndef other(): ...\n")
    assert as_specification(str(code)) == f"{code}:"


def test_downloads_are_counted_in_megabytes() -> None:
    assert progress_words(1_500_000, 97_800_000) == "1.5 of 97.8 MB"
    assert progress_words(1_500_000, None) == "1.5 MB"
