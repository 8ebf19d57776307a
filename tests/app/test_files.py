from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from fragscope.files import check_writable, picture_files, write_file
from fragscope_explainers import read_image
from fragscope_explainers.errors import ImageError, ReportError


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_file(path, lambda fresh: fresh.write_text("first"))

    def half(fresh: Path) -> None:
        fresh.write_text("sec")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ReportError, match="No space left on device; choose another place"):
        write_file(path, half)
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_ending_while_it_is_written(tmp_path: Path) -> None:
    endings: list[str] = []
    write_file(
        tmp_path / "map.png", lambda fresh: (endings.append(fresh.suffix), fresh.write_text("x"))
    )
    assert endings == [".png"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for attempt in (
        lambda: check_writable(tmp_path / "file"),
        lambda: check_writable(tmp_path / "file" / "below" / "it"),
        lambda: write_file(tmp_path / "file" / "it.txt", lambda fresh: fresh.write_text("x")),
        lambda: write_file(tmp_path / "missing" / "it", lambda fresh: fresh.write_text("x")),
    ):
        with pytest.raises(ReportError, match="; choose another") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_check_writable_makes_the_folder_and_leaves_it_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_folders_become_the_pictures_in_them(
    make_photo: Callable[..., Path], tmp_path: Path
) -> None:
    for name in ("set/b.PNG", "set/a.png", "set/deep/c.png"):
        make_photo(name)
    (tmp_path / "set" / "notes.txt").write_text("no picture")
    single = tmp_path / "single.txt"
    found = picture_files([single, tmp_path / "set"])
    assert found == [single, tmp_path / "set" / "a.png", tmp_path / "set" / "b.PNG"]


def test_a_folder_without_pictures_does_not_stop_the_others(tmp_path: Path, photo: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert picture_files([empty, photo]) == [empty, photo]
    with pytest.raises(ImageError, match="folder without pictures"):
        read_image(empty)


def test_a_folder_that_cannot_be_listed_does_not_stop_the_others(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert picture_files([photo.parent, photo]) == [photo.parent, photo]
