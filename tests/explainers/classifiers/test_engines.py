from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from fragscope_explainers import Request, final, methods
from fragscope_explainers.batching import BatchTuner
from fragscope_explainers.classifiers import engines, openvino_engine
from fragscope_explainers.classifiers.engines import engine_use, on_picture, prepare_engine
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import DifferentiableClassifier, Precision


@dataclass
class SkewedEngine:
    """Answers as torch does, plus an offset on the first class; may fail after some batches."""

    original: TorchClassifier
    offset: float = 0.0
    precision: Precision = "f32"
    fails_after: int = 10**9
    error: Exception = field(default_factory=lambda: RuntimeError("the engine broke\nat 0x0"))
    name: str = "skewed"
    tuner: BatchTuner = field(default_factory=lambda: BatchTuner.fixed(5))
    lengths: list[int] = field(default_factory=list)

    def probabilities(self, batch: Tensor) -> Tensor:
        if len(self.lengths) >= self.fails_after:
            raise self.error
        self.lengths.append(len(batch))
        found = self.original.probabilities(batch).clone()
        found[:, 0] += self.offset
        return found


@pytest.fixture
def original(tiny_cnn: TorchClassifier) -> TorchClassifier:
    """A classifier that a test may give an engine."""
    return TorchClassifier(tiny_cnn.module, tiny_cnn.labels, tiny_cnn.preprocessing, "tiny")


def test_an_engine_that_agrees_answers(original: TorchClassifier, wide_input: ModelInput) -> None:
    picture = on_picture(original, wide_input)
    assert engine_use(picture) == engine_use(original)
    assert engine_use(picture).name == "torch f32"
    engine = original.engine = SkewedEngine(original, offset=5e-4)
    answer = picture.probabilities(torch.zeros(3, 3, 32, 32))
    assert engine.lengths == [1, 3]  # the picture itself, then the batch
    assert float(answer[0, 0]) == pytest.approx(
        float(original.probabilities(torch.zeros(1, 3, 32, 32))[0, 0]) + 5e-4, abs=1e-6
    )
    assert engine_use(picture) == engines.EngineUse("skewed")
    assert picture.batch_size == picture.tuner("forward").size == 5
    assert picture.tuner("backward") is original.tuner("backward")
    picture.probabilities(torch.zeros(2, 3, 32, 32))
    assert engine.lengths == [1, 3, 2]  # compared only once


@pytest.mark.parametrize(
    ("offset", "precision", "trusted"),
    [
        (2e-3, "f32", False),
        (-0.9, "f32", False),
        (float("nan"), "f32", False),
        (2e-3, "bf16", True),
        (0.2, "bf16", False),
    ],
)
def test_an_engine_that_differs_is_refused_with_a_note(
    original: TorchClassifier,
    wide_input: ModelInput,
    offset: float,
    precision: Precision,
    trusted: bool,
) -> None:
    picture = on_picture(original, wide_input)
    original.engine = SkewedEngine(original, offset, precision)
    batch = torch.zeros(3, 3, 32, 32)
    answer = picture.probabilities(batch)
    assert torch.equal(answer, original.probabilities(batch)) is not trusted
    use = engine_use(picture)
    assert use.name == ("skewed" if trusted else "torch f32")
    assert ("so torch f32 answers instead" in use.note) is not trusted


def test_an_engine_that_breaks_hands_over_without_losing_a_mask(
    original: TorchClassifier, wide_input: ModelInput
) -> None:
    request = Request(wide_input, 1, refresh=0)
    explainer = methods.create("mfpp", masks=60, scales=(4, 9))
    expected = final(explainer.explain(original, request)).saliency(1)
    original.engine = SkewedEngine(original, fails_after=4)
    picture = on_picture(original, wide_input)
    found = final(explainer.explain(picture, request))
    assert abs(found.saliency(1) - expected).max() < 1e-6
    assert engine_use(picture).note.startswith("skewed stopped on an error (the engine broke)")
    assert "\n" not in engine_use(picture).note


def test_out_of_memory_halves_the_engines_batch(
    original: TorchClassifier, wide_input: ModelInput
) -> None:
    engine = original.engine = SkewedEngine(original, fails_after=3, error=MemoryError())
    engine.tuner = BatchTuner.fixed(8)
    picture = on_picture(original, wide_input)
    run = methods.create("mfpp", masks=40, scales=(4, 9)).explain(picture, Request(wide_input, 1))
    next(run)
    next(run)
    assert engine.lengths == [1, 8, 8]
    engine.fails_after = 10**9

    def once(batch: Tensor) -> Tensor:
        if len(batch) > 4:
            raise MemoryError
        return SkewedEngine.probabilities(engine, batch)

    engine.probabilities = once  # type: ignore[method-assign]
    assert final(run).done == 40
    assert engine.lengths[3:5] == [4, 4]
    assert engine_use(picture).name == "skewed"


def test_an_engine_may_come_amid_a_run(original: TorchClassifier, wide_input: ModelInput) -> None:
    picture = on_picture(original, wide_input)
    request = Request(wide_input, 1, batch_size=4, refresh=0)
    explainer = methods.create("mfpp", masks=40, scales=(4, 9))
    run = explainer.explain(picture, request)
    next(run)
    prepare_engine(original)
    snapshot = final(run)
    assert engine_use(picture).name == "OpenVINO f32"
    expected = final(explainer.explain(original, request)).saliency(1)
    assert abs(snapshot.saliency(1) - expected).max() < 1e-5


def test_gradients_stay_with_torch(original: TorchClassifier, wide_input: ModelInput) -> None:
    original.engine = SkewedEngine(original)
    picture = on_picture(original, wide_input)
    assert isinstance(picture, DifferentiableClassifier)
    request = Request(wide_input, 1)
    for name in ("saliency", "grad-cam"):
        method = methods.create(name)
        found, expected = (final(method.explain(c, request)) for c in (picture, original))
        assert (found.saliency(1) == expected.saliency(1)).all()


def test_black_boxes_have_no_engine(patch_classifier: object) -> None:
    assert engine_use(patch_classifier()).name == ""  # type: ignore[operator]


def test_a_precision_that_cannot_be_computed_is_told(
    original: TorchClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prepare_engine(original) == ""
    monkeypatch.setitem(openvino_engine._CAPABILITY, "bf16", "NO SUCH THING")
    assert prepare_engine(original, "bf16") == "bf16 cannot be computed here, so f32 is used"
    assert original.engine is not None


def test_whatever_breaks_a_conversion_is_one_sentence(
    original: TorchClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise TypeError("cannot pickle this\nat all")

    monkeypatch.setattr(engines, "openvino_engine", fail)
    with pytest.raises(ModelError, match=r"no faster engine can be made of tiny \(cannot pickle"):
        prepare_engine(original)
    assert original.engine is None


def test_a_model_that_answers_nan_gets_no_engine_and_no_word_about_engines(
    tiny_cnn: TorchClassifier,
) -> None:
    class NotANumber(torch.nn.Module):
        def forward(self, batch: Tensor) -> Tensor:
            return tiny_cnn.module(batch) * float("nan")

    model = TorchClassifier(NotANumber(), tiny_cnn.labels, tiny_cnn.preprocessing, "broken")
    assert prepare_engine(model) == ""
    assert model.engine is None
