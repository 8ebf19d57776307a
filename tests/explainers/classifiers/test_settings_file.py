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
        ("model = 3", r'has sections such as \[model\] and \[models."m\.onnx"\]'),
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


@pytest.mark.parametrize("section", ['"m.onnx"', "m", "m.onnx", "'m'"])
def test_a_model_is_found_by_its_name_with_and_without_its_end(
    section: str, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text(f"[model]\nsize = 32\n[models.{section}]\nsize = 64\n")
    assert beside(tmp_path / "m.onnx").facts["size"].value == (64, 64)
    assert beside(tmp_path / "n.onnx").facts["size"].value == (32, 32)


def test_the_whole_name_wins_over_the_short_one(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(
        '[models.m]\nsize = 32\nmean = 0.25\n[models."m.onnx"]\nsize = 64\n'
    )
    found = beside(tmp_path / "m.onnx").facts
    assert found["size"].value == (64, 64)
    assert found["mean"].value == (0.25,)
    assert beside(tmp_path / "m.pt").facts["size"].value == (32, 32)


@pytest.mark.parametrize("section", ["resnet_50.onnx", "resnet50.pt", "ResNet-50"])
def test_a_misspelt_section_is_told_with_what_to_write(section: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(f'[models."{section}"]\nsize = 64\n')
    (tmp_path / "resnet50.onnx").touch()
    note = beside(tmp_path / "resnet50.onnx").note
    assert f'has [models."{section}"]' in note
    assert 'write [models."resnet50.onnx"]' in note


def test_a_section_of_another_model_of_the_folder_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('[models."net-a.onnx"]\nsize = 64\n[models.other]\nsize = 32\n')
    for name in ("net-a.onnx", "net-b.onnx"):
        (tmp_path / name).touch()
    found = beside(tmp_path / "net-b.onnx")
    assert not found.facts
    assert not found.note


def test_a_file_of_windows_with_a_mark_of_its_order_is_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xef\xbb\xbf[model]\r\nsize = 64\r\n")
    assert beside(tmp_path / "m.onnx").facts["size"].value == (64, 64)
