"""Converted models on disk: whole or not at all, bounded, shared by several processes."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

_MANIFEST = "manifest.json"
_DEFAULT_LIMIT = 4 << 30
_SCRATCH = ".new-"
_OLD_SECONDS = 24 * 3600
_log = logging.getLogger(__name__)


class EngineCache:
    """A folder with one folder for every converted model.

    An entry is written under another name and renamed when it is complete, so that two processes
    never see each other's half. Its manifest holds size and hash of every file: what was truncated
    or changed since is dropped. The entries used longest ago go first when the limit is passed.

    Parameters
    ----------
    folder : where entries lie; by default under the user's cache folder.
    limit : bytes that all entries may take.
    """

    def __init__(self, folder: Path | None = None, limit: int = _DEFAULT_LIMIT) -> None:
        self._folder = folder or user_cache_path("fragscope", appauthor=False) / "engines"
        self._limit = limit

    def find(self, key: str) -> Path | None:
        """Folder of an intact entry, or None; a damaged one is dropped."""
        entry = self._folder / key
        try:
            manifest = json.loads((entry / _MANIFEST).read_text(encoding="utf-8"))
            intact = all(_fingerprint(entry / name) == kept for name, kept in manifest.items())
        except (OSError, ValueError, AttributeError):
            intact = False
        if not intact:
            self.drop(key)
            return None
        self._touch(entry)
        return entry

    def store(self, key: str, write: Callable[[Path], object]) -> Path | None:
        """Keep what `write(folder)` writes; None where the disk does not take it.

        Where another process was faster, its entry stays.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=_SCRATCH) as scratch:
                fresh = Path(scratch) / key
                fresh.mkdir()
                write(fresh)
                prints = {path.name: _fingerprint(path) for path in sorted(fresh.iterdir())}
                (fresh / _MANIFEST).write_text(json.dumps(prints), encoding="utf-8")
                if self.find(key) is None:
                    fresh.rename(self._folder / key)
            self._trim(keep=key)
        except (OSError, RuntimeError) as error:  # OpenVINO reports a full disk as RuntimeError
            _log.info("a converted model could not be kept: %s", error)
        return self.find(key)

    def drop(self, key: str) -> None:
        """Remove an entry, if there is one."""
        shutil.rmtree(self._folder / key, ignore_errors=True)

    def _trim(self, keep: str) -> None:
        for rest in self._folder.glob(_SCRATCH + "*"):  # of processes that were killed
            if time.time() - rest.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(rest, ignore_errors=True)
        entries = [e for e in self._folder.iterdir() if e.is_dir() and not e.name.startswith(".")]
        entries.sort(key=lambda entry: (entry.name == keep, _used(entry)))
        sizes = {entry: _size(entry) for entry in entries}
        while len(entries) > 1 and sum(sizes[entry] for entry in entries) > self._limit:
            self.drop(entries.pop(0).name)

    @staticmethod
    def _touch(entry: Path) -> None:
        try:
            os.utime(entry / _MANIFEST)
        except OSError:  # read-only caches are fine: only the order of eviction suffers
            _log.debug("the time of %s cannot be set", entry)


def _fingerprint(path: Path) -> list[int | str]:
    """Size and sha256 of a file, as JSON gives them back."""
    with path.open("rb") as file:
        return [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]


def _used(entry: Path) -> float:
    try:
        return (entry / _MANIFEST).stat().st_mtime
    except OSError:
        return 0.0


def _size(entry: Path) -> int:
    try:
        return sum(path.stat().st_size for path in entry.iterdir())
    except OSError:
        return 0
