"""MFPP's maps against closed forms and against sums over recorded masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ParameterError
from fragscope_explainers.estimators import ESTIMATORS, REGRESSIONS
from fragscope_explainers.explainer import final
from fragscope_explainers.fragments import DEFAULT_SCALES
from fragscope_explainers.perturbation.mfpp import Mfpp, MfppPaper
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request

SCALES = (6, 24, 96)
BY_CHANCE = {"design": "iid", "keep": 0.5, "estimator": "difference"}
PLAIN = [name for name in ESTIMATORS if name not in REGRESSIONS]
PATCH = (8, 22, 16, 34)  # top, left, bottom, right of the 24 x 40 input


def level_map(estimator: str, masks: NDArray, scores: NDArray, keep: float) -> NDArray:
    """One level's map, straight from the definition of the estimator, pixel by pixel."""
    f = scores[:, None, None]
    if estimator == "mean":
        return (f * masks).sum(0) / (len(masks) * keep)
    kept, dropped = masks.sum(0), (1 - masks).sum(0)
    while_kept = (f * masks).sum(0) / np.maximum(kept, 1)
    if estimator == "covered":
        return while_kept
    while_dropped = (f * (1 - masks)).sum(0) / np.maximum(dropped, 1)
    return np.where((kept > 0) & (dropped > 0), while_kept - while_dropped, 0)


