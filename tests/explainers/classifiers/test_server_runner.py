from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fragscope_explainers.classifiers.open_inference import Signature
from fragscope_explainers.classifiers.server_runner import RefusedError, ServerRunner
from fragscope_explainers.errors import ModelError

PICTURE = (3, 8, 8)


class Line:
    """Answers with each picture's mean, at most `most` pictures at once."""

    name = "line"
    bytes_a_number = 4.0

    def __init__(self, most: int = 1000, seconds: float = 0) -> None:
        self.most, self.seconds = most, seconds
        self.lengths: list[int] = []
        self.is_closed = False

    def infer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        self.lengths.append(len(batch))
        threading.Event().wait(self.seconds * len(batch))
        if len(batch) > self.most:
            raise RefusedError("too many")
        return {"scores": batch.mean((2, 3)), "version": np.zeros(1)}

    def close(self) -> None:
        self.is_closed = True


def runner(line: Line, shape: tuple[int, ...] = (-1, *PICTURE)) -> ServerRunner:
    return ServerRunner(line, Signature("x", "FP32", shape), "net on host")


def pictures(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random((count, *PICTURE), np.float32)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 16])
def test_whatever_a_server_takes_the_answer_is_the_same(most: int) -> None:
    line = Line(most)
    asked = runner(line)
    batch = pictures(13)
    for _ in range(2):
        found = asked.answer(batch)
        assert np.array_equal(found["scores"], batch.mean((2, 3)))
    line.lengths.clear()
    asked.answer(batch)
    assert max(line.lengths) <= most  # it has learned


def test_outputs_without_one_row_a_picture_are_left_out() -> None:
    assert [*runner(Line()).answer(pictures(3))] == ["scores"]


def test_what_is_refused_alone_is_an_error() -> None:
    with pytest.raises(ModelError, match="too many") as caught:
        runner(Line(0)).answer(pictures(4))
    assert not isinstance(caught.value, RefusedError)


@pytest.mark.usefixtures("impatient")
def test_batches_stay_far_from_the_time_out() -> None:
    line = Line(seconds=0.1)  # and a time-out of 1 s
    asked = runner(line)
    asked.answer(pictures(4))
    line.lengths.clear()
    asked.answer(pictures(8))
    assert max(line.lengths) <= 2


@pytest.mark.parametrize(
    ("shape", "bytes_a_number", "batches"),
    [
        ((-1, 3, 8, 8), 4, (4, 1, 16)),
        ((-1, 3, 512, 512), 4, (4, 1, 5)),
        ((-1, 3, 2048, 2048), 4, (1, 1, 1)),
        ((-1, 3, -1, -1), 20, (4, 1, 5)),
        ((), 20, (4, 1, 5)),
        ((6, 3, 8, 8), 4, (6, 6, 6)),
        ((3, 8, 8), 4, (1, 1, 1)),
    ],
)
def test_batches_suit_what_a_request_weighs(
    shape: tuple[int, ...], bytes_a_number: float, batches: tuple[int, int, int]
) -> None:
    line = Line()
    line.bytes_a_number = bytes_a_number
    assert runner(line, shape).batches == batches


def test_closing_gives_back_the_connection() -> None:
    line = Line()
    runner(line).close()
    assert line.is_closed
