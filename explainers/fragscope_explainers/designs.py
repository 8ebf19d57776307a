"""How masks are drawn. Every stream is seeded by itself and never depends on the batch size.

======== ============================================ ==========================================
design   each mask                                    why
======== ============================================ ==========================================
iid      drops every fragment with chance 1 - p       as published
balanced is one of g = 1 / (1 - p) masks that share   every fragment is dropped equally often, so
         the fragments out among them at random       no luck of the draw favours one
hadamard is a row of a Hadamard matrix with random    any two fragments are dropped together as
         columns and signs; p = 1/2                   often as apart
======== ============================================ ==========================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .errors import ParameterError, one_of
from .translation import tr

BitArray = NDArray[np.bool_]
DesignName = Literal["balanced", "hadamard", "iid"]
DESIGNS: tuple[DesignName, ...] = get_args(DesignName)


class Design(Protocol):
    """A stream of masks over a number of fragments."""

    def draw(self, masks: int) -> BitArray:
        """The next keep bits [masks, fragments]; 1 keeps a fragment."""


def generator(seed: int, *stream: int) -> np.random.Generator:
    """A random generator of its own for each stream number of a seed."""
    return np.random.default_rng([seed, *stream])


class IidBits:
    """Keep bits drawn independently with probability `keep`, mask after mask.

    Parameters
    ----------
    fragments : bits a mask.
    keep : probability that a bit is 1.
    rng : generator that nothing else draws from.
    """

    def __init__(self, fragments: int, keep: float, rng: np.random.Generator) -> None:
        self._fragments, self._keep, self._rng = fragments, keep, rng

    def draw(self, masks: int) -> BitArray:
        """The next keep bits [masks, fragments]."""
        bits: BitArray = self._rng.random((masks, self._fragments)) < self._keep
        return bits


class _Blocks:
    """Masks drawn in blocks that are complete in themselves; a run may end amid one."""

    def __init__(self, fragments: int, rng: np.random.Generator) -> None:
        self._fragments, self._rng = fragments, rng
        self._rows = self._endless_rows()

    def draw(self, masks: int) -> BitArray:
        """The next keep bits [masks, fragments]."""
        rows = [next(self._rows) for _ in range(masks)]
        return np.array(rows, dtype=np.bool_).reshape(masks, self._fragments)

    def _endless_rows(self) -> Iterator[BitArray]:
        while True:
            yield from self._block()

    def _block(self) -> Iterator[BitArray]:
        raise NotImplementedError


class BalancedBits(_Blocks):
    """Each block of g masks deals the fragments out: every one is dropped by exactly one mask.

    Below p = 1/2 every one is kept by exactly one of g = 1 / p masks instead.

    Parameters
    ----------
    fragments : bits a mask.
    keep : probability that a bit is 1; the nearest of 1/2, 2/3, 3/4 ... (below 1/2: 1/3, 1/4 ...)
        is used, see `share`.
    rng : generator that nothing else draws from.
    """

    def __init__(self, fragments: int, keep: float, rng: np.random.Generator) -> None:
        super().__init__(fragments, rng)
        self._groups, self._mostly_kept = _groups(keep), keep >= 0.5

    @staticmethod
    def share(keep: float) -> float:
        """The keep probability that is really used in the place of another."""
        return 1 - 1 / _groups(keep) if keep >= 0.5 else 1 / _groups(keep)

    def _block(self) -> Iterator[BitArray]:
        group = np.arange(self._fragments) % self._groups
        group = self._rng.permutation(self._groups)[group]  # else the last one is always small
        self._rng.shuffle(group)
        chosen: BitArray = group == np.arange(self._groups)[:, None]
        return iter(~chosen if self._mostly_kept else chosen)


class HadamardBits(_Blocks):
    """Rows of a Hadamard matrix in random order, with random columns and signs; p is 1/2.

    Within a complete block every fragment is kept by half of the masks, and any two fragments are
    kept together as often as not, so that their effects do not disturb each other.
    """

    def _block(self) -> Iterator[BitArray]:
        order = 1 << self._fragments.bit_length()  # one more column than fragments: one is constant
        columns = 1 + self._rng.permutation(order - 1)[: self._fragments]
        signs = self._rng.random(self._fragments) < 0.5
        for row in self._rng.permutation(order):
            yield _is_odd(row & columns) ^ signs


class AlternatingHalves:
    """Masks that come in turns from two independent streams of one design.

    The agreement of two halves tells how reliable a map is only where they share nothing: masks of
    one block depend on each other, so each half has blocks of its own.
    """

    def __init__(self, name: str, fragments: int, keep: float, stream: tuple[int, ...]) -> None:
        self._fragments, self._drawn = fragments, 0
        self._halves = [
            make_design(name, fragments, keep, generator(*stream, half)) for half in (0, 1)
        ]

    def draw(self, masks: int) -> BitArray:
        """The next keep bits [masks, fragments]; even ones are of the first half."""
        bits = np.empty((masks, self._fragments), dtype=np.bool_)
        for first in range(min(2, masks)):
            half = self._halves[(self._drawn + first) % 2]
            bits[first::2] = half.draw(len(range(first, masks, 2)))
        self._drawn += masks
        return bits


def make_design(name: str, fragments: int, keep: float, rng: np.random.Generator) -> Design:
    """A design by its name.

    Raises
    ------
    UnknownNameError
        There is none of this name.
    ParameterError
        It cannot keep this share of the fragments.
    """
    check_design(name, keep)
    if name == "hadamard":
        return HadamardBits(fragments, rng)
    return (BalancedBits if name == "balanced" else IidBits)(fragments, keep, rng)


def check_design(name: str, keep: float) -> None:
    """Raise where a design does not exist or cannot keep this share of the fragments."""
    if one_of("design", name, DESIGNS) == "hadamard" and keep != 0.5:
        raise ParameterError(
            tr(
                "the hadamard design keeps half of the fragments, not {keep:g}; set keep to 0.5, "
                "or "
                "choose the design balanced or iid",
                keep=keep,
            )
        )


def kept_share(name: str, keep: float) -> float:
    """Share of the fragments that a design keeps when asked for `keep`."""
    return BalancedBits.share(keep) if name == "balanced" else keep


def _groups(keep: float) -> int:
    """Number of masks that share the fragments out so that the share comes nearest."""
    rare = min(keep, 1 - keep)
    fewer = max(2, int(1 / rare))
    return min((fewer, fewer + 1), key=lambda groups: abs(1 / groups - rare))


def _is_odd(numbers: NDArray[np.int64]) -> BitArray:
    """Whether the number of ones in each number's binary form is odd.

    The sign of row i and column j of Sylvester's Hadamard matrix is that of i & j.
    """
    for shift in (32, 16, 8, 4, 2, 1):
        numbers = numbers ^ (numbers >> shift)
    return (numbers & 1).astype(np.bool_)


class RiseGrids:
    """RISE's masks: a coarse random grid, upsampled bilinearly and shifted by less than a cell.

    The upsampled and shifted mask is the product of two interpolation matrices with the grid, so
    it is computed at once for a batch and never stored.

    Parameters
    ----------
    size : (h, w) of the masks.
    cells : grid cells a side (s).
    keep : probability that a cell is 1 (p).

    References
    ----------
    Petsiuk et al., "RISE", BMVC 2018, section 3.2.
    """

    def __init__(self, size: tuple[int, int], cells: int, keep: float, seed: int) -> None:
        self._size, self._cells, self._keep = size, cells, keep
        self._grids, self._shifts = generator(seed, 0), generator(seed, 1)
        self._step = tuple(-(-length // cells) for length in size)
        self._upsample = tuple(_upsampling(cells, step) for step in self._step)

    def draw(self, masks: int) -> tuple[BitArray, NDArray[np.int64]]:
        """The next grids [masks, s, s] and shifts [masks, 2] in pixels (down, right)."""
        grids: BitArray = self._grids.random((masks, self._cells, self._cells)) < self._keep
        shifts = (self._shifts.random((masks, 2)) * self._step).astype(np.int64)
        return grids, shifts

    def masks(self, grids: BitArray, shifts: NDArray[np.int64], device: torch.device) -> Tensor:
        """Masks [B, h, w] in [0, 1] of grids and shifts that `draw` gave."""
        cells = torch.from_numpy(grids.astype(np.float32)).to(device)
        rows, columns = (self._windows(axis, shifts[:, axis], device) for axis in (0, 1))
        return rows @ cells @ columns.transpose(1, 2)

    def _windows(self, axis: int, shifts: NDArray[np.int64], device: torch.device) -> Tensor:
        index = torch.from_numpy(shifts)[:, None] + torch.arange(self._size[axis])
        return self._upsample[axis][index].to(device)


def _upsampling(cells: int, step: int) -> Tensor:
    """Matrix [(s + 1) * step, s] that upsamples one axis of a grid bilinearly."""
    identity = torch.eye(cells)[:, None]
    length = (cells + 1) * step
    upsampled = functional.interpolate(identity, length, mode="linear", align_corners=False)
    return upsampled[:, 0].T.contiguous()
