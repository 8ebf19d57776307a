"""21,841 classes, as all of ImageNet has: costs grow with their number, not with its square."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from fragscope_explainers import final, methods
from fragscope_explainers.classifiers.label_names import read_class_names
from fragscope_explainers.classifiers.targets import resolve_target, top_classes
from fragscope_explainers.errors import UnknownNameError
from fragscope_explainers.estimators import ESTIMATORS
from fragscope_explainers.perturbation.pyramid_snapshot import PyramidSnapshot
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.sums import FragmentSums
from fragscope_explainers.types import Request

CLASSES = 21_841
TARGET = 21_000
LABELS = tuple(f"kind {index} of thing" for index in range(CLASSES))


class Wide:
    """Brightness of a patch decides between the target and all other classes."""

    labels = LABELS
    input_size = (32, 32)
    device = torch.device("cpu")
    batch_size = 16

    def probabilities(self, batch: Tensor) -> Tensor:
        share = 0.5 + 0.4 * batch[:, :, 8:20, 16:28].mean((1, 2, 3))
        found = ((1 - share) / (CLASSES - 1))[:, None].repeat(1, CLASSES)
        found[:, TARGET] = share
        return found


def test_targets_are_found_by_name_and_by_index_in_a_moment() -> None:
    probabilities = np.linspace(0, 1, CLASSES)
    began = time.process_time()
    assert resolve_target(LABELS[TARGET].upper(), LABELS, probabilities) == TARGET
    assert resolve_target("top1", LABELS, probabilities) == CLASSES - 1
    assert top_classes(probabilities, 2) == (CLASSES - 1, CLASSES - 2)
    with pytest.raises(UnknownNameError, match=r"did you mean .* 21,841 to choose from"):
        resolve_target("kind 17 of thin", LABELS, probabilities)
    assert time.process_time() - began < 5  # a comparison of all pairs takes minutes


def test_names_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    rows = "\n".join(f'{index},"{name}"' for index, name in reversed(list(enumerate(LABELS))))
    path.write_text(f"index,name\n{rows}\n", encoding="utf-8")
    assert read_class_names(path) == LABELS


@pytest.mark.parametrize("method", ["mfpp", "rise"])
def test_a_run_finds_the_patch_among_many_classes(method: str, wide_input: ModelInput) -> None:
    settings = {"mfpp": {"scales": (9, 25)}}.get(method, {})
    explainer = methods.create(method, masks=96, **settings)
    request = Request(wide_input, TARGET, refresh=0.2)
    found = final(explainer.explain(Wide(), request)).saliency(TARGET)
    assert np.isfinite(found).all()
    inside = np.zeros((32, 32), bool)
    inside[8:20, 16:28] = True
    brightness = wide_input.values.mean(0)[inside].mean()
    assert np.sign(found[inside].mean() - found[~inside].mean()) == np.sign(brightness)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_sums_hold_one_number_a_fragment_and_class(estimator: str, wide_input: ModelInput) -> None:
    explainer = methods.create("mfpp", masks=8, scales=(4, 9), estimator=estimator)
    snapshot = final(explainer.explain(Wide(), Request(wide_input, TARGET, refresh=10)))
    assert isinstance(snapshot, PyramidSnapshot)
    sums = snapshot.sums
    assert isinstance(sums, FragmentSums)
    fragments, levels = snapshot.pyramid.offsets[-1], snapshot.pyramid.levels
    assert sums.fm.dtype == torch.float32
    assert sums.fm.numel() == 2 * fragments * CLASSES  # two halves
    of_classes = [t for t in vars(sums).values() if isinstance(t, Tensor) and CLASSES in t.shape]
    others = sum(t.numel() for t in of_classes if t is not sums.fm)
    assert others == (2 * 2 * levels + 1) * CLASSES  # two moments a level, and the shift


def test_pixel_sums_hold_the_asked_classes_only(wide_input: ModelInput) -> None:
    explainer = methods.create("rise", masks=8)
    request = Request(wide_input, TARGET, watch=(3,), refresh=10)
    sums = final(explainer.explain(Wide(), request)).sums  # type: ignore[attr-defined]
    assert sums.classes == (TARGET, 3)
    assert max(t.numel() for t in vars(sums).values() if isinstance(t, Tensor)) == 2 * 2 * 32 * 32
