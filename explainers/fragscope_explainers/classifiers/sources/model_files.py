"""What all model files have in common: they are there, are not too large, and have a hash."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ...errors import ModelError
from ...translation import tr
from ..specs import SUFFIXES, ModelSpec

MAX_BYTES = 16 << 30
"""Most that a model's file may hold, packed or unpacked: the largest classifiers have some GiB."""

_ARCHIVES = ("torch-file", "exported")
"""Kinds of files that are archives."""
_SWELLS, _SMALL = 20, 64 << 20
"""Times that an archive of more than some bytes may grow when it is unpacked: weights hardly do."""


def model_file(spec: ModelSpec) -> Path:
    """The file that a specification names, found fit to be opened.

    Raises
    ------
    ModelError
        It is not there, is a folder, is empty or is too large.
    """
    path = spec.path
    if path is None:
        raise ModelError(
            tr("{text} names no file; give the path of a model's file", text=spec.text)
        )
    return readable(path)


def readable(path: Path) -> Path:
    """The same path, once it is sure that it leads to a file of a bearable size.

    Raises
    ------
    ModelError
        It does not.
    """
    try:
        if path.is_dir():
            raise ModelError(tr("{path}: is a folder; give the model's file inside it", path=path))
        size = path.stat().st_size
        if not path.is_file():  # a pipe, which opening would wait for
            raise ModelError(tr("{path}: is no ordinary file; give a model's file", path=path))
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise ModelError(
            tr("{path}: no such model file; check its name and folder", path=path)
        ) from None
    except OSError as error:
        raise ModelError(
            tr(
                "{path}: cannot be read ({reason}); check its permissions",
                path=path,
                reason=error.strerror,
            )
        ) from error
    if not size:
        raise ModelError(tr("{path}: is empty; save or download the model again", path=path))
    if size > MAX_BYTES:
        raise ModelError(
            tr(
                "{path}: has {size:,} GiB, more than {max_bytes} GiB",
                path=path,
                size=size >> 30,
                max_bytes=MAX_BYTES >> 30,
            )
        )
    return path


def archive_names(path: Path) -> tuple[str, ...]:
    """Names of the entries of a zip archive without its top folder, or none for another file.

    Raises
    ------
    ModelError
        Its entries would unpack to too many bytes, or two share a name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        return ()
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise ModelError(
            tr("{path}: has two entries of one name; save or download the model again", path=path)
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_BYTES:
        raise ModelError(
            tr(
                "{path}: would unpack to more than {max_bytes} GiB",
                path=path,
                max_bytes=MAX_BYTES >> 30,
            )
        )
    if unpacked > max(_SWELLS * path.stat().st_size, _SMALL):
        raise ModelError(
            tr(
                "{path}: would unpack to {mib:,} MiB, more than {times} times its size, as no "
                "model does; save or download it again",
                path=path,
                mib=unpacked >> 20,
                times=_SWELLS,
            )
        )
    return tuple(name.partition("/")[2] or name for name in names)


def is_cut_short(path: Path) -> bool:
    """Whether a file of torch begins as an archive and lacks its end."""
    if SUFFIXES.get(path.suffix.lower()) not in _ARCHIVES:
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PK\3\4" and not zipfile.is_zipfile(path)


def sha256(*paths: Path) -> str:
    """Hash of one file, or of several one after the other."""
    digest = hashlib.sha256()
    for part in _parts(paths):
        digest.update(part)
    return digest.hexdigest()


def _parts(paths: Iterable[Path]) -> Iterable[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                yield part


def damaged(path: Path, kind: str, why: str) -> ModelError:
    """The sentence for a file that is not what its name says."""
    if is_cut_short(path):
        return ModelError(tr("{path}: is cut short; download or copy it again", path=path))
    return ModelError(
        tr(
            "{path}: cannot be read as {kind} ({why}); it is damaged or of another kind, so save "
            "or "
            "download it again",
            path=path,
            kind=kind,
            why=why,
        )
    )
