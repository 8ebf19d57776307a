"""Torch as an engine; two devices are played by the CPU twice."""

from __future__ import annotations

import copy

import pytest
import torch

from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.classifiers.torch_engine import TorchEngine, torch_engine

CPU = torch.device("cpu")


@pytest.mark.parametrize("length", [1, 2, 5, 8])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_devices_share_a_batch_and_keep_its_order(
    length: int, others: int, tiny_cnn: TorchClassifier
) -> None:
    engine = TorchEngine(tiny_cnn, [CPU] * others, "f32")
    batch = torch.rand(length, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(engine.probabilities(batch), tiny_cnn.probabilities(batch))
    assert engine.name == ("torch f32" if not others else f"torch f32 on {others + 1} devices")
    assert engine.tuner.size == 64 * (others + 1)


def test_a_short_format_is_near_and_not_the_same(tiny_cnn: TorchClassifier) -> None:
    engine = TorchEngine(tiny_cnn, [], "bf16")
    batch = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found, exact = engine.probabilities(batch), tiny_cnn.probabilities(batch)
    assert found.dtype == torch.float32
    assert 0 < float((found - exact).abs().max()) < 0.05
    torch.testing.assert_close(found.sum(1), torch.ones(4))


def test_torch_is_no_engine_of_itself_without_a_reason(tiny_cnn: TorchClassifier) -> None:
    assert torch_engine(tiny_cnn, "f32") is None
    assert torch_engine(tiny_cnn, "bf16") is not None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_a_gpu_answers_as_the_cpu_does(tiny_cnn: TorchClassifier, precision: str) -> None:
    on_gpu = TorchClassifier(
        copy.deepcopy(tiny_cnn.module), tiny_cnn.labels, tiny_cnn.preprocessing, "tiny", "cuda"
    )
    batch = torch.rand(7, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    engine = TorchEngine(on_gpu, [], precision)  # type: ignore[arg-type]
    found, exact = (by.probabilities(batch.cuda()).cpu() for by in (engine, on_gpu))
    torch.testing.assert_close(found, exact, atol=0.05, rtol=0)
