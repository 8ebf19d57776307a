from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from torch import nn

from fragscope import runs
from fragscope.runs import MethodRun, RunState, Stage
from fragscope_explainers import methods
from fragscope_explainers.classifiers.engines import on_picture, prepare_engine
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.explainer import Explainer
from fragscope_explainers.metrics.curves import curve
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.types import Classifier, MapSnapshot, Request, Snapshot

COARSE_POINTS = 57
FULL_POINTS = 217
"""On 64 x 64: a step takes ceil(4096 / 224) = 19 pixels, and the 216th is the last."""
KINDS = {"deletion", "insertion"}


class Clock:
    """Seconds that pass only when a test says so."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What runs measure time with; while it stands still, live curves get their share."""
    clock = Clock()
    monkeypatch.setattr(runs, "time", clock)
    return clock


@dataclass(frozen=True)
class Steps(Explainer):
    """Gives a map a step, for classes 1 and 2, and takes a second for each."""

    name: ClassVar[str] = "steps"
    label: ClassVar[str] = "Steps"

    steps: int = 5
    seen: Any = None

    def _run(self, classifier: Classifier, request: Request) -> Iterator[Snapshot]:
        try:
            for done in range(1, self.steps + 1):
                self.seen.now += 1.0
                maps = {t: np.full((64, 64), 10 * t + done, np.float32) for t in (1, 2)}
                yield MapSnapshot(done=done, total=self.steps, forwards=done, maps=maps)
        finally:
            self.seen.closed = True


@pytest.fixture
def mfpp() -> Explainer:
    """Small enough for a test: 160 masks on two levels."""
    return methods.create("mfpp", masks=160, scales=(4, 9))


def full(
    classifier: TorchClassifier, request: Request, state: RunState, target: int
) -> dict[str, np.ndarray]:
    """Scores of the full curves of a state's map of a class, drawn on their own."""
    saliency, asked = state.snapshot.saliency(target), replace(request, target=target)
    found = {}
    for kind in ("deletion", "insertion"):
        *_, last = curve(kind, classifier, asked, saliency)
        found[kind] = last.scores
    return found


def test_curves_are_coarse_while_the_method_runs_and_full_at_its_end(
    small_classifier: TorchClassifier, small_request: Request, mfpp: Explainer, clock: Clock
) -> None:
    few = replace(small_request, batch_size=8)  # a tuned one may draw a curve in one step
    states = list(MethodRun(small_classifier, few, mfpp))
    stages = [state.stage for state in states]
    assert stages == sorted(stages, key=list(Stage).index)
    assert stages.count(Stage.FINISHED) == 1
    live = [s.curves for s in states if s.stage is Stage.EXPLAINING and s.curves]
    assert {len(c.fractions) for curves in live for c in curves.values()} == {COARSE_POINTS}
    assert any(c.is_complete for curves in live for c in curves.values())
    assert any(not c.is_complete for curves in live for c in curves.values())
    last = states[-1]
    assert last.snapshot.is_final
    np.testing.assert_array_equal(last.saliency, last.snapshot.saliency(2))
    assert {k: len(c.scores) for k, c in last.curves.items()} == dict.fromkeys(KINDS, FULL_POINTS)
    expected = full(small_classifier, few, last, 2)
    for kind, drawn in last.curves.items():
        np.testing.assert_allclose(drawn.scores, expected[kind], rtol=1e-5, atol=1e-7)


def test_a_curve_being_drawn_does_not_replace_a_complete_one(
    small_classifier: TorchClassifier, small_request: Request, mfpp: Explainer, clock: Clock
) -> None:
    complete: set[str] = set()
    for state in MethodRun(small_classifier, small_request, mfpp):
        now = {kind for kind, drawn in state.curves.items() if drawn.is_complete}
        assert now >= complete
        complete = now
    assert complete == KINDS


def test_a_full_curve_has_225_points_where_the_grid_divides(clock: Clock) -> None:
    module = nn.Sequential(nn.AvgPool2d(28), nn.Flatten(), nn.Linear(48, 3))
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(input_size=(112, 112), mean=half, std=half, short_side=112)
    classifier = TorchClassifier(module, ("a", "b", "c"), preprocessing, "pooled")
    pixels = np.random.default_rng(1).integers(0, 255, (120, 170, 3), dtype=np.uint8)
    from fragscope_explainers.images import image_from_array

    request = Request(preprocessing.apply(image_from_array(pixels, "noise")), target=1)
    *_, last = MethodRun(classifier, request, methods.create("saliency"))
    assert [len(c.scores) for c in last.curves.values()] == [225, 225]


