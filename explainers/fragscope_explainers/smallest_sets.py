"""Small sets of fragments that decide a prediction: enough to keep it, or enough to flip it.

Fragments are taken in the order of their effects until the goal is reached, then all that are not
needed are given back: in large pieces at first, then one by one, until no single one can go. Such
a set is small and no fragment of it is superfluous, but a smaller one of other fragments may
exist: nothing here proves a minimum. Where fragments act together, the answer depends on the order
and on the fill.

References
----------
Chockler, Kroening, Sun, "Explanations for Occluded Images", ICCV 2021 (ReX: minimal sufficient
explanations); Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002
(giving back in pieces that get smaller).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .errors import ParameterError
from .translation import tr
from .types import Classifier, FloatArray, Request
from .what_if import BoolArray, Eraser, EraserFill, probabilities_of

Goal = Literal["keep", "flip"]
Phase = Literal["ordering", "growing", "pruning", "found", "unreachable"]
Fragments = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A set of fragments on the way, and what the model says of it.

    Attributes
    ----------
    goal : "keep" leaves only the fragments of the set; "flip" erases just these.
    fragments : labels of the fragments, in the order in which they were taken.
    probabilities : float32 [C] of the altered input.
    phase : "ordering" while effects are asked for, "growing", "pruning"; the last step is "found"
        or "unreachable".
    """

    goal: Goal
    fragments: Fragments
    probabilities: FloatArray
    phase: Phase


def erased_by(goal: Goal, labels: NDArray[np.int32], fragments: Sequence[int]) -> BoolArray:
    """Pixels [h, w] that a set of fragments of one level [h, w] erases under a goal."""
    inside = np.isin(labels, fragments)
    return ~inside if goal == "keep" else inside


def smallest_set(
    goal: Goal,
    classifier: Classifier,
    request: Request,
    labels: NDArray[np.int32],
    fill: EraserFill = "mean",
    effects: NDArray[np.floating[Any]] | None = None,
) -> Iterator[Step]:
    """Look for a small set of fragments that keeps a class on top, or takes it from there.

    Parameters
    ----------
    goal : "keep": the target is the most probable class when all other fragments are erased;
        "flip": it is no longer the most probable when just these are.
    request : input, target and batch size.
    labels : [h, w] of one level of a pyramid, 0 .. K - 1.
    effects : [K], of every fragment on the target's probability; greater is taken earlier. None
        asks the model how far the probability falls without each of them.

    Yields
    ------
    A step for every larger set, then one for every batch of smaller ones; the last step has the
    phase "found", or "unreachable": then no set in this order reaches the goal, or, where its set
    is empty, the target is not on top to begin with and there is nothing to flip.

    Raises
    ------
    ParameterError
        There is not one effect for each fragment, or the labels are not on the input grid.
    ModelError
        The classifier answers with values that are not finite.
    """
    count = int(labels.max()) + 1
    if effects is not None and effects.shape != (count,):
        raise ParameterError(
            tr(
                "{count} fragments need as many effects, got {shape}",
                count=count,
                shape=effects.shape,
            )
        )
    yield from _Search(goal, classifier, request, labels, fill).steps(effects)


class _Search:
    """One search; its generators yield steps and return what they end with."""

    def __init__(
        self,
        goal: Goal,
        classifier: Classifier,
        request: Request,
        labels: NDArray[np.int32],
        fill: EraserFill,
    ) -> None:
        from .batching import Batcher

        self._goal, self._classifier, self._labels = goal, classifier, labels
        self._target, self._count = request.target, int(labels.max()) + 1
        self._eraser = Eraser(request.input, fill)
        self._batcher = Batcher.of(classifier, request)

    def steps(self, effects: NDArray[np.floating[Any]] | None) -> Iterator[Step]:
        if effects is None:
            effects = yield from self._single_effects()
        order = [int(label) for label in np.argsort(-effects, kind="stable")]
        last = yield from self._grow(order)
        makes_sense = self._goal == "keep" or len(last.fragments) > 0
        if not self._reached(last.probabilities) or not makes_sense:
            yield replace(last, phase="unreachable")
            return
        last = yield from self._prune(last)
        yield replace(last, phase="found")

    def _single_effects(self) -> Generator[Step, None, FloatArray]:
        """How far the target's probability falls without each fragment, [K]."""
        whole = self._ask("flip", [()])[0]
        found = np.empty(self._count, np.float32)
        for start, stop in self._batcher.ranges(self._count):
            asked = self._ask("flip", [(label,) for label in range(start, stop)])
            found[start:stop] = whole[self._target] - asked[:, self._target]
            yield Step(self._goal, (), whole, "ordering")
        return found

    def _grow(self, order: list[int]) -> Generator[Step, None, Step]:
        """Take fragments in this order until the goal is reached, or there is none left."""
        for start, stop in self._batcher.ranges(self._count + 1):
            sets = [tuple(order[:size]) for size in range(start, stop)]
            for fragments, found in zip(sets, self._ask(self._goal, sets), strict=True):
                last = Step(self._goal, fragments, found, "growing")
                yield last
                if self._reached(found):
                    return last
        return last

    def _prune(self, last: Step) -> Generator[Step, None, Step]:
        """Give back pieces of half the set, of a quarter, ... until no single fragment can go."""
        size = max(len(last.fragments) // 2, 1)
        while last.fragments:
            before = len(last.fragments)
            last = yield from self._give_back(last, size)
            if size == 1 and len(last.fragments) == before:
                break
            size = max(size // 2, 1)
        return last

    def _give_back(self, last: Step, size: int) -> Generator[Step, None, Step]:
        """Try each piece of this size once, those of the least effects first."""
        untried = len(last.fragments)
        while untried > 0:
            ends = range(untried, 0, -size)[: self._batcher.size]
            sets = [last.fragments[: max(end - size, 0)] + last.fragments[end:] for end in ends]
            asked = self._ask(self._goal, sets)
            won = next((n for n, found in enumerate(asked) if self._reached(found)), None)
            untried = ends[-1 if won is None else won] - size
            if won is not None:
                last = Step(self._goal, sets[won], asked[won], "pruning")
            yield replace(last, phase="pruning")
        return last

    def _ask(self, goal: Goal, sets: Sequence[Fragments]) -> FloatArray:
        masks = [erased_by(goal, self._labels, fragments) for fragments in sets]
        inputs = [self._eraser.values(mask) for mask in masks]
        return probabilities_of(self._classifier, inputs, self._batcher)

    def _reached(self, probabilities: FloatArray) -> bool:
        on_top = bool(probabilities.argmax() == self._target)
        return on_top if self._goal == "keep" else not on_top
