"""Which files are pictures, and writing files so that nobody ever finds half of one. No Qt."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from fragscope_explainers.errors import ReportError
from fragscope_explainers.images import SUFFIXES
from fragscope_explainers.translation import tr


def check_writable(folder: Path) -> None:
    """Raise ReportError unless files can be made in a folder, which is made where missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ReportError(
            tr(
                "nothing can be written to {folder}: {reason}; choose another folder",
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write one file whole or not at all.

    Raises
    ------
    ReportError
        It cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fragscope-") as scratch:
            fresh = Path(scratch) / path.name
            write(fresh)
            fresh.replace(path)
    except OSError as error:
        raise ReportError(
            tr(
                "{path} cannot be written: {reason}; choose another place",
                path=path,
                reason=error.strerror or error,
            )
        ) from error


def picture_files(paths: Sequence[Path]) -> list[Path]:
    """The given files, and the pictures in the given folders in order of their names.

    A folder without pictures stays itself, for its own error.
    """
    return [file for path in paths for file in _pictures_at(path)]


def _pictures_at(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError:
        return [path]  # reading it will say what is wrong, and the others are still done
    return inside or [path]  # reading an empty folder says so
