"""RISE's maps against sums over recorded masks and against a patch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.estimators import ESTIMATORS, REGRESSIONS, SIGNED
from fragscope_explainers.explainer import final
from fragscope_explainers.perturbation.block_maps import block_pyramid
from fragscope_explainers.perturbation.rise import Rise
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request


def brute_force(estimator: str, masks: NDArray, scores: NDArray, keep: float) -> NDArray:
    """The estimator's formula, pixel by pixel over all masks."""
    f = scores[:, None, None]
    if estimator == "mean":
        return (f * masks).sum(0) / (len(masks) * keep)
    if estimator == "covered":
        return (f * masks).sum(0) / masks.sum(0)
    centred = masks - masks.mean(0)
    return ((f - f.mean()) * centred).sum(0) / (centred**2).sum(0)


@pytest.mark.parametrize("estimator", [name for name in ESTIMATORS if name not in REGRESSIONS])
def test_map_equals_the_formula_over_recorded_masks(
    estimator: str, linear_classifier: Callable, white_input: ModelInput
) -> None:
    model = linear_classifier()
    explainer = Rise(masks=45, keep=0.4, cells=5, estimator=estimator)
    snapshot = final(explainer.explain(model, Request(white_input, 0, watch=(1,))))
    assert model.masks.shape == (45, 24, 40)
    for target in (0, 1):
        expected = brute_force(estimator, model.masks, model.scores(target), 0.4)
        np.testing.assert_allclose(snapshot.saliency(target), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_maximum_lies_in_the_patch_on_the_photo(
    estimator: str, patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=(8, 22, 16, 34), input_size=(24, 40))
    request = Request(bright_input, 0, batch_size=64)
    snapshot = final(Rise(masks=4000, estimator=estimator).explain(model, request))
    on_photo = bright_input.geometry.map_to_image(snapshot.saliency(0))
    row, column = np.unravel_index(np.nanargmax(on_photo), on_photo.shape)
    # 54 rows became 30 and 3 were cut off; 80 columns became 44 and 2 were cut off
    assert 11 * 54 / 30 <= row + 0.5 < 19 * 54 / 30
    assert 24 * 80 / 44 <= column + 0.5 < 36 * 80 / 44
    assert np.isnan(on_photo[:5]).all()
    assert np.isnan(on_photo[:, :3]).all()


def test_masks_are_soft_and_in_range(linear_classifier: Callable, white_input: ModelInput) -> None:
    model = linear_classifier()
    final(Rise(masks=200, keep=0.3).explain(model, Request(white_input, 0)))
    assert model.masks.min() >= 0
    assert model.masks.max() <= 1 + 1e-6
    assert model.masks.mean() == pytest.approx(0.3, abs=0.02)
    assert len(np.unique(model.masks[0])) > 10


def test_watched_classes_are_kept_and_others_are_not(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(input_size=(24, 40))
    request = Request(bright_input, 0, watch=(2,))
    snapshot = final(Rise(masks=30).explain(model, request))
    alone = final(Rise(masks=30).explain(model, Request(bright_input, 2)))
    np.testing.assert_allclose(snapshot.saliency(2), alone.saliency(2), rtol=1e-6)
    with pytest.raises(UnknownNameError, match=r"unknown target '1'.*choose from 0, 2"):
        snapshot.saliency(1)


def test_defaults_are_the_published_ones() -> None:
    explainer = Rise()
    assert (explainer.cells, explainer.keep, explainer.estimator) == (7, 0.5, "mean")


def test_differences_and_regressions_are_signed(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    signed = {
        estimator: final(
            Rise(masks=5, estimator=estimator).explain(linear_classifier(), Request(white_input, 0))
        ).is_signed
        for estimator in ESTIMATORS
    }
    assert signed == {name: name in SIGNED for name in ESTIMATORS}
    assert not signed["mean"]
    assert signed["difference"]


def test_stability_rises_and_error_falls(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    weights = np.zeros((24, 40))
    weights[8:16, 22:34] = 1

    def run(masks: int) -> tuple[float, float]:
        explainer = Rise(masks=masks, estimator="difference")
        request = Request(white_input, 0, batch_size=64)
        snapshot = final(explainer.explain(linear_classifier(weights), request))
        return snapshot.stability(0), float(np.median(snapshot.standard_error(0)))

    (few, wide), (many, narrow) = run(250), run(4000)
    assert few < many < 1
    assert many > 0.95
    assert wide / narrow == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize("estimator", REGRESSIONS)
def test_regressions_answer_for_every_class(
    estimator: str, linear_classifier: Callable, white_input: ModelInput
) -> None:
    explainer = Rise(masks=60, cells=4, estimator=estimator)
    snapshot = final(explainer.explain(linear_classifier(), Request(white_input, 0)))
    assert 1 in snapshot.targets
    np.testing.assert_allclose(snapshot.saliency(1), -snapshot.saliency(0), atol=1e-3)
    assert snapshot.saliency(0).shape == snapshot.standard_error(0).shape == (24, 40)
    assert np.isfinite(snapshot.standard_error(0)).all()


def test_blocks_are_squares_that_nest() -> None:
    pyramid = block_pyramid((24, 40), 4)
    assert pyramid.counts == (16, 64, 256)
    for coarse, fine in zip(pyramid.labels, pyramid.labels[1:], strict=False):
        pairs = {(int(a), int(b)) for a, b in zip(coarse.ravel(), fine.ravel(), strict=True)}
        assert len(pairs) == int(fine.max()) + 1  # each fine block lies in one coarse block
    tiny = block_pyramid((3, 5), 4)  # fewer pixels than blocks
    assert tiny.labels.shape == (3, 3, 5)
    assert tiny.counts == (12, 15, 15)
