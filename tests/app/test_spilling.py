"""Results on the disk: the same to the bit, the same state, gone with whoever knows of them."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fragscope.runs import MethodRun, RunState
from fragscope.spilling import Spilled, size_of, spill
from fragscope_explainers import Request
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import SessionError
from fragscope_explainers.images import image_from_array
from fragscope_explainers.registry import methods
from fragscope_explainers.types import Snapshot

RUNS = {
    "mfpp": {"masks": 40, "scales": (4, 9)},
    "rise": {"masks": 40, "cells": 4},
    "grad-cam": {},
    "integrated-gradients": {"steps": 6},
}


@pytest.fixture(scope="module")
def request_(small_classifier: TorchClassifier) -> Request:
    pixels = np.random.default_rng(4).integers(0, 255, (90, 130, 3), dtype=np.uint8)
    model_input = small_classifier.preprocessing.apply(image_from_array(pixels, "noise"))
    return Request(model_input, 2, watch=(5, 7), batch_size=16)


def result(classifier: TorchClassifier, request: Request, name: str = "mfpp") -> RunState:
    explainer = methods.create(name, **RUNS[name])
    *_, last = MethodRun(classifier, request, explainer)
    return last


class Other(Snapshot):
    """A snapshot that nothing is known of."""

    targets = (2,)

    def saliency(self, target: int) -> object:
        raise NotImplementedError


@pytest.mark.parametrize("name", RUNS)
def test_what_comes_back_is_the_same_to_the_bit(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path, name: str
) -> None:
    state = result(small_classifier, request_, name)
    snapshot, saliency, curves = state.snapshot, state.saliency, state.curves
    state.let_go(Spilled(state, tmp_path))
    assert state.is_on_disk
    assert not state.is_here
    state.come_back()
    assert state.snapshot is not snapshot
    for target in [target for target in (2, 5) if target in snapshot.targets]:
        assert np.array_equal(state.snapshot.saliency(target), snapshot.saliency(target))
        assert state.snapshot.stability(target) == snapshot.stability(target)
    assert state.saliency.tobytes() == saliency.tobytes()
    assert not state.saliency.flags.writeable
    for kind, curve in curves.items():
        found = state.curves[kind]
        assert np.array_equal(found.ranks, curve.ranks)
        assert replace(found, ranks=None).scores is curve.scores


def test_whoever_asks_a_state_on_the_disk_gets_its_map(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path
) -> None:
    state = result(small_classifier, request_)
    expected = state.saliency.copy()
    state.let_go(Spilled(state, tmp_path))
    assert np.array_equal(state.saliency, expected)
    assert state.is_here
    assert state.target == 2
    with pytest.raises(AttributeError):
        state.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_whole_state_for_a_moment_leaves_the_other_on_the_disk(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path
) -> None:
    state = result(small_classifier, request_)
    assert state.whole() is state
    expected = state.saliency.copy()
    state.let_go(Spilled(state, tmp_path))
    whole = state.whole()
    assert np.array_equal(whole.saliency, expected)
    assert whole.engine is state.engine
    assert not state.is_here


def test_a_state_in_memory_lets_nothing_go(
    small_classifier: TorchClassifier, request_: Request
) -> None:
    state = result(small_classifier, request_)
    state.let_go()
    assert state.is_here
    assert not state.is_on_disk


def test_a_file_goes_with_its_state(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path
) -> None:
    state = result(small_classifier, request_)
    state.let_go(Spilled(state, tmp_path))
    state.come_back()
    assert len(list(tmp_path.iterdir())) == 1
    del state
    gc.collect()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("harm", ["gone", "short", "other"])
def test_a_damaged_file_is_told_in_a_sentence(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path, harm: str
) -> None:
    state = result(small_classifier, request_)
    state.let_go(Spilled(state, tmp_path))
    (path,) = tmp_path.iterdir()
    if harm == "gone":
        path.unlink()
    elif harm == "short":
        path.write_bytes(path.read_bytes()[:2000])
    else:
        np.save(path, np.array([{"a": 1}], object))
    with pytest.raises(SessionError, match="cannot be read"):
        state.come_back()
    with pytest.raises(SessionError, match="cannot be read"):
        state.snapshot  # noqa: B018


def test_results_go_in_their_order_until_the_rest_fits(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path
) -> None:
    states = [result(small_classifier, request_) for _ in range(4)]
    size = size_of(states[0])
    assert size > states[0].saliency.nbytes
    gone = list(spill(states[:3], states[3:], 2 * size, tmp_path))
    assert [state for state, _ in gone] == states[:2]
    states[0].let_go(gone[0][1])
    assert size_of(states[0]) == 0
    assert not list(spill(states[:3], states[3:], 3 * size, tmp_path))


def test_what_cannot_be_stored_stays(
    small_classifier: TorchClassifier, request_: Request, tmp_path: Path
) -> None:
    state = result(small_classifier, request_)
    odd = replace(state, snapshot=Other(done=1, total=1, forwards=1))
    assert [entry for entry, _ in spill([odd, state], [], 0, tmp_path)] == [state]


def test_nothing_is_left_of_a_file_that_was_not_written(
    small_classifier: TorchClassifier,
    request_: Request,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fragscope.spilling._write", full)
    with pytest.raises(OSError, match="No space"):
        Spilled(result(small_classifier, request_), tmp_path)
    assert not list(tmp_path.iterdir())
