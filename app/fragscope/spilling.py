"""Results that lie on the disk instead of in memory, and come back bit for bit. No Qt.

All arrays of a result are in one .npy file, which is mapped into memory when they are asked for
again: the system reads what is looked at, and may drop it again. One file a result, because every
mapping holds one open. Nothing is pickled.
"""

from __future__ import annotations

import contextlib
import math
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from uuid import uuid4

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fragscope_explainers.errors import FragScopeError, SessionError, UnsupportedError
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind, FloatArray, Snapshot

if TYPE_CHECKING:
    from fragscope_explainers.stored_snapshots import StoredSnapshot

    from .runs import RunState

AnyArray = NDArray[Any]
_ALIGNMENT = 64
_MAP = "map"


class Values(NamedTuple):
    """The large parts of a run's state; attributes as `RunState` has them."""

    snapshot: Snapshot
    saliency: FloatArray
    curves: Mapping[CurveKind, Curve]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an array lies in a file: its first byte, and how to read it."""

    start: int
    dtype: str
    shape: tuple[int, ...]

    def of(self, data: NDArray[np.uint8]) -> AnyArray:
        """The array in the bytes of the file."""
        size = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        return data[self.start : self.start + size].view(self.dtype).reshape(self.shape)


class Spilled:
    """The file of one result. It goes when nobody knows of it any more, at the latest at the end.

    Raises
    ------
    OSError
        It cannot be written; nothing is left then.
    UnsupportedError
        The snapshot is of a sort that cannot be stored.
    """

    def __init__(self, state: RunState, folder: Path) -> None:
        stored, arrays = _parts(state)
        self._kind, self._facts = stored.kind, stored.facts
        self._names = tuple(stored.arrays)
        self._curves = {kind: replace(curve, ranks=None) for kind, curve in state.curves.items()}
        self._places = dict(_places(arrays))
        last = max(self._places.values(), key=lambda place: place.start)
        self._size = last.start + math.prod(last.shape) * np.dtype(last.dtype).itemsize
        path = folder / f"{uuid4().hex}.npy"
        self._path = path
        self._end = weakref.finalize(self, _remove, path)
        try:
            with path.open("wb") as file:
                _write(file, self._size, arrays, self._places)
        except OSError:
            self._end()
            raise

    def read(self) -> Values:
        """What was written, from the disk.

        Raises
        ------
        SessionError
            The file is gone or damaged.
        """
        from fragscope_explainers.stored_snapshots import StoredSnapshot, restore

        try:
            data = _mapped(self._path, self._size)
            found = {name: place.of(data) for name, place in self._places.items()}
            arrays = {name: found[name] for name in self._names}
            snapshot = restore(StoredSnapshot(self._kind, self._facts, arrays), copies=False)
        except (OSError, ValueError, FragScopeError) as error:
            raise SessionError(
                tr("A result that lay on the disk cannot be read ({why}).", why=error)
            ) from error
        for name in found.keys() - set(self._names):
            found[name].flags.writeable = False
        curves = {
            kind: replace(curve, ranks=found.get(_ranks(kind)))
            for kind, curve in self._curves.items()
        }
        return Values(snapshot, found[_MAP], curves)


def spill(
    states: Sequence[RunState], others: Sequence[RunState], budget: int, folder: Path
) -> Iterator[tuple[RunState, Spilled]]:
    """Write results to the disk, in their order, until what stays is within the budget.

    Parameters
    ----------
    states : may go; those that cannot be stored stay.
    others : stay in memory, whatever they take.
    budget : bytes.
    folder : is there.

    Raises
    ------
    OSError
        The disk does not take any more.
    """
    sizes = {id(state): size_of(state) for state in (*states, *others)}
    left = sum(sizes.values())
    for state in dict.fromkeys(states):
        if left <= budget:
            return
        with contextlib.suppress(UnsupportedError):
            yield state, Spilled(state, folder)
            left -= sizes[id(state)]


def size_of(state: RunState) -> int:
    """Bytes that a result takes in memory; 0 where they are unknown, or lie on the disk."""
    if state.is_on_disk:
        return 0
    try:
        return sum(values.nbytes for values in _parts(state)[1].values())
    except UnsupportedError:
        return 0


# -- inside ---------------------------------------------------------------------------------


def _parts(state: RunState) -> tuple[StoredSnapshot, dict[str, AnyArray]]:
    """A result's snapshot taken apart, and all its arrays by their names."""
    from fragscope_explainers.stored_snapshots import store

    stored = store(state.snapshot)
    ranks = {_ranks(c.kind): c.ranks for c in state.curves.values() if c.ranks is not None}
    return stored, {_MAP: state.saliency, **ranks, **stored.arrays}


def _ranks(kind: CurveKind) -> str:
    return f"ranks-{kind}"


def _places(arrays: Mapping[str, AnyArray]) -> Iterator[tuple[str, _Place]]:
    start = 0
    for name, values in arrays.items():
        yield name, _Place(start, values.dtype.str, values.shape)
        start += -(-values.nbytes // _ALIGNMENT) * _ALIGNMENT


def _write(
    file: BinaryIO, size: int, arrays: Mapping[str, AnyArray], places: Mapping[str, _Place]
) -> None:
    """Write a .npy file of bytes; not by a mapping, which a full disk would end the program at."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (size,)}
    npy.write_array_header_1_0(file, header)
    first = file.tell()
    for name, values in arrays.items():
        file.write(b"\0" * (first + places[name].start - file.tell()))
        file.write(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)


def _mapped(path: Path, size: int) -> NDArray[np.uint8]:
    """The bytes of a file; written pages would become copies, so tensors may be made of them."""
    data = np.load(path, mmap_mode="c", allow_pickle=False)
    if data.shape != (size,) or data.dtype != np.uint8:
        raise ValueError(tr("it holds {size} values", size=data.size))
    return np.asarray(data)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # a file that is mapped still stays on some systems
        path.unlink(missing_ok=True)
