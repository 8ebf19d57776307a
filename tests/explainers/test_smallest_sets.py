"""Smallest sets of black boxes for which the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.fills import FILLS
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.smallest_sets import Goal, Step, erased_by, smallest_set
from fragscope_explainers.types import Request

LABELS = np.arange(12, dtype=np.int32).reshape(3, 4).repeat(8, 1).repeat(11, 0)[:32]
Rule = Callable[[frozenset[int]], float]


@dataclass
class RuleClassifier:
    """Two classes; the first has a probability by a rule on the labels of whole fragments."""

    model_input: ModelInput
    rule: Rule
    batch_size: int = 5
    labels: tuple[str, ...] = ("rule", "rest")
    input_size: tuple[int, int] = (32, 32)
    name: str = "rule"
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    queries: int = 0

    def probabilities(self, batch: Tensor) -> Tensor:
        self.queries += len(batch)
        same = (batch.numpy() == self.model_input.values).all(1)
        kept = [frozenset(k for k in range(12) if seen[k == LABELS].mean() > 0.9) for seen in same]
        first = torch.tensor([self.rule(bits) for bits in kept])
        return torch.stack([first, 1 - first], dim=1)


@pytest.fixture(scope="module")
def steps(wide_input: ModelInput) -> Callable[..., list[Step]]:
    """Runs a search by a goal and a rule to its end."""

    def run(goal: Goal, rule: Rule, effects: object = "flat", batch: int = 5) -> list[Step]:
        found = np.zeros(12) if isinstance(effects, str) else effects
        model = RuleClassifier(wide_input, rule, batch)
        return list(smallest_set(goal, model, Request(wide_input, 0), LABELS, "mean", found))

    return run


def both(kept: frozenset[int]) -> float:
    return 0.9 if {2, 7} <= kept else 0.1


def either(kept: frozenset[int]) -> float:
    return 0.9 if {2, 7} & kept else 0.1


@pytest.mark.parametrize(
    ("goal", "rule", "expected"),
    [
        ("keep", both, {2, 7}),
        ("keep", either, {2}),
        ("flip", both, {2}),
        ("flip", either, {2, 7}),
    ],
)
def test_sets_of_logical_rules(
    steps: Callable[..., list[Step]], goal: Goal, rule: Rule, expected: set[int]
) -> None:
    last = steps(goal, rule)[-1]
    assert last.phase == "found"
    assert set(last.fragments) == expected
    assert bool(last.probabilities.argmax() == 0) is (goal == "keep")


@given(
    weights=st.lists(st.floats(0.01, 1), min_size=12, max_size=12),
    share=st.floats(0.05, 0.95),
    goal=st.sampled_from(["keep", "flip"]),
    batch=st.integers(1, 15),
)
def test_no_fragment_of_a_found_set_is_superfluous(
    steps: Callable[..., list[Step]], weights: list[float], share: float, goal: Goal, batch: int
) -> None:
    def rule(kept: frozenset[int]) -> float:
        return 0.9 if sum(weights[k] for k in sorted(kept)) >= share * sum(weights) else 0.1

    def reached(fragments: set[int]) -> bool:
        kept = fragments if goal == "keep" else set(range(12)) - fragments
        return (rule(frozenset(kept)) > 0.5) is (goal == "keep")

    last = steps(goal, rule, np.array(weights), batch)[-1]
    assert last.phase == "found"
    assert reached(set(last.fragments))
    for fragment in last.fragments:
        assert not reached(set(last.fragments) - {fragment})


def test_effects_give_the_order_and_only_the_larger_sets_grow(
    steps: Callable[..., list[Step]],
) -> None:
    effects = -np.arange(12.0)
    effects[[7, 2]] = 9, 8
    growing = [step for step in steps("keep", both, effects) if step.phase == "growing"]
    assert [step.fragments for step in growing] == [(), (7,), (7, 2)]


def test_without_effects_the_model_is_asked_for_them(steps: Callable[..., list[Step]]) -> None:
    def sum_rule(kept: frozenset[int]) -> float:
        return 0.1 + 0.3 * (4 in kept) + 0.2 * (9 in kept)

    found = steps("keep", sum_rule, None)
    assert [step.phase for step in found[:3]] == ["ordering"] * 3  # 12 fragments in batches of 5
    assert [s.fragments for s in found if s.phase == "growing"] == [(), (4,), (4, 9)]


def test_the_batch_size_changes_nothing(steps: Callable[..., list[Step]]) -> None:
    ends = [steps("flip", either, np.linspace(0, 1, 12), batch)[-1] for batch in (1, 4, 64)]
    assert len({step.fragments for step in ends}) == 1


def test_a_class_that_never_comes_out_on_top_is_unreachable(
    steps: Callable[..., list[Step]],
) -> None:
    last = steps("keep", lambda kept: 0.1)[-1]
    assert (last.phase, len(last.fragments)) == ("unreachable", 12)


def test_a_class_that_stays_on_top_of_anything_cannot_be_flipped(
    steps: Callable[..., list[Step]],
) -> None:
    last = steps("flip", lambda kept: 0.9)[-1]
    assert (last.phase, len(last.fragments)) == ("unreachable", 12)
    assert steps("keep", lambda kept: 0.9)[-1].fragments == ()  # the empty input will do


def test_there_is_nothing_to_flip_of_a_class_that_is_not_on_top(
    steps: Callable[..., list[Step]],
) -> None:
    last = steps("flip", lambda kept: 0.1)[-1]
    assert (last.phase, last.fragments) == ("unreachable", ())


def test_control_returns_after_every_batch(wide_input: ModelInput) -> None:
    model = RuleClassifier(wide_input, both, batch_size=3)
    search = smallest_set("keep", model, Request(wide_input, 0), LABELS, effects=np.zeros(12))
    seen = 0
    for _ in search:
        assert model.queries - seen <= 3
        seen = model.queries


@pytest.mark.parametrize("fill", [*FILLS, "inpaint"])
def test_any_fill_will_do(wide_input: ModelInput, fill: str) -> None:
    model = RuleClassifier(wide_input, both)
    *_, last = smallest_set("keep", model, Request(wide_input, 0), LABELS, fill)  # type: ignore[arg-type]
    assert set(last.fragments) == {2, 7}


def test_a_goal_says_what_is_erased() -> None:
    assert np.array_equal(erased_by("flip", LABELS, [3]), LABELS == 3)
    assert np.array_equal(erased_by("keep", LABELS, [3]), LABELS != 3)
    assert erased_by("keep", LABELS, []).all()


def test_effects_of_another_level_are_refused(steps: Callable[..., list[Step]]) -> None:
    with pytest.raises(ParameterError, match=r"12 fragments need as many effects, got \(5,\)"):
        steps("keep", both, np.zeros(5))
