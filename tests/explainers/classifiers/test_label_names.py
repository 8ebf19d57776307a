from __future__ import annotations

from pathlib import Path

import pytest

from fragscope_explainers.classifiers.label_names import read_class_names
from fragscope_explainers.errors import ModelError

NAMES = ("cat", "dog", "owl, barn")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.txt", "cat\ndog\nowl, barn\n\n"),
        ("l.txt", "\ufeffcat\r\ndog\r\nowl, barn"),
        ("l.json", '["cat", "dog", "owl, barn"]'),
        ("l.json", '{"1": "dog", "0": "cat", "2": "owl, barn"}'),
        ("l.json", '{"cat": 0, "owl, barn": 2, "dog": 1}'),
        ("l.json", '{"id2label": {"0": "cat", "1": "dog", "2": "owl, barn"}, "hidden": 3}'),
        ("l.json", '{"0": ["n1", "cat"], "1": ["n2", "dog"], "2": ["n3", "owl, barn"]}'),
        ("l.csv", 'index,name\n2,"owl, barn"\n0,cat\n1,dog\n'),
        ("l.csv", 'name,colour\ncat,red\ndog,blue\n"owl, barn",white\n'),
        ("l.csv", 'cat\ndog\n"owl, barn"\n'),
        ("l.tsv", "id\tlabel\n0\tcat\n1\tdog\n2\towl, barn\n"),
    ],
)
def test_names_are_read_from_every_format(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_class_names(path) == NAMES


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("l.txt", b"", "holds no class names"),
        ("l.txt", b"\xff\xfe\x00x", "not a text file in UTF-8"),
        ("l.json", b"{", "no class names that can be read"),
        ("l.json", b"3", "no class names that can be read"),
        ("l.json", b'{"0": "cat", "2": "dog"}', "index 1 has no name"),
        ("l.csv", b"index,name\n0,cat\n5,dog\n", "index 1 has no name"),
    ],
)
def test_files_without_names_are_refused(name: str, data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ModelError, match=said):
        read_class_names(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file of class names"):
        read_class_names(tmp_path / "none.txt")
