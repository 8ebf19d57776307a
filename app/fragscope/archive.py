"""A zip file of JSON, arrays and pictures that may come from anywhere. No Qt.

Nothing in it is unpacked to the disk and nothing is pickled. Sizes are checked before anything is
read: those of the members as the zip file declares them, and those of arrays as their headers do.
"""

from __future__ import annotations

import io
import json
import logging
import math
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fragscope_explainers.errors import SessionError
from fragscope_explainers.translation import tr

FACTS = "session.json"
MOST_MEMBERS = 20_000
MOST_BYTES = 16 << 30
"""Most bytes of all members together, unpacked."""
_MOST_FACTS = 64 << 20
_MOST_GROWTH, _FREE_GROWTH = 50, 256 << 20
"""How many times its own size a file may grow to when unpacked, and to what size in any case."""

AnyArray = NDArray[Any]
_log = logging.getLogger(__name__)
Value = TypeVar("Value")


class ArchiveWriter:
    """Adds members to a new zip file.

    An array that is added again, under whatever name, is stored once.
    """

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._known: dict[tuple[Any, ...], str] = {}
        self._kept: list[AnyArray] = []

    def array(self, name: str, values: AnyArray, *, passing: bool = False) -> str:
        """Add an array as `name`.npy; gives the name of the member that holds it.

        One that is only passing, such as one mapped from the disk, is let go at once.
        """
        if passing:
            return self._array(f"{name}.npy", values)
        place = values.__array_interface__
        key = (place["data"][0], values.shape, values.strides, values.dtype.str)
        if key not in self._known or not values.size:
            self._known[key] = f"{name}.npy"
            self._kept.append(values)  # its place in memory stays its own
            self._array(f"{name}.npy", values)
        return self._known[key]

    def data(self, name: str, data: bytes) -> str:
        """Add bytes as they are."""
        self._file.writestr(name, data, compress_type=zipfile.ZIP_STORED)
        return name

    def facts(self, facts: dict[str, Any]) -> None:
        """Add what JSON can hold."""
        self._pack(FACTS, json.dumps(facts, indent=1).encode())

    def _array(self, member: str, values: AnyArray) -> str:
        buffer = io.BytesIO()
        npy.write_array(buffer, values, allow_pickle=False)
        self._pack(member, buffer.getvalue())
        return member

    def _pack(self, name: str, data: bytes) -> None:
        """Add bytes with the quickest packing: numbers hardly get smaller by a better one."""
        self._file.writestr(name, data, zipfile.ZIP_DEFLATED, compresslevel=1)


class Archive:
    """Reads members of a zip file within limits."""

    def __init__(self, file: zipfile.ZipFile, size: int) -> None:
        members = file.infolist()
        names = [member.filename for member in members]
        whole = sum(member.file_size for member in members)
        if len(members) > MOST_MEMBERS or len(set(names)) < len(names):
            raise ValueError(tr("it has too many parts"))
        if whole > min(MOST_BYTES, max(_FREE_GROWTH, _MOST_GROWTH * size)):
            raise ValueError(tr("it would unpack to far too many bytes"))
        if any(not _is_inside(name) for name in names):
            raise ValueError(tr("it names files outside of itself"))
        self._file = file
        self._arrays: dict[str, AnyArray] = {}

    def facts(self) -> dict[str, Any]:
        """What `session.json` holds."""
        found = json.loads(self.data(FACTS, _MOST_FACTS))
        return cast(dict[str, Any], found) if isinstance(found, dict) else {}

    def data(self, name: str, most: int = MOST_BYTES) -> bytes:
        """All bytes of a member."""
        declared = self._file.getinfo(name).file_size
        if declared > most:
            raise ValueError(tr("{name} is too large", name=name))
        with self._file.open(name) as member:
            return member.read(declared + 1)

    def array(self, name: str) -> AnyArray:
        """A member that is an array, read-only; the same one each time."""
        if name not in self._arrays:
            self._arrays[name] = _array(self.data(name))
        return self._arrays[name]


def read_archive(path: Path, take: Callable[[Archive], Value]) -> Value:
    """Take what is wanted from a zip file; whatever is wrong with it becomes one sentence.

    Raises
    ------
    SessionError
        The file is missing, cannot be read, is damaged, or is none of FragScope's.
    """
    try:
        with path.open("rb") as opened, zipfile.ZipFile(opened) as file:
            return take(Archive(file, path.stat().st_size))
    except SessionError:
        raise
    except OSError as error:
        raise SessionError(
            tr(
                "{name} cannot be read ({reason}); check its name and folder",
                name=path.name,
                reason=error.strerror or error,
            )
        ) from error
    except Exception as error:  # readers raise almost anything on damaged data
        _log.debug("a session file cannot be read", exc_info=True)
        raise SessionError(
            tr(
                "{name} is damaged or no session of FragScope ({why}); open another copy of it",
                name=path.name,
                why=_why(error),
            )
        ) from error


def _why(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return tr("it needs more memory than there is")
    if isinstance(error, RecursionError):
        return tr("its parts are nested too deeply")
    said = str(error).strip().splitlines()
    return said[0][:120] if said else type(error).__name__


def _is_inside(name: str) -> bool:
    """Whether a member's name is a plain path below the file."""
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    return bool(path.parts) and not odd


def _array(data: bytes) -> AnyArray:
    """The array of a .npy file; its header may promise no more than there is."""
    file = io.BytesIO(data)
    version = npy.read_magic(file)
    if version != (1, 0):
        raise ValueError(tr("an array is of version {version}", version=version))
    shape, fortran, dtype = npy.read_array_header_1_0(file)
    if dtype.kind not in "biuf" or dtype.hasobject:
        raise ValueError(tr("an array holds {dtype}", dtype=dtype))
    count = math.prod(shape)
    if len(data) - file.tell() != count * dtype.itemsize or any(n < 0 for n in shape):
        raise ValueError(tr("an array is cut short"))
    flat = np.frombuffer(data, dtype, count, file.tell())
    return flat.reshape(shape, order="F" if fortran else "C")
