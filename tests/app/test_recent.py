from __future__ import annotations

from pathlib import Path

import pytest

from fragscope.recent import MOST_RECENT, listed, remembered


def test_the_newest_is_in_front_and_nothing_is_listed_twice(tmp_path: Path) -> None:
    known: list[str] = []
    for name in ("a", "b", "a"):
        known = remembered(known, tmp_path / name)
    assert [Path(text).name for text in known] == ["a", "b"]


def test_only_so_many_are_remembered(tmp_path: Path) -> None:
    known: list[str] = []
    for number in range(MOST_RECENT + 4):
        known = remembered(known, tmp_path / str(number))
    assert len(known) == MOST_RECENT
    assert Path(known[0]).name == str(MOST_RECENT + 3)


def test_paths_become_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert remembered([], Path("a.png")) == [str(tmp_path / "a.png")]


def test_what_is_gone_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    there = tmp_path / "pictures" / "a.png"
    there.parent.mkdir()
    there.touch()
    first, second = listed([str(there), "/nowhere/b.png"])
    assert (first.is_there, second.is_there) == (True, False)
    assert first.label == "a.png  (~/pictures)"
    assert second.label == "b.png  (/nowhere)"
