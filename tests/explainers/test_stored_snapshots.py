"""A snapshot that was stored answers as the one that was computed, to the bit."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fragscope_explainers import Request
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import FragScopeError, UnsupportedError
from fragscope_explainers.estimators import ESTIMATORS
from fragscope_explainers.explainer import final
from fragscope_explainers.images import image_from_array
from fragscope_explainers.perturbation.pixel_maps import PixelSnapshot
from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot
from fragscope_explainers.registry import methods
from fragscope_explainers.stored_snapshots import StoredSnapshot, restore, store
from fragscope_explainers.sums import PixelSums
from fragscope_explainers.types import Snapshot

SHORT = {
    "mfpp": {"masks": 40, "scales": (4, 9)},
    "mfpp-paper": {"masks": 40, "scales": (4, 9)},
    "mfpp-notebook": {"masks": 40, "scales": (4, 9)},
    "rise": {"masks": 40, "cells": 4},
    "integrated-gradients": {"steps": 6},
    "smoothgrad": {"samples": 6},
}
RUNS = [(name, SHORT.get(name, {})) for name in methods.names] + [
    (name, {**SHORT[name], "estimator": estimator})
    for name in ("mfpp", "rise")
    for estimator in ESTIMATORS
]


@pytest.fixture(scope="module")
def request_(small_classifier: TorchClassifier) -> Request:
    pixels = np.random.default_rng(4).integers(0, 255, (90, 130, 3), dtype=np.uint8)
    image = image_from_array(pixels, "noise")
    return Request(small_classifier.preprocessing.apply(image), 2, watch=(5, 7), batch_size=16)


def written(stored: StoredSnapshot) -> StoredSnapshot:
    """What is read of a stored snapshot that was written as JSON and .npy files."""
    arrays = {}
    for name, values in stored.arrays.items():
        file = io.BytesIO()
        np.save(file, values, allow_pickle=False)
        file.seek(0)
        arrays[name] = np.load(file, allow_pickle=False)
    return StoredSnapshot(stored.kind, json.loads(json.dumps(stored.facts)), arrays)


def same(first: NDArray[np.generic] | None, second: NDArray[np.generic] | None) -> bool:
    if first is None or second is None:
        return first is second
    return first.dtype == second.dtype and first.tobytes() == second.tobytes()


def assert_answers_alike(found: Snapshot, expected: Snapshot) -> None:
    assert type(found) is type(expected)
    assert found.is_signed == expected.is_signed
    for name in ("done", "total", "forwards", "backwards"):
        assert getattr(found, name) == getattr(expected, name)
    for target in range(10):
        assert (target in found.targets) == (target in expected.targets)
        if target in expected.targets:
            assert same(found.saliency(target), expected.saliency(target))
            assert same(found.standard_error(target), expected.standard_error(target))
            assert found.stability(target) == expected.stability(target)


@pytest.mark.parametrize(("name", "settings"), RUNS, ids=lambda value: str(value)[:60])
def test_every_method_is_restored_to_the_bit(
    name: str, settings: dict[str, object], small_classifier: TorchClassifier, request_: Request
) -> None:
    snapshot = final(methods.create(name, **settings).explain(small_classifier, request_))
    assert_answers_alike(restore(written(store(snapshot))), snapshot)


@pytest.mark.parametrize("name", methods.names)
def test_a_partial_run_is_restored_too(
    name: str, small_classifier: TorchClassifier, request_: Request
) -> None:
    run = methods.create(name, **SHORT.get(name, {})).explain(
        small_classifier, replace(request_, batch_size=3, refresh=0)
    )
    snapshot = next(run)
    assert_answers_alike(restore(written(store(snapshot))), snapshot)


def test_levels_can_be_weighted_and_classes_contrasted_without_the_model(
    small_classifier: TorchClassifier, request_: Request
) -> None:
    snapshot = final(methods.create("mfpp", **SHORT["mfpp"]).explain(small_classifier, request_))
    found = restore(written(store(snapshot)))
    assert isinstance(snapshot, PyramidSnapshot)
    assert isinstance(found, PyramidSnapshot)
    for softness in (0.0, 0.4):
        arguments = {"against": 8, "weights": (0.25, 1.5), "softness": softness}
        assert same(found.painted(6, **arguments), snapshot.painted(6, **arguments))
    assert same(found.effects(3), snapshot.effects(3))
    assert same(found.effect_errors(3), snapshot.effect_errors(3))
    assert found.pyramid.counts == snapshot.pyramid.counts
    assert found.pyramid.scales == snapshot.pyramid.scales
    assert not found.pyramid.labels.flags.writeable


@given(
    st.integers(2, 5), st.integers(2, 7), st.sets(st.integers(0, 9), min_size=1), st.integers(0, 99)
)
def test_sums_over_pixels_come_back_whatever_they_hold(
    height: int, width: int, classes: set[int], seed: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    sums = PixelSums.zeros(height * width, sorted(classes), torch.device("cpu"))
    for half in (0, 1):
        masks = torch.rand(6, height * width, generator=random)
        sums.add(half, masks, torch.rand(6, 10, generator=random))
    snapshot = PixelSnapshot(
        done=12,
        total=30,
        forwards=12,
        sums=sums,
        shape=(height, width),
        estimator="covered",
        keep_probability=0.5,
    )
    assert_answers_alike(restore(written(store(snapshot))), snapshot)


def test_what_was_restored_can_be_stored_again(
    small_classifier: TorchClassifier, request_: Request
) -> None:
    snapshot = final(methods.create("rise", **SHORT["rise"]).explain(small_classifier, request_))
    once = store(snapshot)
    twice = store(restore(written(once)))
    assert twice.facts == once.facts
    assert all(same(twice.arrays[name], values) for name, values in once.arrays.items())


def test_other_snapshots_are_refused() -> None:
    class Odd(PixelSnapshot):
        pass

    with pytest.raises(UnsupportedError, match="Odd"):
        store(Odd.__new__(Odd))


@pytest.mark.parametrize("name", ["mfpp", "rise", "saliency"])
def test_parts_that_do_not_fit_are_refused(
    name: str, small_classifier: TorchClassifier, request_: Request
) -> None:
    run = methods.create(name, **SHORT.get(name, {})).explain(small_classifier, request_)
    stored = store(final(run))
    broken = [replace_part(stored, facts={key: None}) for key in stored.facts]
    for key, values in stored.arrays.items():
        broken.append(replace_part(stored, arrays={key: values.reshape(-1)[:-1]}))
        broken.append(replace_part(stored, arrays={key: values.astype(str)}))
        if values.dtype.kind == "f":
            spoilt = values.copy()
            spoilt.flat[0] = np.nan
            broken.append(replace_part(stored, arrays={key: spoilt}))
    broken.append(StoredSnapshot("unknown", stored.facts, stored.arrays))
    broken.append(StoredSnapshot(stored.kind, {}, {}))
    for parts in broken:
        with pytest.raises(FragScopeError):
            restore(parts)


def replace_part(
    stored: StoredSnapshot,
    facts: dict[str, object] | None = None,
    arrays: dict[str, NDArray[np.generic]] | None = None,
) -> StoredSnapshot:
    return StoredSnapshot(
        stored.kind, {**stored.facts, **(facts or {})}, {**stored.arrays, **(arrays or {})}
    )
