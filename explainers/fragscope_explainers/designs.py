"""How masks are drawn. Every stream is seeded by itself and never depends on the batch size."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

BitArray = NDArray[np.bool_]


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
