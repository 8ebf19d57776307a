from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fragscope_explainers.classifiers.outputs import Outputs
from fragscope_explainers.errors import ModelError

SCORES = torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.0, 3.0]])
Pair = namedtuple("Pair", "aux logits")  # a model's own old-style tuple


@dataclass
class Answer:
    loss: None
    logits: Tensor


@pytest.mark.parametrize(
    "answer",
    [
        SCORES,
        SCORES.numpy(),
        (SCORES, torch.zeros(2, 5)),
        [SCORES],
        {"features": torch.zeros(2, 5), "logits": SCORES},
        {"anything": SCORES},
        Answer(None, SCORES),
        Pair(torch.zeros(2, 5), SCORES),
        SCORES[:, :, None, None],
    ],
)
def test_scores_are_found_in_any_answer(answer: Any) -> None:
    assert torch.equal(Outputs().logits(answer), SCORES)


@pytest.mark.parametrize(("pick", "place"), [("b", 1), ("0", 0), ("1", 1)])
def test_one_of_several_outputs_can_be_picked(pick: str, place: int) -> None:
    parts = [torch.zeros(2, 4), SCORES]
    answer = {"a": parts[0], "b": parts[1]}
    assert torch.equal(Outputs(pick=pick).raw(answer), parts[place])


def test_an_output_that_is_not_there_is_refused_with_the_names() -> None:
    with pytest.raises(ModelError, match=r"no output 'c'; set model\.output to one of a, b"):
        Outputs(pick="c").raw({"a": SCORES, "b": SCORES})


@pytest.mark.parametrize("answer", [None, "cat", {}, {"text": "cat"}, 3])
def test_answers_without_scores_are_refused(answer: Any) -> None:
    with pytest.raises(ModelError, match="no tensor of scores"):
        Outputs().raw(answer)


def test_answers_with_places_are_refused() -> None:
    with pytest.raises(ModelError, match=r"shape \(2, 3, 7, 7\)"):
        Outputs().raw(torch.zeros(2, 3, 7, 7))


def probabilities(outputs: Outputs, answer: Tensor) -> Tensor:
    return outputs.probabilities(outputs.logits(answer))


def test_each_activation_gives_its_probabilities() -> None:
    assert torch.allclose(probabilities(Outputs(), SCORES), SCORES.softmax(1))
    assert torch.allclose(probabilities(Outputs("sigmoid"), SCORES), SCORES.sigmoid())
    given = SCORES.softmax(1)
    assert torch.allclose(probabilities(Outputs("none"), given), given)


def test_probabilities_of_many_labels_need_not_sum_to_one() -> None:
    given = torch.tensor([[0.9, 0.8, 0.0], [0.1, 0.2, 1.0]])
    assert torch.allclose(probabilities(Outputs("none"), given), given)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_a_single_score_becomes_no_and_yes(shape: tuple[int, ...]) -> None:
    score = torch.tensor([-3.0, 0.0, 0.5, 9.0])
    found = probabilities(Outputs("sigmoid"), score.reshape(shape))
    assert torch.allclose(found[:, 1], score.sigmoid())
    assert torch.allclose(found.sum(1), torch.ones(4))
    share = score.sigmoid().reshape(shape)
    assert torch.allclose(probabilities(Outputs("none"), share), found, atol=1e-6)


def test_a_softmax_of_one_number_is_refused() -> None:
    with pytest.raises(ModelError, match=r"set model\.activation=sigmoid"):
        Outputs("softmax").logits(torch.zeros(2, 1))


def test_probabilities_of_zero_keep_finite_logits() -> None:
    assert torch.isfinite(Outputs("none").logits(torch.tensor([[0.0, 1.0]]))).all()


def test_integers_and_short_floats_are_read() -> None:
    found = Outputs("softmax")
    half = found.probabilities(found.logits(SCORES.half()))
    assert half.dtype == torch.float32
    whole = found.probabilities(found.logits(np.array([[1, 2]], np.int64)))
    assert torch.allclose(whole, torch.tensor([[1.0, 2.0]]).softmax(1))
