"""What every registered method promises: its iterator, its checks, its independence of batches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import (
    ModelError,
    ParameterError,
    UnknownNameError,
    UnsupportedError,
)
from fragscope_explainers.explainer import Explainer, Pace, final, planned_steps
from fragscope_explainers.parameters import parameters
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.registry import methods
from fragscope_explainers.types import MapSnapshot, Request, Snapshot

WHITE_BOX = ("gradients", "layers")
RANDOM = {"mfpp", "mfpp-paper", "mfpp-notebook", "rise", "smoothgrad"}
every_method = pytest.mark.parametrize("name", methods.names)
every_stepwise_method = pytest.mark.parametrize(
    "name", [name for name in methods.names if name not in ("saliency", "grad-cam")]
)


class WatchedClassifier(TorchClassifier):
    """Counts images in each direction, and runs out of memory above a number of images.

    Attributes
    ----------
    forwards, backwards : images seen so far.
    room : images that fit into memory at once.
    """

    forwards = backwards = 0
    room = 1000

    def logits(self, batch: Tensor) -> Tensor:
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("a test has little memory")
        self.forwards += len(batch)
        output = super().logits(batch)
        if output.requires_grad:
            output.register_hook(self._count_backwards)
        return output

    def _count_backwards(self, gradient: Tensor) -> None:
        self.backwards += len(gradient)


@pytest.fixture
def watched(tiny_cnn: TorchClassifier) -> WatchedClassifier:
    """The tiny network, counted."""
    return WatchedClassifier(tiny_cnn.module, tiny_cnn.labels, tiny_cnn.preprocessing, "watched")


def small(name: str, steps: int = 23) -> Explainer:
    """A method with few steps and few fragments."""
    known = {parameter.name for parameter in parameters(methods.method(name).load())}
    wanted: dict[str, Any] = {"masks": steps, "samples": steps, "steps": steps, "scales": (6, 24)}
    return methods.create(name, **{key: wanted[key] for key in wanted if key in known})


def batches(name: str, steps: int = 23, batch_size: int = 4) -> int:
    """Batches that a small run takes."""
    return -(-planned_steps(small(name, steps)) // batch_size)


class NanGradient(nn.Module):
    """Adds a term that is 0 and whose gradient is not a number."""

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.sqrt(0 * x)


@every_method
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_batch_size_never_changes_the_result(
    name: str, batch_size: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    sevens, other = (
        final(small(name).explain(tiny_cnn, Request(wide_input, 1, batch_size=size)))
        for size in (7, batch_size)
    )
    np.testing.assert_allclose(other.saliency(1), sevens.saliency(1), rtol=1e-4, atol=2e-6)


@every_method
def test_seed_decides_the_map(name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput) -> None:
    first, again, other = (
        final(
            small(name).explain(tiny_cnn, Request(wide_input, 1, seed=seed, batch_size=8))
        ).saliency(1)
        for seed in (5, 5, 6)
    )
    np.testing.assert_allclose(first, again, rtol=1e-5, atol=1e-7)
    assert np.allclose(first, other, rtol=1e-4, atol=1e-7) == (name not in RANDOM)


@every_method
def test_global_random_state_stays(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    def state() -> tuple[Any, ...]:
        kind, keys, *rest = np.random.get_state()
        return random.getstate(), kind, keys.tolist(), rest, torch.get_rng_state().tolist()

    before = state()
    final(small(name).explain(tiny_cnn, Request(wide_input, 1)))
    assert state() == before


@every_method
@pytest.mark.parametrize("steps", [2, 23, 24])
def test_done_rises_to_exactly_the_total(
    name: str, steps: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    explainer = small(name, steps)
    request = Request(wide_input, 1, batch_size=4, refresh=0)
    snapshots = list(explainer.explain(tiny_cnn, request))
    done = [snapshot.done for snapshot in snapshots]
    assert done == sorted(set(done))
    assert done[-1] == planned_steps(explainer)
    assert {snapshot.total for snapshot in snapshots} == {planned_steps(explainer)}
    assert [s.is_final for s in snapshots] == [False] * (len(done) - 1) + [True]


@pytest.mark.parametrize("name", sorted(RANDOM))
def test_a_single_step_is_a_run(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    (only,) = small(name, 1).explain(tiny_cnn, Request(wide_input, 1))
    assert (only.done, only.total, only.forwards) == (1, 1, 1)
    assert np.isfinite(only.saliency(1)).all()


@every_method
def test_passes_through_the_model_are_counted(
    name: str, watched: WatchedClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, batch_size=4, refresh=0)
    for snapshot in small(name).explain(watched, request):
        assert snapshot.forwards == watched.forwards
        assert snapshot.backwards == watched.backwards
    assert (watched.backwards > 0) == (small(name).access in WHITE_BOX)


@every_stepwise_method
def test_no_pause_makes_every_batch_give_a_snapshot(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, batch_size=4, refresh=0)
    snapshots = list(small(name).explain(tiny_cnn, request))
    assert len({id(snapshot) for snapshot in snapshots}) == len(snapshots) == batches(name)


@every_stepwise_method
def test_long_pause_repeats_the_first_snapshot_until_the_last(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, batch_size=4, refresh=1e9)
    snapshots = list(small(name).explain(tiny_cnn, request))
    assert len(snapshots) == batches(name)
    assert {id(snapshot) for snapshot in snapshots[:-1]} == {id(snapshots[0])}
    assert (snapshots[0].done, snapshots[-1].done) == (4, 23)


@every_method
def test_modes_of_torch_do_not_leak_to_the_caller(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, batch_size=4, refresh=0)
    for _ in small(name).explain(tiny_cnn, request):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


@every_stepwise_method
def test_a_run_may_be_left_early(
    name: str, watched: WatchedClassifier, wide_input: ModelInput
) -> None:
    run = small(name).explain(watched, Request(wide_input, 1, batch_size=4))
    partial = next(run)
    run.close()
    assert list(run) == []
    assert (partial.done, watched.forwards, partial.is_final) == (4, 4, False)
    assert partial.saliency(1).shape == (32, 32)
    assert torch.is_grad_enabled()


@every_method
def test_maps_are_read_only_float32_on_the_input_grid(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    snapshot = final(small(name).explain(tiny_cnn, Request(wide_input, 1)))
    found = snapshot.saliency(1)
    assert (found.dtype, found.shape, found.flags.writeable) == (np.float32, (32, 32), False)
    assert snapshot.is_signed or found.min() >= 0
    assert 1 in snapshot.targets
    assert (0 in snapshot.targets) == small(name).all_classes


@pytest.mark.parametrize("name", [n for n in methods.names if not small(n).all_classes])
def test_class_without_a_map_lists_those_that_have_one(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    snapshot = final(small(name).explain(tiny_cnn, Request(wide_input, 1)))
    with pytest.raises(UnknownNameError, match=r"unknown target '0'.*choose from 1$"):
        snapshot.saliency(0)


@every_stepwise_method
@pytest.mark.parametrize("room", [1, 3])
def test_little_memory_does_not_change_the_result(
    name: str, room: int, watched: WatchedClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, batch_size=16)
    plenty = final(small(name).explain(watched, request))
    watched.room = room
    little = final(small(name).explain(watched, request))
    assert (little.done, little.forwards) == (23, 23)
    np.testing.assert_allclose(little.saliency(1), plenty.saliency(1), rtol=1e-4, atol=2e-6)


@every_stepwise_method
def test_no_memory_for_one_image_is_said(
    name: str, watched: WatchedClassifier, wide_input: ModelInput
) -> None:
    watched.room = 0
    with pytest.raises(ModelError, match="memory does not suffice for a single image"):
        final(small(name).explain(watched, Request(wide_input, 1)))


@every_method
@pytest.mark.parametrize("target", [-1, 4])
def test_target_must_be_a_class(
    name: str, target: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    for request in (Request(wide_input, target), Request(wide_input, 0, watch=(target,))):
        with pytest.raises(UnknownNameError, match=f"unknown target '{target}'.*0 to 3"):
            next(small(name).explain(tiny_cnn, request))


@every_method
def test_input_must_fit_the_model(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    half = (0.5, 0.5, 0.5)
    other = Preprocessing((24, 40), half, half, short_side=30).apply(wide_input.image)
    with pytest.raises(ParameterError, match=r"\(24, 40\).*\(32, 32\)"):
        next(small(name).explain(tiny_cnn, Request(other, 1)))


@every_method
def test_methods_that_need_more_say_so_to_a_black_box(
    name: str, patch_classifier: Callable, wide_input: ModelInput
) -> None:
    run = small(name).explain(patch_classifier(), Request(wide_input, 0))
    if small(name).access == "probabilities":
        assert final(run).is_final
        return
    with pytest.raises(UnsupportedError, match=rf"^{name} needs the model's \w+, and this model"):
        next(run)


@every_method
def test_answers_that_are_not_finite_name_the_method(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    module = nn.Sequential(tiny_cnn.module, nn.Threshold(1e9, float("nan")))  # of gradient 0
    model = TorchClassifier(module, tiny_cnn.labels, tiny_cnn.preprocessing, "broken")
    with pytest.raises(ModelError, match=f"^{name}: "):
        final(small(name).explain(model, Request(wide_input, 1)))


@pytest.mark.parametrize("name", [n for n in methods.names if small(n).access in WHITE_BOX])
def test_gradient_that_is_not_a_number_names_the_method(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    module = nn.Sequential(tiny_cnn.module, NanGradient())
    model = TorchClassifier(module, tiny_cnn.labels, tiny_cnn.preprocessing, "broken")
    assert torch.isfinite(model.logits(wide_input.tensor()[None])).all()
    with pytest.raises(ModelError, match=f"^{name}: the map has values that are not finite"):
        final(small(name).explain(model, Request(wide_input, 1)))


@pytest.mark.parametrize("name", [n for n in methods.names if small(n).access not in WHITE_BOX])
def test_nan_for_masked_inputs_only_names_the_method(
    name: str, watched: WatchedClassifier, wide_input: ModelInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, logits = wide_input.tensor(), watched.logits

    def nan_when_masked(batch: Tensor) -> Tensor:
        changed = (batch != whole).flatten(1).any(1, keepdim=True)
        return logits(batch).masked_fill(changed, float("nan"))

    monkeypatch.setattr(watched, "logits", nan_when_masked)
    assert torch.isfinite(watched.probabilities(whole[None])).all()
    with pytest.raises(ModelError, match=f"^{name}: the model returns NaN or infinity for masked"):
        final(small(name).explain(watched, Request(wide_input, 1)))


@every_method
def test_wrong_number_of_classes_is_said(
    name: str, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    labels = (*tiny_cnn.labels, "eel")
    model = TorchClassifier(tiny_cnn.module, labels, tiny_cnn.preprocessing, "tiny")
    with pytest.raises(
        ModelError, match=r"tiny answers with scores of shape \(\d+, 4\), .* want \(\d+, 5\)"
    ):
        final(small(name).explain(model, Request(wide_input, 1)))


def test_final_needs_a_snapshot() -> None:
    def given(*done: int) -> Iterator[Snapshot]:
        for step in done:
            yield MapSnapshot(done=step, total=3, forwards=step, maps={})

    assert final(given(1, 2, 3)).done == 3
    with pytest.raises(ParameterError, match="no snapshot"):
        final(given())


def test_pace_is_due_first_last_and_after_each_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 0.5, 1.0, 1.5, 1.6])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    pace = Pace(1.0)
    assert [pace.is_due(done, 5) for done in range(1, 6)] == [True, False, True, False, True]


def test_planned_steps_reads_the_field_that_counts_them() -> None:
    assert planned_steps(methods.create("mfpp", masks=12)) == 12
    assert planned_steps(methods.create("smoothgrad", samples=9)) == 9
    assert planned_steps(methods.create("integrated-gradients", steps=7)) == 7
    assert planned_steps(methods.create("saliency")) == 1
