"""Where the places are in what a layer gives: feature maps, channels last, or tokens.

A convolutional network gives [B, K, h, w]. Transformers give [B, h, w, K], or [B, N, K] with one
token a place behind some that stand for none: for the class, for distillation, or registers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, prod, sqrt

from torch import Size, Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

_MOST_EXTRA = 16
"""Tokens without a place in front of the others: registers are four to eight."""
_CHANNELS_LAST, _CHANNELS_FIRST = (nn.Linear, nn.LayerNorm), (nn.Conv2d, _BatchNorm)
Grid = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Places:
    """How an output is turned to [B, K, h, w].

    Attributes
    ----------
    grid : rows h and columns w.
    order : axes of the output, and for tokens of the output [B, N, K], in the order B, K, h, w.
    extra : tokens in front that stand for no place, or None where the output has no tokens.
    """

    grid: Grid
    order: tuple[int, ...]
    extra: int | None = None

    def of(self, output: Tensor) -> Tensor:
        """The values [B, K, h, w] of an output of this form."""
        if self.extra is not None:
            tokens = output[:, self.extra :]
            output = tokens.reshape(len(tokens), *self.grid, tokens.shape[2])
        return output.permute(self.order)

    @property
    def has_class_token(self) -> bool:
        """Whether there are tokens that stand for no place."""
        return bool(self.extra)


class Reading:
    """What the shapes of all outputs of a network say about where each has its places.

    Parameters
    ----------
    input_size : rows and columns of the network's input.
    outputs : layers in the order in which they finished, with the shape of what they gave for one
        picture.
    """

    def __init__(self, input_size: Grid, outputs: Sequence[tuple[nn.Module, Size]]) -> None:
        self._input_size = input_size
        self._last = {shape for layer, shape in outputs if type(layer) in _CHANNELS_LAST}
        self._first = {shape for layer, shape in outputs if isinstance(layer, _CHANNELS_FIRST)}
        self._grids = list(
            dict.fromkeys((shape[2], shape[3]) for shape in self._first if len(shape) == 4)
        )
        shapes = {shape for _, shape in outputs if len(shape) == 3}
        self._token_counts = {shape[1] for shape in shapes if self._tokens(shape) is not None}

    def places(self, shape: Size) -> Places | None:
        """Where an output of this shape has its places, or None where it has at most one."""
        if len(shape) < 3 or shape[0] != 1:  # windows of a picture are counted as pictures
            return None
        if len(shape) == 3:
            return self._tokens(shape)
        if len(shape) != 4 or shape[2] in self._token_counts:  # attention: [1, heads, N, ...]
            return None
        first, last = (shape[2], shape[3]), (shape[1], shape[2])
        clear = self._fits(first) != self._fits(last)
        by_layers = shape in self._last - self._first
        channels_last = self._fits(last) if clear else by_layers
        grid, order = (last, (0, 3, 1, 2)) if channels_last else (first, (0, 1, 2, 3))
        return Places(grid, order) if prod(grid) > 1 else None

    def _tokens(self, shape: Size) -> Places | None:
        """Places of [1, N, K]: as many as those of a convolution, or else by the input's sides."""
        known = [(shape[1] - prod(grid), grid) for grid in self._grids]
        found = min(((e, g) for e, g in known if 0 <= e <= _MOST_EXTRA), default=None)
        if found is None and shape in self._last:
            found = next(self._guesses(shape[1]), None)
        if found is None or prod(found[1]) < 2:
            return None
        return Places(found[1], (0, 3, 1, 2), found[0])

    def _guesses(self, tokens: int) -> Iterator[tuple[int, Grid]]:
        """Extra tokens, and grids of the input's proportions that the others fill."""
        height, width = self._input_size
        for extra in range(min(_MOST_EXTRA, tokens - 2) + 1):
            rows = round(sqrt((tokens - extra) * height / width))
            grid = (rows, (tokens - extra) // max(rows, 1))
            if prod(grid) == tokens - extra and self._is_of_patches(grid):
                yield extra, grid

    def _is_of_patches(self, grid: Grid) -> bool:
        """Whether square patches of one size cut the input so; what is halved is rounded up."""
        height, width = self._input_size
        if 0 in grid:
            return False
        sides = range(height // (grid[0] + 1) + 1, height // grid[0] + 1)
        halved = (2**power for power in range(1, 8))
        return any((height // p, width // p) == grid for p in sides) or any(
            (-(-height // p), -(-width // p)) == grid for p in halved
        )

    def _fits(self, grid: Grid) -> bool:
        """Whether one stride leads from the input to both sides of a grid."""
        strides = [
            (side / (cells + 1), side / (cells - 1) if cells > 1 else inf)
            for side, cells in zip(self._input_size, grid, strict=True)
        ]
        return max(low for low, _ in strides) < min(high for _, high in strides)
