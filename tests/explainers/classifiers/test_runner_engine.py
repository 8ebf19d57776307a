from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.engines import on_picture, prepare_engine
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.types import Precision


class Runner:
    """Scores from the channels' means; in bf16 they are rounded, or wrong by `error`."""

    batches = (4, 1, 8)
    fixed_batch = None

    def __init__(self, precision: Precision = "f32", error: float = 0, known: str = "bf16") -> None:
        self.precision: Precision = precision
        self.error = error
        self.known = known

    @property
    def name(self) -> str:
        return f"runner {self.precision}"

    def answer(self, batch: NDArray[Any]) -> NDArray[Any]:
        found = batch.mean((2, 3)).astype(np.float32)
        if self.precision == "f32":
            return found
        return np.round(found, 2) + np.array([0, self.error, 0], np.float32)

    def in_precision(self, precision: Precision) -> Runner:
        return Runner(precision if precision == self.known else "f32", self.error)

    def close(self) -> None:
        """Nothing is held."""


def black_box(runner: Any) -> BlackBoxClassifier:
    preprocessing = Preprocessing((8, 12), (0.5,) * 3, (0.5,) * 3, "squash")
    return BlackBoxClassifier(runner, ("a", "b", "c"), preprocessing, "box")


def test_a_short_format_is_used_where_it_agrees(wide_image: Image) -> None:
    classifier = black_box(Runner())
    assert prepare_engine(classifier, "bf16") == ""
    assert classifier.engine is not None
    asked = on_picture(classifier, classifier.preprocessing.apply(wide_image))
    batch = torch.rand(3, 3, 8, 12)
    assert torch.allclose(asked.probabilities(batch), classifier.probabilities(batch), atol=0.01)
    assert asked.use.name == "runner bf16"


def test_a_short_format_that_is_wrong_is_not_used(wide_image: Image) -> None:
    classifier = black_box(Runner(error=5))
    prepare_engine(classifier, "bf16")
    asked = on_picture(classifier, classifier.preprocessing.apply(wide_image))
    batch = torch.rand(3, 3, 8, 12)
    assert torch.equal(asked.probabilities(batch), classifier.probabilities(batch))
    assert asked.use.name == "runner f32"
    assert "so runner f32 answers instead" in asked.use.note


def test_f32_needs_no_engine() -> None:
    classifier = black_box(Runner())
    assert prepare_engine(classifier, "f32") == ""
    assert classifier.engine is None


def test_a_precision_that_cannot_be_computed_is_told() -> None:
    assert prepare_engine(black_box(Runner(known="")), "bf16") == (
        "bf16 cannot be computed here, so f32 is used"
    )


def test_a_runner_of_one_precision_says_so() -> None:
    class Plain:
        name, batches, fixed_batch = "plain", (4, 1, 8), None
        answer, close = Runner.answer, Runner.close

    assert prepare_engine(black_box(Plain()), "bf16") == "box answers in its own precision"


@pytest.mark.parametrize("precision", ["bf16", "f32"])
def test_openvino_computes_in_the_precision_asked_for(precision: Precision, tmp_path: Any) -> None:
    from fragscope_explainers.classifiers.openvino_engine import import_openvino
    from fragscope_explainers.classifiers.openvino_runner import OpenVinoRunner

    openvino = import_openvino()
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the converter remarks
        model = openvino.convert_model(module, example_input=torch.zeros(2, 3, 8, 12))
    runner = OpenVinoRunner(model).in_precision(precision)
    known = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert runner.precision == (precision if precision.upper() in known else "f32")
    batch = np.random.default_rng(0).random((3, 3, 8, 12), dtype=np.float32)
    (found,) = runner.answer(batch).values()
    assert np.allclose(found, batch.mean((2, 3)), atol=1e-2)
