from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor

from fragscope_explainers.batching import Batcher, BatchTuner, is_out_of_memory
from fragscope_explainers.errors import ModelError

OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    MemoryError(),
]


def span(start: int, stop: int) -> Tensor:
    return torch.arange(start, stop)


@given(size=st.integers(-1, 40), total=st.integers(1, 100))
def test_every_item_comes_once_and_in_order(size: int, total: int) -> None:
    batcher = Batcher(size)
    assert torch.equal(batcher.run(span, total), span(0, total))
    assert torch.equal(torch.cat([span(*piece) for piece in batcher.ranges(total)]), span(0, total))
    assert batcher.size == max(1, size)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=lambda e: f"{type(e).__name__}-{e}"[:40])
@given(size=st.integers(1, 40), total=st.integers(1, 100), fits=st.integers(1, 40))
@example(size=8, total=20, fits=1)
def test_batches_halve_until_they_fit_and_nothing_is_lost(
    error: Exception, size: int, total: int, fits: int
) -> None:
    lengths = []

    def function(start: int, stop: int) -> Tensor:
        if stop - start > fits:
            raise error
        lengths.append(stop - start)
        return span(start, stop)

    batcher = Batcher(size)
    assert torch.equal(batcher.run(function, total), span(0, total))
    assert max(lengths) <= fits
    assert batcher.size >= (min(fits, size) + 1) // 2


def test_ranges_follow_the_size_as_it_falls() -> None:
    tuner = BatchTuner.fixed(8)
    batcher = Batcher(lambda: tuner)
    pieces = []
    for start, stop in batcher.ranges(20):
        pieces.append(stop - start)
        tuner.size = 3
    assert pieces == [8, 3, 3, 3, 3]


def test_a_smaller_size_stays_for_the_next_call() -> None:
    def function(start: int, stop: int) -> Tensor:
        if stop - start > 4:
            raise MemoryError
        return span(start, stop)

    batcher = Batcher(16)
    batcher.run(function, 30)
    assert batcher.size == 4


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), ValueError("out of memory")])
def test_other_errors_pass_through(error: Exception) -> None:
    def function(start: int, stop: int) -> Tensor:
        raise error

    batcher = Batcher(8)
    with pytest.raises(type(error)) as caught:
        batcher.run(function, 20)
    assert caught.value is error
    assert batcher.size == 8


def test_a_single_image_that_does_not_fit_is_a_model_error() -> None:
    def function(start: int, stop: int) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(ModelError, match="memory does not suffice for a single image; close"):
        Batcher(8).run(function, 20)


def test_only_errors_about_memory_are_taken_for_such() -> None:
    assert all(map(is_out_of_memory, OUT_OF_MEMORY))
    assert not is_out_of_memory(ValueError("out of memory"))
    assert not is_out_of_memory(RuntimeError("device-side assert triggered"))


def work(tuner: BatchTuner, seconds: Callable[[int], float], batches: int = 100) -> None:
    """Run batches whose time depends on their size."""
    for _ in range(batches):
        tuner.saw(tuner.size, seconds(tuner.size))


@pytest.mark.parametrize(
    ("seconds", "best"),
    [
        (lambda size: 1.0 + 0.001 * size, 64),  # a fixed cost: the largest
        (lambda size: 0.1 * size, 4),  # no difference: the smallest
        (lambda size: 0.1 * size**2, 4),  # out of the cache: the smallest
        (lambda size: 1.0 + (size / 16) ** 2, 16),
    ],
)
def test_the_tuner_finds_the_quickest_size(seconds: Callable[[int], float], best: int) -> None:
    tuner = BatchTuner(8, 4, 64)
    work(tuner, seconds)
    assert tuner.is_settled
    assert tuner.size == best


def test_one_slow_batch_does_not_mislead_the_tuner() -> None:
    tuner = BatchTuner(8, 4, 64)
    times = iter(itertools.cycle([9.0, 0.1, 0.1, 0.1]))  # others took the processor
    work(tuner, lambda size: next(times) * (1 + size / 1000))
    assert tuner.size == 64


def test_the_last_short_batch_of_a_run_does_not_count() -> None:
    tuner = BatchTuner(8, 4, 64)
    for _ in range(50):
        tuner.saw(3, 1e-9)
    assert (tuner.size, tuner.is_settled) == (8, False)


def test_the_tuner_never_returns_to_a_size_that_was_too_much() -> None:
    tuner = BatchTuner(8, 4, 64)
    work(tuner, lambda size: 1.0, batches=4)
    assert tuner.size == 16
    assert tuner.give_way()
    work(tuner, lambda size: 1.0)
    assert (tuner.size, tuner.is_settled) == (8, True)


def test_a_run_follows_a_tuner_as_it_moves() -> None:
    tuner = BatchTuner(4, 1, 4)
    batcher = Batcher(lambda: tuner)
    lengths = []
    for start, stop in batcher.ranges(14):
        lengths.append(stop - start)
        tuner.size = {4: 2, 2: 1}.get(tuner.size, 4)
    assert lengths == [4, 2, 1, 4, 2, 1]
