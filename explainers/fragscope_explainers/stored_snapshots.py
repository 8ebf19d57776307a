"""Snapshots as plain values and arrays, to be written to a file and read again bit for bit.

A snapshot of a mask method is stored with its running sums, so that the one read again answers for
the same classes, levels, errors and stability without a model query. Nothing is pickled: facts are
what JSON can hold, arrays are numpy's. What is read is checked before it is used, as it may come
from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .errors import ParameterError, UnknownNameError, UnsupportedError, one_of
from .estimators import ESTIMATORS, EstimatorName
from .fragments import Pyramid
from .perturbation.block_maps import BlockSnapshot
from .perturbation.pixel_maps import PixelSnapshot
from .perturbation.pyramid_snapshot import PyramidSnapshot
from .regression import Basis
from .sums import FeatureSums, FragmentSums, PixelSums
from .translation import tr
from .types import MapSnapshot, Snapshot, read_only

AnyArray = NDArray[Any]
_FRAGMENT_SUMS = ("kept", "squares", "fm", "count", "f", "ff", "shift")
_PIXEL_SUMS = ("m", "mm", "fm", "f", "ff", "count")


@dataclass(frozen=True, slots=True, eq=False)
class StoredSnapshot:
    """What a snapshot is made of.

    Attributes
    ----------
    kind : which sort of snapshot it is.
    facts : numbers, texts, lists and dictionaries of them.
    arrays : by names that are parts of a file's name.
    """

    kind: str
    facts: Mapping[str, Any]
    arrays: Mapping[str, AnyArray]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Facts and arrays that are gathered, or that are read from."""

    facts: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, AnyArray] = field(default_factory=dict)
    copies: bool = True

    def array(self, name: str, shape: tuple[int, ...]) -> AnyArray:
        """A stored array of finite numbers, which has this shape."""
        found = self.arrays[name]
        if found.shape != shape or found.dtype.kind not in "iuf":
            raise ParameterError(
                tr(
                    "the stored {name} has the shape {shape}, where {expected} is needed",
                    name=name,
                    shape=found.shape,
                    expected=shape,
                )
            )
        if not np.isfinite(found).all():
            raise ParameterError(
                tr("the stored {name} has values that are not finite numbers", name=name)
            )
        return found

    def tensor(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """The same as a tensor, of its own where `copies` says so."""
        found = self.array(name, shape)
        if found.dtype not in (np.float32, np.float64):
            raise ParameterError(
                tr(
                    "the stored {name} is of {dtype}, not of float numbers",
                    name=name,
                    dtype=found.dtype,
                )
            )
        return torch.from_numpy(np.array(found) if self.copies else found)


def store(snapshot: Snapshot) -> StoredSnapshot:
    """Take a snapshot apart.

    Raises
    ------
    UnsupportedError
        It is of a sort that cannot be stored.
    """
    for kind, (cls, take_apart, _) in _KINDS.items():
        if type(snapshot) is cls:
            parts = _Parts()
            for name in ("done", "total", "forwards", "backwards"):
                parts.facts[name] = int(getattr(snapshot, name))
            take_apart(snapshot, parts)
            return StoredSnapshot(kind, parts.facts, parts.arrays)
    raise UnsupportedError(tr("a {kind} cannot be stored in a file", kind=type(snapshot).__name__))


def restore(stored: StoredSnapshot, *, copies: bool = True) -> Snapshot:
    """Put a snapshot together again.

    Parameters
    ----------
    copies : whether its sums are copies; else they lie where the arrays do, which are writable as
        torch wishes it, and to which nobody writes.

    Raises
    ------
    ParameterError
        The parts do not fit together.
    UnknownNameError
        There is no such sort of snapshot, or no such estimator.
    """
    if stored.kind not in _KINDS:
        raise UnknownNameError(tr("kind of result"), str(stored.kind), _KINDS)
    parts = _Parts(dict(stored.facts), dict(stored.arrays), copies)
    try:
        steps = {name: int(parts.facts[name]) for name in ("done", "total", "forwards")}
        steps["backwards"] = int(parts.facts["backwards"])
        if min(steps.values()) < 0:
            raise ParameterError(tr("the stored steps are less than none"))
        return _KINDS[stored.kind][2](parts, steps)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ParameterError(
            tr("the stored result is not complete ({error})", error=error)
        ) from error


# -- the sorts of snapshots -----------------------------------------------------------------


def _take_pyramid(snapshot: PyramidSnapshot, parts: _Parts) -> None:
    _take_fragments(snapshot.pyramid, parts)
    _take_sums(snapshot.sums, parts)
    parts.facts["estimator"] = snapshot.estimator
    parts.facts["keep_probability"] = float(snapshot.keep_probability)


def _make_pyramid(parts: _Parts, steps: dict[str, int]) -> Snapshot:
    pyramid = _make_fragments(parts)
    return PyramidSnapshot(
        **steps,
        pyramid=pyramid,
        sums=_make_sums(pyramid, parts),
        estimator=_estimator(parts),
        keep_probability=float(parts.facts["keep_probability"]),
    )


def _take_blocks(snapshot: BlockSnapshot, parts: _Parts) -> None:
    _take_fragments(snapshot.blocks, parts)
    _take_sums(snapshot.sums, parts)
    parts.facts["estimator"] = snapshot.estimator
    parts.facts["side"] = list(snapshot.side)


def _make_blocks(parts: _Parts, steps: dict[str, int]) -> Snapshot:
    blocks = _make_fragments(parts)
    rows, columns = (int(length) for length in parts.facts["side"])
    if rows * columns != blocks.counts[-1]:
        raise ParameterError(
            tr(
                "{rows} x {columns} blocks are not the {counts} stored",
                rows=rows,
                columns=columns,
                counts=blocks.counts[-1],
            )
        )
    return BlockSnapshot(
        **steps,
        blocks=blocks,
        sums=_make_sums(blocks, parts),
        estimator=_estimator(parts),
        side=(rows, columns),
    )


def _take_pixels(snapshot: PixelSnapshot, parts: _Parts) -> None:
    parts.facts["classes"] = list(snapshot.sums.classes)
    parts.facts["shape"] = list(snapshot.shape)
    parts.facts["estimator"] = snapshot.estimator
    parts.facts["keep_probability"] = float(snapshot.keep_probability)
    for name in _PIXEL_SUMS:
        parts.arrays[name] = getattr(snapshot.sums, name).numpy()


def _make_pixels(parts: _Parts, steps: dict[str, int]) -> Snapshot:
    height, width = (int(length) for length in parts.facts["shape"])
    classes = tuple(int(index) for index in parts.facts["classes"])
    pixels, watched = height * width, len(classes)
    shapes = [(2, pixels), (2, pixels), (2, watched, pixels), (2, watched), (2, watched), (2,)]
    named = zip(_PIXEL_SUMS, shapes, strict=True)
    return PixelSnapshot(
        **steps,
        sums=PixelSums(classes, *(parts.tensor(name, shape) for name, shape in named)),
        shape=(height, width),
        estimator=_estimator(parts),
        keep_probability=float(parts.facts["keep_probability"]),
    )


def _take_maps(snapshot: MapSnapshot, parts: _Parts) -> None:
    parts.facts["signs"] = bool(snapshot.signs)
    parts.facts["classes"] = [int(target) for target in snapshot.maps]
    parts.facts["reliabilities"] = [
        [int(target), float(value)] for target, value in snapshot.reliabilities.items()
    ]
    for target, values in snapshot.maps.items():
        parts.arrays[f"map-{target}"] = values


def _make_maps(parts: _Parts, steps: dict[str, int]) -> Snapshot:
    classes = [int(target) for target in parts.facts["classes"]]
    maps = {target: parts.arrays[f"map-{target}"] for target in classes}
    shapes = {values.shape for values in maps.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise ParameterError(tr("the stored maps are not of one size"))
    return MapSnapshot(
        **steps,
        maps={
            target: read_only(parts.array(f"map-{target}", values.shape))
            for target, values in maps.items()
        },
        signs=_truth(parts.facts["signs"]),
        reliabilities={int(target): float(value) for target, value in parts.facts["reliabilities"]},
    )


def _estimator(parts: _Parts) -> EstimatorName:
    return one_of("estimator", str(parts.facts["estimator"]), ESTIMATORS)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ParameterError(tr("a stored {value!r} is neither true nor false", value=value))
    return value


# -- what they are made of ------------------------------------------------------------------


def _take_fragments(pyramid: Pyramid, parts: _Parts) -> None:
    parts.arrays["labels"] = pyramid.labels
    parts.facts["scales"] = list(pyramid.scales)


def _make_fragments(parts: _Parts) -> Pyramid:
    return pyramid_of(parts.arrays["labels"], parts.facts["scales"])


def pyramid_of(labels: AnyArray, scales: list[int]) -> Pyramid:
    """The pyramid of stored labels.

    Parameters
    ----------
    labels : int32 [L, h, w]; level l holds the labels 0 .. n_l - 1, each at least once.
    scales : number of fragments that each level was asked for.

    Raises
    ------
    ParameterError
        The labels are of no pyramid.
    """
    if labels.ndim != 3 or labels.dtype != np.int32 or not labels.size:
        raise ParameterError(tr("the stored labels are not of a pyramid"))
    if len(scales) != len(labels) or labels.min() < 0 or labels.max() >= labels[0].size:
        raise ParameterError(tr("the stored labels do not belong to their scales"))
    counts = tuple(int(level.max()) + 1 for level in labels)
    if any(np.bincount(level.ravel()).min() == 0 for level in labels):
        raise ParameterError(tr("the stored labels leave fragments out"))
    frozen = labels if not labels.flags.writeable else labels.copy()
    frozen.flags.writeable = False
    return Pyramid(frozen, counts, tuple(int(scale) for scale in scales))


def _take_sums(sums: FragmentSums, parts: _Parts) -> None:
    for name in _FRAGMENT_SUMS:
        parts.arrays[name] = getattr(sums, name).numpy()
    parts.facts["features"] = [
        {"groups": list(found.basis.groups), "levels": sorted(found.shared)}
        for found in sums.features
    ]
    for number, found in enumerate(sums.features):
        for level, shared in found.shared.items():
            parts.arrays[f"shared-{number}-{level}"] = shared.numpy()
            parts.arrays[f"projection-{number}-{level}"] = found.basis.projections[level]


def _make_sums(pyramid: Pyramid, parts: _Parts) -> FragmentSums:
    levels, fragments = pyramid.levels, pyramid.offsets[-1]
    classes = len(parts.arrays["shift"])
    by_level = (2, levels, classes)
    shapes = {
        "kept": (2, fragments),
        "squares": (2, fragments),
        "fm": (2, fragments, classes),
        "count": (2, levels),
        "f": by_level,
        "ff": by_level,
        "shift": (classes,),
    }
    sums = {name: parts.tensor(name, shapes[name]) for name in _FRAGMENT_SUMS}
    features = tuple(
        _make_features(pyramid, parts, number, stored)
        for number, stored in enumerate(parts.facts["features"])
    )
    return FragmentSums(pyramid.offsets, **sums, features=features)


def _make_features(
    pyramid: Pyramid, parts: _Parts, number: int, stored: Mapping[str, Any]
) -> FeatureSums:
    groups = tuple(int(end) for end in stored["groups"])
    if len(groups) < 2 or groups[0] != 0 or list(groups) != sorted(groups):
        raise ParameterError(tr("the groups of the stored features are out of order"))
    shapes = {int(level): (pyramid.counts[int(level)], groups[-1]) for level in stored["levels"]}
    basis = Basis(
        {
            level: np.asarray(parts.array(f"projection-{number}-{level}", shape), np.float64)
            for level, shape in shapes.items()
        },
        groups,
    )
    shared = {
        level: parts.tensor(f"shared-{number}-{level}", (2, *shape))
        for level, shape in shapes.items()
    }
    projections = {
        level: torch.tensor(part, dtype=torch.float32) for level, part in basis.projections.items()
    }
    return FeatureSums(basis, projections, shared)


_Make = Callable[[_Parts, dict[str, int]], Snapshot]
_KINDS: dict[str, tuple[type[Snapshot], Callable[[Any, _Parts], None], _Make]] = {
    "pyramid": (PyramidSnapshot, _take_pyramid, _make_pyramid),
    "blocks": (BlockSnapshot, _take_blocks, _make_blocks),
    "pixels": (PixelSnapshot, _take_pixels, _make_pixels),
    "maps": (MapSnapshot, _take_maps, _make_maps),
}
"""Every sort of snapshot: its class, what takes it apart, and what puts it together."""
