from __future__ import annotations

import hashlib
import os
import warnings
import zipfile
from pathlib import Path

import pytest

from fragscope_explainers.classifiers.sources import model_files
from fragscope_explainers.classifiers.sources.model_files import archive_names, readable, sha256
from fragscope_explainers.errors import ModelError


def test_the_hash_of_several_files_is_that_of_their_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a" * (1 << 20) + b"b")
    other.write_bytes(b"c")
    wanted = hashlib.sha256(one.read_bytes() + other.read_bytes()).hexdigest()
    assert sha256(one, other) == wanted


def test_entries_are_named_without_their_top_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("top/code/a.py", "")
    assert archive_names(tmp_path / "x.zip") == ("code/a.py",)
    (tmp_path / "text").write_text("no archive")
    assert archive_names(tmp_path / "text") == ()


def test_archives_that_unpack_to_too_much_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("top/data.pkl", bytes(1 << 20))
    monkeypatch.setattr(model_files, "MAX_BYTES", 1 << 16)
    assert readable(tmp_path / "x.pt").stat().st_size < 1 << 16
    with pytest.raises(ModelError, match="would unpack to more"):
        archive_names(tmp_path / "x.pt")


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "_SMALL", 1 << 18)
    for name, content in (("bomb", bytes(1 << 20)), ("sound", os.urandom(1 << 20))):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("top/data.pkl", content)
    assert archive_names(tmp_path / "sound") == ("data.pkl",)
    with pytest.raises(ModelError, match="1 MiB, more than 20 times its size"):
        archive_names(tmp_path / "bomb")


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.pt").write_bytes(bytes(99))
    monkeypatch.setattr(model_files, "MAX_BYTES", 98)
    with pytest.raises(ModelError, match="more than"):
        readable(tmp_path / "x.pt")


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("top/data.pkl", "one")
        archive.writestr("top/data.pkl", "other")
    with pytest.raises(ModelError, match="two entries of one name"):
        archive_names(tmp_path / "x.pt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.pt")
    with pytest.raises(ModelError, match="is no ordinary file"):
        readable(tmp_path / "x.pt")
