"""What a run on the fragment pyramid tells: maps, contrasts, levels, errors, stability."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.estimators import ESTIMATORS
from fragscope_explainers.explainer import final
from fragscope_explainers.perturbation.mfpp import Mfpp
from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import Request

SCALES = (6, 24, 96)
BY_CHANCE = {"design": "iid", "keep": 0.5, "estimator": "difference"}
PATCH = (8, 22, 16, 34)  # top, left, bottom, right of the 24 x 40 input


def test_one_hot_weights_paint_one_level(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    snapshot = final(
        Mfpp(masks=40, scales=SCALES).explain(linear_classifier(), Request(white_input, 0))
    )
    effects = np.split(snapshot.effects(0), snapshot.pyramid.offsets[1:-1])
    for level, weights in enumerate(np.eye(3)):
        painted = snapshot.painted(0, weights=tuple(weights))
        expected = effects[level][snapshot.pyramid.labels[level]]
        np.testing.assert_allclose(painted, expected, rtol=1e-6)


def test_equal_weights_give_the_map(linear_classifier: Callable, white_input: ModelInput) -> None:
    snapshot = final(
        Mfpp(masks=40, scales=SCALES).explain(linear_classifier(), Request(white_input, 0))
    )
    np.testing.assert_allclose(
        snapshot.painted(0, weights=(1 / 3, 1 / 3, 1 / 3)), snapshot.saliency(0), rtol=1e-6
    )
    with pytest.raises(ParameterError, match="3 levels need as many weights, got 2"):
        snapshot.painted(0, weights=(1, 1))


def test_stability_rises_towards_one(patch_classifier: Callable, bright_input: ModelInput) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))

    def stability(masks: int) -> float | None:
        request = Request(bright_input, 0, batch_size=64)
        return final(Mfpp(masks=masks, scales=SCALES).explain(model, request)).stability(0)

    assert stability(11) is None
    few, more, many = stability(30), stability(300), stability(4000)
    assert 0 <= few < more < many < 1
    assert many > 0.95


def test_standard_error_shrinks_with_the_square_root(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    def error(masks: int) -> NDArray:
        request = Request(white_input, 0, batch_size=64)
        explainer = Mfpp(masks=masks, scales=SCALES, **BY_CHANCE)
        return final(explainer.explain(linear_classifier(), request)).standard_error(0)

    once, fourfold = error(300), error(1200)
    assert once.shape == (24, 40)
    assert np.isfinite(once).all()
    assert (fourfold > 0).all()
    np.testing.assert_allclose(once / fourfold, 2, rtol=0.3)
    assert np.median(once / fourfold) == pytest.approx(2, rel=0.05)


def test_standard_error_is_the_spread_between_seeds(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    requests = [Request(white_input, 0, seed=seed, batch_size=64) for seed in range(60)]
    explainer = Mfpp(masks=240, scales=SCALES, **BY_CHANCE)
    snapshots = [final(explainer.explain(linear_classifier(), r)) for r in requests]
    spread = np.std([snapshot.saliency(0) for snapshot in snapshots], axis=0, ddof=1)
    told = np.mean([snapshot.standard_error(0) for snapshot in snapshots], axis=0)
    assert np.median(told / spread) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("masks", [1, 2])
def test_standard_error_is_infinite_before_it_can_be_told(
    masks: int, estimator: str, linear_classifier: Callable, white_input: ModelInput
) -> None:
    explainer = Mfpp(masks=masks, scales=SCALES, estimator=estimator)
    snapshot = final(explainer.explain(linear_classifier(), Request(white_input, 0)))
    assert np.isinf(snapshot.standard_error(0)).all()


def test_two_masks_a_level_tell_no_error_of_a_difference(
    linear_classifier: Callable, white_input: ModelInput
) -> None:
    explainer = Mfpp(masks=6, scales=SCALES)
    snapshot = final(explainer.explain(linear_classifier(), Request(white_input, 0)))
    assert np.isinf(snapshot.effect_errors(0)).all()


def test_snapshot_stays_as_it_was(linear_classifier: Callable, white_input: ModelInput) -> None:
    request = Request(white_input, 0, batch_size=5, refresh=0)
    run = Mfpp(masks=40, scales=SCALES).explain(linear_classifier(), request)
    early = next(run)
    before = early.saliency(0).copy()
    final(run)
    assert isinstance(early, PyramidSnapshot)
    assert early.done == 5
    np.testing.assert_array_equal(early.saliency(0), before)
    assert not early.saliency(0).flags.writeable


def test_a_contrast_is_the_difference_of_two_maps(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    snapshot = final(Mfpp(masks=90, scales=SCALES).explain(model, Request(bright_input, 0)))
    contrast = snapshot.painted(0, against=2)
    np.testing.assert_allclose(contrast, snapshot.saliency(0) - snapshot.saliency(2), atol=1e-6)
    np.testing.assert_array_equal(snapshot.contrast(0, 2), contrast)
    assert not snapshot.painted(1, against=1).any()


def test_softer_edges_keep_the_level_of_the_map(
    patch_classifier: Callable, bright_input: ModelInput
) -> None:
    model = patch_classifier(patch=PATCH, input_size=(24, 40))
    snapshot = final(Mfpp(masks=90, scales=SCALES).explain(model, Request(bright_input, 0)))
    steps = [
        np.abs(np.diff(snapshot.painted(0, softness=softness), axis=1)).max()
        for softness in (0, 0.5, 1)
    ]
    assert steps[0] > 1.5 * steps[1] > 1.5 * steps[2]
    hard, soft = snapshot.painted(0), snapshot.painted(0, softness=1)
    assert soft.mean() == pytest.approx(hard.mean(), abs=0.2 * float(hard.std()))
    np.testing.assert_array_equal(snapshot.painted(0, softness=0), hard)
    with pytest.raises(ParameterError, match="softness must lie between 0 and 1, got 2"):
        snapshot.painted(0, softness=2)
