"""Run a function over many items in pieces that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .errors import ModelError

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "_alloc_failed")


class Batcher:
    """Splits work into batches, halving them when memory runs out.

    Attributes
    ----------
    size : images a batch; only ever falls. The result of a run does not depend on it.
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)

    def ranges(self, total: int) -> Iterator[tuple[int, int]]:
        """Yield (start, stop) until `total` is covered, following `size` as it falls."""
        start = 0
        while start < total:
            stop = min(start + self.size, total)
            yield start, stop
            start = stop

    def run(self, function: Callable[[int, int], Tensor], total: int) -> Tensor:
        """Concatenate `function(start, stop)` over pieces of `range(total)`.

        Raises
        ------
        ModelError
            Memory does not even suffice for one image.
        """
        parts: list[Tensor] = []
        done = 0
        while done < total:
            stop = min(done + self.size, total)
            try:
                parts.append(function(done, stop))
            except (RuntimeError, MemoryError) as error:
                self._give_way(error)
                continue
            done = stop
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _give_way(self, error: RuntimeError | MemoryError) -> None:
        if not is_out_of_memory(error):
            raise error
        if self.size == 1:
            raise ModelError(
                "memory does not suffice for a single image; close other programs, use a smaller "
                "model, or run on the CPU with --device cpu"
            ) from error
        self.size //= 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or in the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)
