from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from fragscope_explainers.classifiers.black_box import as_element
from fragscope_explainers.classifiers.called_runner import CalledRunner
from fragscope_explainers.errors import ModelError

BATCH = np.random.default_rng(0).random((2, 3, 4, 6), dtype=np.float32)


def test_a_function_is_given_what_it_takes_from_then_on() -> None:
    given = []

    def call(batch: Any) -> Any:
        given.append(type(batch))
        return batch.astype(np.float64).mean((2, 3))

    runner = CalledRunner(call)
    for _ in range(2):
        (found,) = dict(runner.answer(BATCH)).values()  # type: ignore[arg-type]
        assert np.allclose(found, BATCH.mean((2, 3)))
    assert given == [torch.Tensor, np.ndarray, np.ndarray]


def test_an_error_later_on_is_told_and_no_more_is_tried() -> None:
    calls = []

    def call(batch: Any) -> Any:
        calls.append(batch)
        if len(calls) > 1:
            raise SystemExit("enough")
        return batch.mean(dim=(2, 3))

    runner = CalledRunner(call)
    runner.answer(BATCH)
    with pytest.raises(
        ModelError, match=r"inputs of the shape \(2, 3, 4, 6\) \(SystemExit: enough"
    ):
        runner.answer(BATCH)
    assert len(calls) == 2


def test_gradients_are_not_recorded() -> None:
    weight = torch.ones(3, requires_grad=True)
    found = CalledRunner(lambda batch: batch.mean(dim=(2, 3)) * weight).answer(BATCH)
    assert np.allclose(next(iter(dict(found).values())), BATCH.mean((2, 3)))  # type: ignore[arg-type]


def test_signed_bytes_stand_for_128_less() -> None:
    given = np.array([0, 128, 255], np.uint8)
    assert as_element(given, np.dtype(np.int8)).tolist() == [-128, 0, 127]
    assert as_element(given, np.dtype(np.float32)).tolist() == [0, 128, 255]
