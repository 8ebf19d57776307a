from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fragscope_explainers.classifiers import openvino_engine as module
from fragscope_explainers.classifiers.engine_cache import EngineCache
from fragscope_explainers.classifiers.openvino_engine import openvino_engine
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError
from fragscope_explainers.preprocessing import ModelInput, Preprocessing


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


def named(network: nn.Module, preprocessing: Preprocessing, classes: int = 4) -> TorchClassifier:
    return TorchClassifier(network, [str(n) for n in range(classes)], preprocessing, "odd")


@pytest.mark.parametrize("length", [1, 2, 7])
def test_the_bundled_model_answers_as_torch_does(
    classifier: TorchClassifier, cache: EngineCache, length: int
) -> None:
    engine = openvino_engine(classifier, cache=cache)
    noise = torch.randn(length, 3, 224, 224, generator=torch.Generator().manual_seed(length))
    difference = (engine.probabilities(noise) - classifier.probabilities(noise)).abs().max()
    assert float(difference) < 1e-5
    assert (engine.name, engine.precision) == ("OpenVINO f32", "f32")


def test_an_answer_is_not_overwritten_by_the_next(
    tiny_cnn: TorchClassifier, cache: EngineCache
) -> None:
    engine = openvino_engine(tiny_cnn, cache=cache)
    first = engine.probabilities(torch.zeros(2, 3, 32, 32))
    before = first.clone()
    engine.probabilities(torch.ones(2, 3, 32, 32))
    assert torch.equal(first, before)


def test_a_conversion_is_kept_by_its_weights(
    tiny_cnn: TorchClassifier, cache: EngineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    openvino_engine(tiny_cnn, cache=cache)
    batch = torch.ones(1, 3, 32, 32)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_convert", None)  # nothing is converted again
        again = openvino_engine(tiny_cnn, cache=cache)
    assert torch.allclose(again.probabilities(batch), tiny_cnn.probabilities(batch), atol=1e-5)
    other = named(
        nn.Sequential(*[*tiny_cnn.module][:-1], nn.Linear(256, 4)), tiny_cnn.preprocessing
    )
    changed = openvino_engine(other, cache=cache)
    assert torch.allclose(changed.probabilities(batch), other.probabilities(batch), atol=1e-5)


def test_a_truncated_conversion_is_made_anew(
    tiny_cnn: TorchClassifier, cache: EngineCache, tmp_path: Path
) -> None:
    openvino_engine(tiny_cnn, cache=cache)
    (weights,) = (tmp_path / "engines").glob("*/model.bin")
    intact = weights.read_bytes()
    weights.write_bytes(intact[: len(intact) // 2])
    engine = openvino_engine(tiny_cnn, cache=cache)
    batch = torch.ones(1, 3, 32, 32)
    assert torch.allclose(engine.probabilities(batch), tiny_cnn.probabilities(batch), atol=1e-5)
    assert weights.read_bytes() == intact


class BatchLengthInside(nn.Module):
    """Tracing writes down the length of the example's batch; exporting does not."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.ones(1, 1, 12))
        self.head = nn.Linear(12, 4)

    def forward(self, batch: Tensor) -> Tensor:
        length = int(batch.shape[0]) if torch.jit.is_tracing() else batch.shape[0]
        pooled = nn.functional.adaptive_avg_pool2d(batch, 2).flatten(1)
        return self.head(pooled[:, None] + self.token.expand(length, -1, -1))[:, 0]


def test_where_tracing_fails_exporting_takes_over(
    tiny_preprocessing: Preprocessing, cache: EngineCache
) -> None:
    odd = named(BatchLengthInside(), tiny_preprocessing)
    engine = openvino_engine(odd, cache=cache)
    for length in (1, 5):
        batch = torch.rand(length, 3, 32, 32, generator=torch.Generator().manual_seed(1))
        assert torch.allclose(engine.probabilities(batch), odd.probabilities(batch), atol=1e-5)


class Unconvertible(nn.Module):
    """Leaves torch on its way."""

    def forward(self, batch: Tensor) -> Tensor:
        pooled = batch.mean((2, 3)).detach().numpy()
        return torch.from_numpy(pooled @ pooled.T[:, :1] * [[1, 2, 3, 4]]).float()


def test_a_model_that_cannot_be_converted_is_told_in_one_sentence(
    tiny_preprocessing: Preprocessing, cache: EngineCache
) -> None:
    with pytest.raises(ModelError, match="OpenVINO cannot take over odd") as told:
        openvino_engine(named(Unconvertible(), tiny_preprocessing), cache=cache)
    assert "\n" not in str(told.value)


def test_converting_leaves_the_original_alone(
    tiny_cnn: TorchClassifier, wide_input: ModelInput, cache: EngineCache
) -> None:
    batch = wide_input.tensor()[None]
    before = tiny_cnn.probabilities(batch)
    openvino_engine(tiny_cnn, cache=cache)
    assert torch.equal(tiny_cnn.probabilities(batch), before)
    layer = tiny_cnn.module[0].weight
    assert layer.is_contiguous(memory_format=torch.channels_last)


def test_where_the_processor_lacks_a_precision_f32_takes_its_place(
    tiny_cnn: TorchClassifier, cache: EngineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._CAPABILITY, "bf16", "NO SUCH THING")
    assert openvino_engine(tiny_cnn, "bf16", cache).precision == "f32"


def test_hooks_on_the_original_stay_there(tiny_cnn: TorchClassifier, cache: EngineCache) -> None:
    seen: list[object] = []
    handle = tiny_cnn.module[0].register_forward_hook(lambda *_: seen.append(1))
    openvino_engine(tiny_cnn, cache=cache)
    handle.remove()
    assert seen == []


@pytest.mark.parametrize(("length", "asked"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (9, 16)])
def test_batches_are_filled_up_to_lengths_that_are_compiled(length: int, asked: int) -> None:
    batch = torch.rand(length, 3, 4, 4)
    padded = module._padded(batch)
    assert len(padded) == asked
    assert torch.equal(padded[:length], batch)


def test_without_openvino_the_reason_is_told(
    tiny_cnn: TorchClassifier, cache: EngineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError, match="OpenVINO cannot be loaded"):
        openvino_engine(tiny_cnn, cache=cache)


def test_nothing_is_reported_over_the_network() -> None:
    program = (
        "import sys\n"
        "from fragscope_explainers.classifiers.openvino_engine import import_openvino\n"
        "import_openvino()\n"
        "import openvino.tools.ovc.telemetry_utils as used\n"
        "assert 'openvino_telemetry.main' not in sys.modules\n"
        "assert used.tm.__name__.endswith('stub'), used.tm\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)


class Broken(nn.Module):
    """Cannot be converted."""

    def forward(self, batch: Tensor) -> Tensor:
        raise RuntimeError("no")


def test_a_conversion_that_fails_leaves_the_log_as_it_was() -> None:
    import openvino

    root = logging.getLogger()
    before = (root.level, list(root.filters))
    with pytest.raises(Exception, match="no"):
        module._quietly(module._trace, openvino, Broken(), torch.zeros(1, 3, 8, 8))
    assert (root.level, list(root.filters)) == before
