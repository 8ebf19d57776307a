from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fragscope_explainers import Classifier, Curve, DifferentiableClassifier, Request
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import FloatArray, MapSnapshot, read_only

MAP = read_only(np.arange(12).reshape(3, 4))


def curve(scores: FloatArray, steps: int) -> Curve:
    fractions = np.linspace(0, 1, steps + 1, dtype=np.float32)
    return Curve("deletion", fractions, scores, "mean", 0.0)


# --- classifiers and requests


def test_a_black_box_is_a_classifier_without_gradients(
    patch_classifier: Callable[..., Classifier], tiny_cnn: TorchClassifier
) -> None:
    black_box = patch_classifier()
    assert isinstance(black_box, Classifier)
    assert not isinstance(black_box, DifferentiableClassifier)
    assert isinstance(tiny_cnn, DifferentiableClassifier)
    assert not isinstance(object(), Classifier)


def test_a_request_names_each_class_once_and_its_target_first(wide_input: ModelInput) -> None:
    assert Request(wide_input, target=3).classes == (3,)
    assert Request(wide_input, target=3, watch=(5, 3, 1, 5)).classes == (3, 5, 1)


# --- snapshots


def test_a_snapshot_answers_for_its_own_classes() -> None:
    snapshot = MapSnapshot(
        done=2, total=5, forwards=2, maps={4: MAP}, signs=True, reliabilities={4: 0.5}
    )
    assert snapshot.saliency(4) is MAP
    assert snapshot.stability(4) == 0.5
    assert snapshot.standard_error(4) is None
    assert snapshot.is_signed
    assert 4 in snapshot.targets
    assert 5 not in snapshot.targets


def test_a_contrast_is_the_difference_of_two_maps() -> None:
    other = read_only(np.ones((3, 4)))
    maps = {3: MAP, 5: other}
    snapshot = MapSnapshot(done=1, total=1, forwards=1, maps=maps, signs=True)
    assert_array_equal(snapshot.contrast(3, 5), MAP - 1)
    assert_array_equal(snapshot.contrast(5, 3), 1 - MAP)
    assert not snapshot.contrast(3, 3).any()
    with pytest.raises(UnknownNameError):
        snapshot.contrast(3, 4)
    unsigned = MapSnapshot(done=1, total=1, forwards=1, maps=maps)
    assert_array_equal(unsigned.contrast(3, 5), MAP - MAP.mean())


def test_a_class_without_a_map_is_refused() -> None:
    snapshot = MapSnapshot(done=1, total=1, forwards=1, maps={4: MAP})
    assert snapshot.stability(4) is None
    with pytest.raises(UnknownNameError, match="unknown target '5'; choose from 4"):
        snapshot.saliency(5)


@pytest.mark.parametrize(("done", "final"), [(0, False), (4, False), (5, True)])
def test_a_snapshot_is_final_when_all_steps_are_done(done: int, final: bool) -> None:
    assert MapSnapshot(done=done, total=5, forwards=done, maps={}).is_final is final


# --- curves


@given(st.integers(1, 40), st.floats(0, 1, width=32), st.floats(0, 1, width=32))
def test_the_area_under_a_line_is_the_mean_of_its_ends(
    steps: int, first: float, last: float
) -> None:
    line = curve(np.linspace(first, last, steps + 1, dtype=np.float32), steps)
    assert line.is_complete
    assert line.auc == pytest.approx((first + last) / 2, abs=1e-6)


def test_a_curve_that_is_still_drawn_has_no_area() -> None:
    part = curve(np.ones(3, dtype=np.float32), 5)
    assert not part.is_complete
    assert part.auc is None


# --- read-only arrays


def test_read_only_copies_what_others_can_write_to() -> None:
    source = np.arange(12, dtype=np.float32).reshape(3, 4)
    for given_array in (source, source[:, :], source.T, source[1:]):
        frozen = read_only(given_array)
        assert not np.shares_memory(frozen, source)
        assert not frozen.flags.writeable
        assert_array_equal(frozen, given_array)


def test_read_only_converts_to_contiguous_float32() -> None:
    frozen = read_only(np.arange(12).reshape(3, 4).T)
    assert frozen.dtype == np.float32
    assert frozen.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1


def test_read_only_passes_on_what_is_frozen_already() -> None:
    assert read_only(MAP) is MAP
