"""Run a function over many items in pieces that fit into memory and suit the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from .errors import ModelError
from .translation import tr
from .types import Classifier, Request

Work = Literal["forward", "backward"]
_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "_alloc_failed")
_TIMED_BATCHES = 4
_WORTHWHILE = 1.05
"""A larger batch must be this much faster: a smaller one answers a cancel sooner."""


class BatchTuner:
    """Finds the batch size of the highest throughput from the times of real batches.

    It times a few batches of the size it starts with, then of its double and its half, and climbs
    while that pays. Nothing is run for the sake of measuring.

    Parameters
    ----------
    start : images a batch at first.
    smallest, largest : bounds of the search.

    Attributes
    ----------
    size : images a batch to use next.
    is_settled : whether the search has ended.
    """

    def __init__(self, start: int, smallest: int, largest: int) -> None:
        self.size = max(1, start)
        self._smallest, self._largest = smallest, largest
        self._seconds: list[float] = []
        self._rates: dict[int, float] = {}
        self.is_settled = smallest >= largest

    @classmethod
    def fixed(cls, size: int) -> BatchTuner:
        """One that never changes but when memory runs out."""
        return cls(size, size, size)

    def saw(self, images: int, seconds: float) -> None:
        """Take in the time of one batch; those of another size than asked for do not count."""
        if self.is_settled or images != self.size:
            return
        self._seconds.append(seconds)
        if len(self._seconds) < _TIMED_BATCHES:
            return
        # The first batch of a size pays for its buffers; the quickest one was disturbed least.
        self._rates[self.size] = self.size / max(min(self._seconds[1:]), 1e-9)
        self._seconds.clear()
        self._move()

    def give_way(self) -> bool:
        """Halve the size because memory ran out; False where it is 1 already."""
        if self.size == 1:
            return False
        self.size //= 2
        self._largest = self.size
        self._rates = {size: r for size, r in self._rates.items() if size <= self.size}
        self._seconds.clear()
        self.is_settled = self.is_settled or self._smallest >= self._largest
        return True

    def _move(self) -> None:
        """Go to a neighbour of the best size that is still to be tried, or stay with the best."""
        fastest = max(self._rates.values())
        best = min(size for size, rate in self._rates.items() if rate * _WORTHWHILE >= fastest)
        untried = [
            size
            for size in (2 * best, best // 2)
            if size not in self._rates and self._smallest <= size <= self._largest
        ]
        self.size = untried[0] if untried else best
        self.is_settled = not untried


@runtime_checkable
class Tuned(Protocol):
    """A classifier that remembers which batch sizes suit it."""

    def tuner(self, work: Work) -> BatchTuner:
        """The tuner of forward passes, or of forward and backward passes."""


class Batcher:
    """Splits work into batches, halving them when memory runs out.

    Parameters
    ----------
    size : images a batch, or a function that gives the tuner to follow at the moment.
    """

    def __init__(self, size: int | Callable[[], BatchTuner]) -> None:
        if isinstance(size, int):
            fixed = BatchTuner.fixed(size)
            self._tuner: Callable[[], BatchTuner] = lambda: fixed
        else:
            self._tuner = size

    @classmethod
    def of(cls, classifier: Classifier, request: Request, work: Work = "forward") -> Batcher:
        """The batcher of a run: what the request asks for, else what suits the classifier."""
        if request.batch_size is None and isinstance(classifier, Tuned):
            tuned = classifier
            return cls(lambda: tuned.tuner(work))
        return cls(request.batch_size or classifier.batch_size)

    @property
    def size(self) -> int:
        """Images a batch at the moment. The result of a run does not depend on it."""
        return self._tuner().size

    def ranges(self, total: int) -> Iterator[tuple[int, int]]:
        """Yield (start, stop) until `total` is covered, following `size` as it changes."""
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
                parts.append(self._timed(function, done, stop))
            except (RuntimeError, MemoryError) as error:
                self._give_way(error)
                continue
            done = stop
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _timed(self, function: Callable[[int, int], Tensor], start: int, stop: int) -> Tensor:
        tuner = self._tuner()
        if tuner.is_settled:
            return function(start, stop)
        began = time.perf_counter()
        found = function(start, stop)
        _wait_for(found.device)
        if self._tuner() is tuner:  # else another engine took over amid this batch
            tuner.saw(stop - start, time.perf_counter() - began)
        return found

    def _give_way(self, error: RuntimeError | MemoryError) -> None:
        if not is_out_of_memory(error):
            raise error
        if not self._tuner().give_way():
            raise ModelError(
                tr(
                    "memory does not suffice for a single image; close other programs, use a "
                    "smaller "
                    "model, or run on the CPU with --device cpu"
                )
            ) from error
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _wait_for(device: torch.device) -> None:
    """Wait until a device has done what it was given; calls to it return before."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or in the host."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)
