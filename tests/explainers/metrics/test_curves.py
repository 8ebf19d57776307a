"""Deletion and insertion curves against closed forms and a plain loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError, ParameterError, UnknownNameError
from fragscope_explainers.fills import fill_values
from fragscope_explainers.metrics.curves import COARSE_STEPS, FULL_STEPS, curve
from fragscope_explainers.preprocessing import ModelInput, Preprocessing
from fragscope_explainers.types import Curve, CurveKind, FillName, Request

FILLS = get_args(FillName)
KINDS = get_args(CurveKind)
every_kind = pytest.mark.parametrize("kind", KINDS)


def complete(*arguments: Any, **settings: Any) -> Curve:
    """The last curve of an iterator."""
    return deque(curve(*arguments, **settings), maxlen=1)[0]


def distinct_map(shape: tuple[int, int]) -> NDArray[np.float32]:
    """A map without ties, in seeded order."""
    order = np.random.default_rng(3).permutation(shape[0] * shape[1])
    return order.reshape(shape).astype(np.float32)


def plain_loop(
    kind: str, model: Any, request: Request, saliency: NDArray, step: int, fill: FillName
) -> list[float]:
    """The definition, one pixel after another."""
    inputs, filled = request.input.values.copy(), np.array(fill_values(fill, request.input))
    shown, other = (inputs, filled) if kind == "deletion" else (filled, inputs)
    scores = []
    order = np.argsort(-saliency.ravel())
    for start in range(0, len(order) + step, step):
        answer = model.probabilities(torch.from_numpy(shown)[None])
        scores.append(float(answer[0, request.target]))
        for pixel in order[start : start + step]:
            row, column = divmod(int(pixel), saliency.shape[1])
            shown[:, row, column] = other[:, row, column]
    return scores


@every_kind
@pytest.mark.parametrize("fill", FILLS)
def test_equals_a_plain_loop(
    kind: CurveKind, fill: FillName, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request, saliency = Request(wide_input, 1), distinct_map((32, 32))
    found = complete(kind, tiny_cnn, request, saliency, steps=10, fill=fill)
    expected = plain_loop(kind, tiny_cnn, request, saliency, 103, fill)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.fractions, np.minimum(np.arange(11) * 103, 1024) / 1024)
    assert (found.kind, found.fill, found.tied_fraction) == (kind, fill, 0.0)


@pytest.mark.parametrize("fill", FILLS)
def test_ends_are_the_input_and_the_fill(
    fill: FillName, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    ends = torch.stack([wide_input.tensor(), torch.tensor(fill_values(fill, wide_input))])
    whole, gone = tiny_cnn.probabilities(ends)[:, 2].tolist()
    request, saliency = Request(wide_input, 2), distinct_map((32, 32))
    deletion, insertion = (
        complete(kind, tiny_cnn, request, saliency, steps=7, fill=fill) for kind in KINDS
    )
    assert deletion.scores[[0, -1]] == pytest.approx([whole, gone], rel=1e-5)
    assert insertion.scores[[0, -1]] == pytest.approx([gone, whole], rel=1e-5)
    assert whole != pytest.approx(gone, rel=1e-3)


def test_insertion_mirrors_deletion_of_the_least_salient(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    request, saliency = Request(wide_input, 2), distinct_map((32, 32))
    insertion = complete("insertion", tiny_cnn, request, saliency, steps=8, fill="black")
    least_first = complete("deletion", tiny_cnn, request, -saliency, steps=8, fill="black")
    np.testing.assert_allclose(insertion.scores, least_first.scores[::-1], rtol=1e-5)


@every_kind
def test_area_of_an_even_classifier_is_half(
    kind: CurveKind, linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier(np.ones((24, 40)))
    found = complete(kind, model, Request(white_input, 0), distinct_map((24, 40)), fill="mean")
    kept = found.fractions if kind == "insertion" else 1 - found.fractions
    np.testing.assert_allclose(found.scores, kept, atol=1e-5)
    assert found.auc == pytest.approx(0.5, abs=1e-5)


@every_kind
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_area_when_only_the_most_salient_pixels_count(
    kind: CurveKind, share: float, linear_classifier: Callable, white_input: ModelInput
) -> None:
    weights = (np.arange(960) >= 960 * (1 - share)).reshape(24, 40)
    saliency = np.arange(960, dtype=np.float32).reshape(24, 40)
    model = linear_classifier(weights)
    found = complete(kind, model, Request(white_input, 0), saliency, steps=96, fill="mean")
    deleted = np.maximum(1 - found.fractions / share, 0)
    expected = deleted if kind == "deletion" else 1 - deleted
    np.testing.assert_allclose(found.scores, expected, atol=1e-5)
    assert found.auc == pytest.approx(share / 2 if kind == "deletion" else 1 - share / 2, abs=1e-5)


def test_true_weights_give_the_best_curves(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    request = Request(white_input, 0)
    for kind, sign in (("deletion", 1), ("insertion", -1)):
        true, other, worst = (
            sign * complete(kind, model, request, saliency, fill="mean").auc
            for saliency in (model.weights, distinct_map((24, 40)), -model.weights)
        )
        assert true < other < worst


@pytest.mark.parametrize(
    ("size", "steps", "points"),
    [
        ((224, 224), FULL_STEPS, 225),
        ((224, 224), COARSE_STEPS, 57),
        ((24, 40), 96, 97),
        ((24, 40), FULL_STEPS, 193),  # five pixels a step
        ((8, 12), FULL_STEPS, 97),  # one pixel a step
        ((24, 40), 1, 2),
    ],
)
def test_number_of_points(
    size: tuple[int, int],
    steps: int,
    points: int,
    wide_input: ModelInput,
    patch_classifier: Callable,
) -> None:
    half = (0.5, 0.5, 0.5)
    model_input = Preprocessing(size, half, half, short_side=256).apply(wide_input.image)
    model = patch_classifier(patch=(0, 0, 4, 4), input_size=size, batch_size=64)
    found = complete("deletion", model, Request(model_input, 0), distinct_map(size), steps=steps)
    assert len(found.scores) == len(found.fractions) == points
    assert (found.fractions[0], found.fractions[-1]) == (0, 1)
    assert (np.diff(found.fractions) > 0).all()
    assert sum(model.batches) == points


@every_kind
def test_curve_grows_by_batches(
    kind: CurveKind, linear_classifier: Callable, white_input: ModelInput
) -> None:
    request = Request(white_input, 0, batch_size=7)
    drawn = list(curve(kind, linear_classifier(), request, distinct_map((24, 40)), steps=20))
    assert [len(part.scores) for part in drawn] == [7, 14, 21]
    assert [part.is_complete for part in drawn] == [False, False, True]
    assert [part.auc is None for part in drawn] == [True, True, False]
    for part in drawn:
        np.testing.assert_array_equal(part.scores, drawn[-1].scores[: len(part.scores)])
        assert not part.scores.flags.writeable
        assert not part.fractions.flags.writeable


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_batch_size_and_memory_do_not_change_the_curve(
    batch_size: int, tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    saliency = distinct_map((32, 32))
    whole, parts = (
        complete("deletion", tiny_cnn, Request(wide_input, 1, batch_size=size), saliency, steps=30)
        for size in (31, batch_size)
    )
    np.testing.assert_allclose(parts.scores, whole.scores, rtol=1e-5)


def test_little_memory_halves_the_batch(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    request, saliency = Request(white_input, 0), distinct_map((24, 40))
    plenty = complete("deletion", model, request, saliency, steps=40)
    model.batches.clear()
    model.room = 5
    little = complete("deletion", model, request, saliency, steps=40)
    np.testing.assert_allclose(little.scores, plenty.scores, rtol=1e-5)
    assert max(model.batches) == 4
    assert sum(model.batches) == 41


def test_default_fills_are_those_of_the_rise_evaluation(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    fills = {
        kind: complete(kind, tiny_cnn, Request(wide_input, 1), distinct_map((32, 32)), steps=2).fill
        for kind in KINDS
    }
    assert fills == {"deletion": "mean", "insertion": "blur"}


def test_fill_of_the_request_is_not_that_of_the_curve(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    mean, black = (
        complete("deletion", tiny_cnn, Request(wide_input, 1, fill=fill), distinct_map((32, 32)), 3)
        for fill in ("mean", "black")
    )
    np.testing.assert_allclose(mean.scores, black.scores, rtol=1e-5, atol=1e-7)


@given(st.integers(0, 960))
def test_tied_fraction_is_the_share_of_repeated_values(
    tiny_cnn: TorchClassifier, wide_input: ModelInput, repeated: int
) -> None:
    saliency = distinct_map((32, 32))
    saliency.ravel()[:repeated] = -1
    found = complete("deletion", tiny_cnn, Request(wide_input, 1), saliency, steps=1)
    assert found.tied_fraction == pytest.approx(repeated / 1024 if repeated > 1 else 0)


def test_constant_map_is_all_ties_in_seeded_order(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    flat = np.zeros((24, 40), dtype=np.float32)
    model = linear_classifier()
    first, again, other = (
        complete("deletion", model, Request(white_input, 0, seed=seed), flat, steps=50)
        for seed in (1, 1, 2)
    )
    assert first.tied_fraction == 1.0
    np.testing.assert_allclose(first.scores, again.scores, rtol=1e-5, atol=1e-7)
    assert not np.array_equal(first.scores, other.scores)
    assert first.auc == pytest.approx(0.5, abs=0.05)


def test_seed_does_not_matter_without_ties(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model, saliency = linear_classifier(), distinct_map((24, 40))
    first, other = (
        complete("deletion", model, Request(white_input, 0, seed=seed), saliency) for seed in (1, 2)
    )
    np.testing.assert_allclose(first.scores, other.scores, rtol=1e-5, atol=1e-7)


def test_global_random_state_stays(linear_classifier: Callable, white_input: ModelInput) -> None:
    before = np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    complete("insertion", linear_classifier(), Request(white_input, 0), np.zeros((24, 40)))
    assert (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == before


@pytest.mark.parametrize("shape", [(40, 24), (24, 39), (960,)])
def test_map_must_be_on_the_input_grid(
    shape: tuple[int, ...], linear_classifier: Callable, white_input: ModelInput
) -> None:
    drawing = curve("deletion", linear_classifier(), Request(white_input, 0), np.zeros(shape))
    with pytest.raises(ParameterError, match=r"a map of shape \(.*\(24, 40\)"):
        next(drawing)


def test_unknown_fill_lists_the_fills(linear_classifier: Callable, white_input: ModelInput) -> None:
    saliency = distinct_map((24, 40))
    drawing = curve("deletion", linear_classifier(), Request(white_input, 0), saliency, fill="gray")
    with pytest.raises(UnknownNameError, match="mean, black, blur"):
        next(drawing)


@every_kind
def test_answers_that_are_not_finite_are_refused(
    kind: CurveKind, linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    model.weights[3, 5] = np.nan
    drawing = curve(kind, model, Request(white_input, 0), distinct_map((24, 40)))
    with pytest.raises(ModelError, match=f"^{kind}: the model returns NaN"):
        next(drawing)


def test_modes_of_torch_do_not_leak_to_the_caller(
    tiny_cnn: TorchClassifier, wide_input: ModelInput
) -> None:
    for _ in curve("insertion", tiny_cnn, Request(wide_input, 1), distinct_map((32, 32)), steps=20):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