def patch_on_photo(shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The patch in pixels of the 54 x 80 photo: 54 rows became 30, 80 columns became 44."""
    top, left, bottom, right = PATCH
    rows, columns = (np.arange(length) + 0.5 for length in shape)
    in_rows = (rows >= (top + 3) * 54 / 30) & (rows < (bottom + 3) * 54 / 30)
    in_columns = (columns >= (left + 2) * 80 / 44) & (columns < (right + 2) * 80 / 44)
    return in_rows[:, None] & in_columns


@pytest.mark.parametrize(
    "explainer",
    [Mfpp(masks=900, scales=SCALES), MfppPaper(masks=3000, scales=SCALES)],
    ids=lambda explainer: explainer.name,
)
def test_maximum_lies_in_the_patch_on_the_photo(
    explainer: Mfpp, patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    snapshot = final(explainer.explain(model, Request(bright_input, 0, batch_size=64)))
    on_photo = bright_input.geometry.map_to_image(snapshot.saliency(0))
    highest = np.unravel_index(np.nanargmax(on_photo), on_photo.shape)
    assert on_photo.shape == (54, 80)
    assert patch_on_photo(on_photo.shape)[highest]


def test_photo_outside_the_crop_has_no_value(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    snapshot = final(Mfpp(masks=30, scales=SCALES).explain(model, Request(bright_input, 0)))
    on_photo = bright_input.geometry.map_to_image(snapshot.saliency(0))
    seen = np.zeros((54, 80), dtype=bool)
    seen[5:49, 4:76] = True  # centres within rows 5.4 to 48.6 and columns 3.64 to 76.36
    np.testing.assert_array_equal(np.isfinite(on_photo), seen)


def test_difference_finds_the_weight_of_every_fragment(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    request = Request(white_input, 0, batch_size=64)
    snapshot = final(Mfpp(masks=6000, scales=(6, 12), **BY_CHANCE).explain(model, request))
    labels, counts = snapshot.pyramid.labels, snapshot.pyramid.counts
    exact = np.concatenate(
        [
            np.bincount(level.ravel(), model.weights.ravel(), count)
            for level, count in zip(labels, counts, strict=True)
        ]
    )
    errors = snapshot.effect_errors(0)
    assert (np.abs(snapshot.effects(0) - exact) < 4 * errors).all()
    assert errors.max() < 0.1 * np.abs(exact).max()


def test_effect_is_negative_where_showing_lowers_the_class(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    request = Request(bright_input, 0, batch_size=64)
    snapshot = final(Mfpp(masks=900, scales=SCALES).explain(model, request))
    centre = (slice(10, 14), slice(25, 31))
    assert snapshot.is_signed
    assert (snapshot.saliency(0)[centre] > 0.02).all()
    assert (snapshot.saliency(1)[centre] < -0.02).all()
    np.testing.assert_allclose(snapshot.saliency(1), 2 * snapshot.saliency(2), atol=1e-5)


def test_masks_are_binary_and_constant_on_fragments(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    snapshot = final(Mfpp(masks=20, scales=SCALES).explain(model, Request(white_input, 0)))
    for index, mask in enumerate(model.masks):
        labels = snapshot.pyramid.labels[index % len(SCALES)]
        _, first = np.unique(labels, return_index=True)
        assert set(np.unique(mask)) <= {0.0, 1.0}
        np.testing.assert_array_equal(mask, mask.ravel()[first][labels])


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_fragments_stay_with_the_keep_probability(
    keep: float, linear_classifier: Callable, white_input: ModelInput
) -> None:
    explainer = Mfpp(masks=300, scales=SCALES, keep=keep, design="iid")
    snapshot = final(explainer.explain(linear_classifier(), Request(white_input, 0)))
    kept, fragments = float(snapshot.sums.kept.sum()), sum(snapshot.pyramid.counts)
    trials = 100 * fragments
    assert kept / trials == pytest.approx(keep, abs=5 * np.sqrt(keep * (1 - keep) / trials))


@pytest.mark.parametrize("masks", [2, 50])
@pytest.mark.parametrize("estimator", PLAIN)
def test_map_equals_the_formula_over_recorded_masks(
    estimator: str, masks: int, linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    explainer = Mfpp(masks=masks, scales=SCALES, keep=0.4, estimator=estimator, design="iid")
    snapshot = final(explainer.explain(model, Request(white_input, 0)))
    for target in (0, 1):
        scores = model.scores(target)
        by_level = [
            level_map(estimator, model.masks[level::3], scores[level::3], 0.4)
            for level in range(min(3, masks))
        ]
        expected = np.mean(by_level, axis=0)
        np.testing.assert_allclose(snapshot.saliency(target), expected, rtol=1e-4, atol=1e-6)


def test_every_prefix_of_a_run_is_balanced(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    request = Request(white_input, 0, batch_size=4, refresh=0)
    for snapshot in Mfpp(masks=47, scales=SCALES).explain(linear_classifier(), request):
        by_half_and_level = snapshot.sums.count
        assert by_half_and_level.sum() == snapshot.done
        assert np.ptp(by_half_and_level.sum(0).numpy()) <= 1
        assert np.ptp(by_half_and_level.numpy(), axis=0).max() <= 1


def test_one_run_answers_for_every_class(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    explainer = Mfpp(masks=33, scales=SCALES)
    once = final(explainer.explain(model, Request(bright_input, 0)))
    for target in range(3):
        asked = final(explainer.explain(model, Request(bright_input, target)))
        np.testing.assert_allclose(
            once.saliency(target), asked.saliency(target), rtol=1e-5, atol=1e-7
        )


def test_memory_does_not_grow_with_the_masks(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    def bytes_held(masks: int) -> int:
        explainer = Mfpp(masks=masks, scales=SCALES)
        sums = final(explainer.explain(linear_classifier(), Request(white_input, 0))).sums
        held = [getattr(sums, field.name) for field in fields(sums)]
        return sum(t.nbytes for t in held if isinstance(t, torch.Tensor))

    assert bytes_held(50) == bytes_held(500) > 0


def test_paper_is_mfpp_with_the_published_settings(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    published = MfppPaper()
    assert (published.masks, published.keep, published.estimator) == (20_000, 0.5, "mean")
    assert published.scales == DEFAULT_SCALES == (50, 100, 200, 400, 800)
    paper, same = (
        final(explainer.explain(linear_classifier(), Request(white_input, 0)))
        for explainer in (
            MfppPaper(masks=30),
            Mfpp(masks=30, design="iid", keep=0.5, estimator="mean"),
        )
    )
    np.testing.assert_allclose(paper.saliency(0), same.saliency(0), rtol=1e-5, atol=1e-7)
    assert not paper.is_signed
    assert (Mfpp().design, Mfpp().keep, Mfpp().estimator) == ("balanced", 0.75, "assisted")


def test_fragments_are_cut_on_the_crop_without_a_model(white_input: ModelInput) -> None:
    pyramid = Mfpp(scales=SCALES).pyramid(Request(white_input, 0))
    assert pyramid.labels.shape == (3, 24, 40)
    assert pyramid.scales == SCALES


@pytest.mark.parametrize("estimator", ["assisted", "ridge"])
def test_regressions_find_the_weights_of_a_linear_model(
    estimator: str, linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    explainer = Mfpp(masks=4000, scales=SCALES, estimator=estimator)
    snapshot = final(explainer.explain(model, Request(white_input, 0, batch_size=64)))
    exact = np.concatenate(
        [np.bincount(level.ravel(), model.weights.ravel()) for level in snapshot.pyramid.labels]
    )
    assert np.corrcoef(snapshot.effects(0), exact)[0, 1] > 0.99


def test_the_levels_of_one_model_add_up_to_the_weights(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    explainer = Mfpp(masks=4000, scales=SCALES, estimator="pyramid")
    snapshot = final(explainer.explain(model, Request(white_input, 0, batch_size=64)))
    labels = snapshot.pyramid.labels
    sizes = np.concatenate([np.bincount(level.ravel()) for level in labels])
    a_pixel = snapshot.pyramid.paint(snapshot.effects(0) / sizes, (1, 1, 1))
    weights, found = (np.bincount(labels[-1].ravel(), w.ravel()) for w in (model.weights, a_pixel))
    assert np.corrcoef(weights, found)[0, 1] > 0.97
    summed = snapshot.pyramid.paint(snapshot.effects(0), (1, 1, 1))
    np.testing.assert_allclose(snapshot.saliency(0), summed, rtol=1e-6)


def test_an_assisted_effect_beats_a_bare_difference(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    def error(estimator: str) -> float:
        explainer = Mfpp(masks=150, scales=SCALES, estimator=estimator)
        model = linear_classifier()
        found = final(explainer.explain(model, Request(white_input, 0))).effects(0)
        exact = [
            np.bincount(level.ravel(), model.weights.ravel())
            for level in explainer.pyramid(Request(white_input, 0)).labels
        ]
        return float(np.square(found - np.concatenate(exact)).mean())

    assert error("assisted") < 0.5 * error("difference")


@pytest.mark.parametrize("estimator", ["assisted", "ridge", "pyramid"])
def test_errors_of_regressions_tell_the_spread_between_seeds(
    estimator: str, patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    exact = model.probabilities  # a model that is linear leaves a regression without noise
    model.probabilities = lambda batch: exact(batch).square()
    explainer = Mfpp(masks=150, scales=(6, 24), estimator=estimator)
    requests = [Request(bright_input, 0, seed=seed, batch_size=64) for seed in range(40)]
    snapshots = [final(explainer.explain(model, request)) for request in requests]
    spread = np.std([snapshot.effects(0) for snapshot in snapshots], axis=0, ddof=1)
    told = np.mean([snapshot.effect_errors(0) for snapshot in snapshots], axis=0)
    assert 0.4 < np.median(told / spread) < 2.5


def test_designs_are_those_asked_for(linear_classifier: Callable, white_input: ModelInput) -> None:
    request = Request(white_input, 0)
    balanced = final(Mfpp(masks=24, scales=SCALES).explain(linear_classifier(), request))
    assert (balanced.sums.kept == 3).all()  # in each half, one mask in four drops a fragment
    explainer = Mfpp(masks=48, scales=(6, 6, 6), design="hadamard", keep=0.5)
    rows = final(explainer.explain(linear_classifier(), request))
    assert (rows.sums.kept == 4).all()
    with pytest.raises(ParameterError, match=r"keeps half of the fragments, not 0\.75"):
        Mfpp(design="hadamard")


def test_an_automatic_run_stops_once_the_map_is_stable(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    request = Request(bright_input, 0, batch_size=64, refresh=0)
    explainer = Mfpp(scales=(6, 24), budget=4000, stable=0.9)
    *earlier, last = explainer.explain(model, request)
    assert last.is_final
    assert 100 <= last.done == last.total < 4000
    assert last.stability(0) >= 0.9
    assert {snapshot.total for snapshot in earlier} == {4000}
    for size in (7, 64):  # where it stops does not depend on the batches
        again = final(explainer.explain(model, Request(bright_input, 0, batch_size=size)))
        assert again.done == last.done
    exact = Mfpp(scales=(6, 24), masks=last.done)
    same = final(exact.explain(model, request))
    np.testing.assert_allclose(same.saliency(0), last.saliency(0), rtol=1e-5)


def test_an_automatic_run_ends_at_its_budget(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    for budget in (30, 230):
        explainer = Mfpp(scales=SCALES, budget=budget, stable=1.0)
        snapshot = final(explainer.explain(linear_classifier(), Request(white_input, 0)))
        assert (snapshot.done, snapshot.total) == (budget, budget)


def test_scales_too_fine_for_a_regression_are_told_or_done_without(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    request = Request(white_input, 0)
    fine = {"masks": 10, "scales": (600,)}
    without = final(Mfpp(**fine).explain(linear_classifier(), request))
    plain = final(Mfpp(**fine, estimator="difference").explain(linear_classifier(), request))
    assert len(without.sums.features) == 0
    np.testing.assert_allclose(without.saliency(0), plain.saliency(0), rtol=1e-5, atol=1e-7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fragscope_explainers.effects._MOST_FEATURES", 100)
        for estimator in ("ridge", "pyramid"):
            run = Mfpp(**fine, estimator=estimator).explain(linear_classifier(), request)
            with pytest.raises(ParameterError, match=r"at most, and there are \d+; choose fewer"):
                next(run)


@pytest.mark.parametrize("scales", [(6, 24), SCALES, (20, 40, 80, 160)], ids=len)
@pytest.mark.parametrize("seed", range(2))
def test_no_prefix_of_a_run_tells_an_impossible_effect(
    scales: tuple[int, ...], seed: int, linear_network: TorchClassifier, bright_input: ModelInput
) -> None:
    """A probability cannot change by more than one, however few masks there are."""
    request = Request(bright_input, 0, seed=seed, batch_size=1, refresh=0)
    for snapshot in Mfpp(masks=32, scales=scales).explain(linear_network, request):
        for target in range(3):
            effects, errors = snapshot.effects(target), snapshot.effect_errors(target)
            assert np.abs(effects).max() <= 1.5, snapshot.done
            assert errors[np.isfinite(errors)].min(initial=1) > 0