def test_seconds_are_the_methods_alone(
    small_classifier: TorchClassifier,
    small_request: Request,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(*arguments: Any) -> Iterator[Any]:
        for partial in curve(*arguments):
            clock.now += 100.0
            yield partial

    monkeypatch.setattr(runs, "curve", slow)
    request = replace(small_request, batch_size=8)
    *_, last = MethodRun(small_classifier, request, Steps(seen=clock))
    assert clock.now > 1000
    assert last.seconds == 5.0


def test_live_curves_wait_until_the_method_has_had_its_share(
    small_classifier: TorchClassifier,
    small_request: Request,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[float] = []

    def slow(*arguments: Any) -> Iterator[Any]:
        for partial in curve(*arguments):
            drawn.append(clock.now)
            clock.now += 1.0
            yield partial

    monkeypatch.setattr(runs, "curve", slow)
    run = MethodRun(small_classifier, small_request, Steps(40, clock), full_curves=False)
    last = list(run)[-1]
    assert 0 < len(drawn) <= runs.LIVE_SHARE * last.seconds + 1


@pytest.mark.parametrize("explainer", ["mfpp", "rise"])
def test_exactly_as_many_masks_are_scored_as_were_asked_for(
    small_classifier: TorchClassifier, small_request: Request, explainer: str
) -> None:
    images = 0

    def count(_: object, inputs: tuple[Any, ...]) -> None:
        nonlocal images
        images += len(inputs[0])

    hook = small_classifier.module.register_forward_pre_hook(count)
    method = methods.create(explainer, masks=37)
    run = MethodRun(small_classifier, small_request, method, live_curves=False, full_curves=False)
    last = list(run)[-1]
    hook.remove()
    assert images == last.snapshot.forwards == last.snapshot.done == 37
    assert not last.curves


def test_turning_to_another_class_midway_keeps_the_masks(
    small_classifier: TorchClassifier, small_request: Request, mfpp: Explainer, clock: Clock
) -> None:
    run = MethodRun(small_classifier, replace(small_request, batch_size=8), mfpp)
    before = [next(run) for _ in range(12)][-1]
    run.retarget(4)
    after = next(run)
    assert (before.target, after.target) == (2, 4)
    assert after.snapshot.done >= before.snapshot.done
    assert not after.curves
    np.testing.assert_array_equal(after.saliency, after.snapshot.saliency(4))
    assert after.stability == after.snapshot.stability(4)
    last = list(run)[-1]
    expected = full(small_classifier, small_request, last, 4)
    for kind in KINDS:
        np.testing.assert_allclose(last.curves[kind].scores, expected[kind], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("targets", [(4,), (4, 2)], ids=["another", "there and back"])
def test_turning_to_another_class_during_the_curves_starts_them_again(
    small_classifier: TorchClassifier,
    small_request: Request,
    mfpp: Explainer,
    clock: Clock,
    targets: tuple[int, ...],
) -> None:
    run = MethodRun(small_classifier, small_request, mfpp, live_curves=False)
    for state in run:
        if "insertion" in state.curves:  # the deletion curve is complete
            break
    for target in targets:
        run.retarget(target)
    states = list(run)
    assert {state.target for state in states} == {targets[-1]}
    assert len(states[0].curves["deletion"].scores) < FULL_POINTS  # answers within a batch
    expected = full(small_classifier, small_request, states[-1], targets[-1])
    assert states[-1].curves.keys() == KINDS
    for kind, drawn in states[-1].curves.items():
        np.testing.assert_allclose(drawn.scores, expected[kind], rtol=1e-5, atol=1e-7)


def test_closing_midway_ends_the_method(
    small_classifier: TorchClassifier, small_request: Request, clock: Clock
) -> None:
    seen = SimpleNamespace(now=0.0, closed=False)
    run = MethodRun(small_classifier, small_request, Steps(seen=seen))
    next(run)
    assert not seen.closed
    run.close()
    assert seen.closed
    assert list(run) == []


def test_an_earlier_state_is_evaluated_without_running_the_method(
    small_classifier: TorchClassifier,
    small_request: Request,
    clock: Clock,
    run_state: Callable[..., RunState],
) -> None:
    explainer = Steps(seen=clock)
    *_, earlier = MethodRun(small_classifier, small_request, explainer, full_curves=False)
    started = clock.now
    other = replace(small_request, target=1)
    states = list(MethodRun(small_classifier, other, explainer, earlier=earlier))
    assert clock.now == started
    assert {state.stage for state in states} == {Stage.EVALUATING, Stage.FINISHED}
    last = states[-1]
    assert last.snapshot is earlier.snapshot
    assert last.seconds == earlier.seconds
    assert (last.target, last.saliency[0, 0]) == (1, 15)
    assert last.curves.keys() == KINDS


def test_a_method_without_a_result_is_an_error(
    small_classifier: TorchClassifier, small_request: Request, clock: Clock
) -> None:
    with pytest.raises(ModelError, match="steps gave no result"):
        list(MethodRun(small_classifier, small_request, Steps(0, clock)))


def test_the_same_seed_gives_the_same_states(run_state: Callable[..., RunState]) -> None:
    first, second = (run_state("rise", masks=24) for _ in range(2))
    np.testing.assert_allclose(first.saliency, second.saliency, rtol=1e-4, atol=1e-7)
    for kind in KINDS:
        pair = (state.curves[kind].scores for state in (first, second))
        np.testing.assert_allclose(*pair, rtol=1e-5, atol=1e-7)


def test_methods_that_need_more_than_probabilities_name_torch(
    small_classifier: TorchClassifier, small_request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_classifier, "engine", None)
    prepare_engine(small_classifier)
    picture = on_picture(small_classifier, small_request.input)
    names = {}
    for name in ("mfpp", "saliency", "grad-cam"):
        *_, last = MethodRun(picture, small_request, methods.create(name), live_curves=False)
        names[name] = last.engine.name
    assert names == {"mfpp": "OpenVINO f32", "saliency": "torch f32", "grad-cam": "torch f32"}
