from __future__ import annotations

from pathlib import Path

import pytest

from fragscope_explainers.classifiers.settings_file import NAME, beside
from fragscope_explainers.errors import FragScopeError, ModelError


def test_without_a_file_nothing_is_stated(tmp_path: Path) -> None:
    found = beside(tmp_path / "m.onnx")
    assert not found.facts
    assert found.labels is None
    assert beside(None) == found


def test_a_models_own_table_wins(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a\nb\n")
    (tmp_path / NAME).write_text(
        '[model]\nmean = [0.1, 0.2, 0.3]\nsize = 96\nlabels = "names.txt"\n'
        '[models."m.onnx"]\nsize = [64, 32]\n'
    )
    found = beside(tmp_path / "m.onnx")
    assert found.facts["size"].value == (64, 32)
    assert found.facts["mean"].value == (0.1, 0.2, 0.3)
    assert found.facts["mean"].source == NAME
    assert found.labels is not None
    assert found.labels.value == ("a", "b")
    assert beside(tmp_path / "other.onnx").facts["size"].value == (96, 96)


def test_names_can_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('[model]\nlabels = ["a", "b"]\n')
    found = beside(tmp_path / "m.onnx").labels
    assert found is not None
    assert found.value == ("a", "b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[model", "is no TOML"),
        ("model = 3", "are tables"),
        ("[model]\nmeen = 0.5", "did you mean 'mean'"),
        ("[model]\nsize = 'big'", "rows x columns"),
        ("[model]\nlabels = 'none.txt'", "no such file of class names"),
    ],
)
def test_wrong_files_are_told_in_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(FragScopeError, match=said):
        beside(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mean = 0.3", "'mean' belongs into"),
        ("[models]\nmean = 0.3", r"'models\.mean' belongs into"),
        ("[model]\nchannels = 2.5", "fragscope.toml: model.channels takes a whole number"),
        ("[model]\nmean = [true, true, true]", "fragscope.toml: model.mean takes one number"),
    ],
)
def test_settings_in_the_wrong_place_or_of_the_wrong_kind_are_told(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(ModelError, match=said):
        beside(tmp_path / "m.onnx")
