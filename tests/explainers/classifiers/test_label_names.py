from __future__ import annotations

import os
from pathlib import Path

import pytest

from fragscope_explainers.classifiers.label_names import MAX_BYTES, read_class_names, tidy
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
        ("l.json", b"{", "is no JSON"),
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


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "l.json",
            b'["cat",\n"dog"\n"owl"]',
            r"l\.json, line 3: is no JSON .*write a list of names",
        ),
        ("l.json", b'{"cat": 0, "dog": "x"}', "neither names nor indices .*: 'x'\\); write a list"),
        ("l.json", b'{"cat": 0, "dog": 1e999}', "no class names that can be read"),
        ("l.json", b'{"0": "cat", "00": "dog"}', "an index stands twice"),
        ("l.json", b"[" * 100_000, "no class names that can be read"),
        ("l.json", b'{"labels":' * 900 + b"[]" + b"}" * 900, "no class names that can be read"),
        ("l.csv", b"index,name\n0,cat\n\n1\n", r"l\.csv, line 4: has 1 cell, .*promises 2"),
        ("l.csv", b"index,name\n0,cat\nx,dog\n", r"line 3: 'x' is no index; write an index"),
        ("l.csv", b"index,name\n0,cat\n0,dog\n", "line 3: the index 0 stands there for the second"),
        ("l.csv", b"name,colour\ncat,red\n", None),
        (
            "l.txt",
            "cat\ndog\nm\u00f6we\n".encode("latin-1"),
            r"l\.txt, line 3: is not a text file in",
        ),
        ("l.txt", "cat\ndog\n".encode("utf-16"), "line 1: is not a text file in UTF-8"),
    ],
)
def test_the_line_and_what_is_expected_are_told(
    name: str, data: bytes, said: str | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    if said is None:
        assert read_class_names(path) == ("cat",)
        return
    with pytest.raises(ModelError, match=said) as caught:
        read_class_names(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_names_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "l.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ModelError, match="too much for names"):
        read_class_names(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "l.txt")
    with pytest.raises(ModelError, match="no ordinary file"):
        read_class_names(tmp_path / "l.txt")


def test_names_cannot_steer_a_terminal_nor_fill_it() -> None:
    found = tidy(
        ["cat", "\x1b[31mred\nline", "\u202egnp.exe", "x" * 10_000, "\u0645\u06cc\u200c\u062e"]
    )
    assert found[0] == "cat"
    assert found[1] == " [31mred line"
    assert found[2] == " gnp.exe"
    assert len(found[3]) == 500
    assert found[4] == "\u0645\u06cc\u200c\u062e", "letters that need a joiner keep it"
