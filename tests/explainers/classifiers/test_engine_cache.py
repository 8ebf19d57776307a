from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from fragscope_explainers.classifiers.engine_cache import EngineCache


def write(text: str, size: int = 0) -> object:
    """A function that writes one file of a text, padded to a size."""
    return lambda folder: (folder / "model.bin").write_text(text.ljust(size), encoding="utf-8")


def kept(cache: EngineCache, key: str) -> str | None:
    entry = cache.find(key)
    return None if entry is None else (entry / "model.bin").read_text(encoding="utf-8")


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path / "engines")
    assert cache.find("a") is None
    entry = cache.store("a", write("one"))
    assert entry is not None
    assert kept(cache, "a") == kept(EngineCache(tmp_path / "engines"), "a") == "one"
    assert [path.name for path in (tmp_path / "engines").iterdir()] == ["a"]  # no scratch is left


@pytest.mark.parametrize("harm", ["truncate", "change", "remove", "manifest", "list"])
def test_a_damaged_entry_is_dropped_and_can_be_stored_again(tmp_path: Path, harm: str) -> None:
    cache = EngineCache(tmp_path)
    entry = cache.store("a", write("one"))
    assert entry is not None
    file, manifest = entry / "model.bin", entry / "manifest.json"
    match harm:
        case "truncate":
            file.write_text("on", encoding="utf-8")
        case "change":
            file.write_text("two", encoding="utf-8")
        case "remove":
            file.unlink()
        case "manifest":
            manifest.write_text('{"model.bin"', encoding="utf-8")
        case "list":
            manifest.write_text("[1]", encoding="utf-8")
    assert cache.find("a") is None
    assert not entry.exists()
    cache.store("a", write("new"))
    assert kept(cache, "a") == "new"


def test_the_entries_used_longest_ago_go_first(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path, limit=2500)
    for number, key in enumerate("abc"):
        entry = cache.store(key, write(key, 900))
        assert entry is not None
        os.utime(entry / "manifest.json", (number, number))
        if key == "b":
            assert cache.find("a") is not None  # used again, so that b is the oldest
            os.utime(tmp_path / "b" / "manifest.json", (0, 0))
    assert [kept(cache, key) is not None for key in "abc"] == [True, False, True]


def test_the_newest_entry_stays_however_large_it_is(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path, limit=10)
    cache.store("a", write("a", 100))
    cache.store("b", write("b", 100))
    assert kept(cache, "a") is None
    assert kept(cache, "b") is not None


def test_a_disk_that_takes_nothing_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    assert EngineCache(file / "engines").store("a", write("one")) is None

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    cache = EngineCache(tmp_path / "engines")
    assert cache.store("a", full) is None
    assert list((tmp_path / "engines").iterdir()) == []


def test_of_two_processes_one_entry_stays_and_both_find_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        found = pool.starmap(_store_often, [(tmp_path, "one"), (tmp_path, "two")])
    assert found == [True, True]
    assert kept(EngineCache(tmp_path), "a") in {"one", "two"}


def _store_often(folder: Path, text: str) -> bool:
    cache = EngineCache(folder)
    return all(cache.store("a", write(text)) is not None for _ in range(50))


def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    for name, age in ((".new-old", 3 * 86400), (".new-fresh", 0)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    EngineCache(tmp_path).store("a", write("one"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-fresh", "a"]
