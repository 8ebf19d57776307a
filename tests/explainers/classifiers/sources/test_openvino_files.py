from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.openvino_engine import import_openvino
from fragscope_explainers.errors import ModelError

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture
def save_ir(network: nn.Module, tmp_path: Path) -> Callable[..., Path]:
    """Write the network as IR with notes, as OpenVINO's Model API does."""

    def save(notes: dict[str, str] | None = None) -> Path:
        openvino = import_openvino()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the converter remarks
            model = openvino.convert_model(network, example_input=torch.zeros(2, 3, 12, 20))
        model.reshape([-1, 3, 12, 20])
        for name, value in (notes or {}).items():
            model.set_rt_info(value, ["model_info", name])
        path = tmp_path / "tiny.xml"
        openvino.save_model(model, path, compress_to_fp16=False)
        return path

    return save


def test_an_ir_answers_as_the_original(
    save_ir: Callable[..., Path], network: nn.Module, batch: Tensor
) -> None:
    found = load_classifier(str(save_ir()), "cpu")
    assert found.engine_name == "OpenVINO f32"
    assert found.input_size == (12, 20)
    assert torch.allclose(found.probabilities(batch), network(batch).softmax(1), atol=1e-5)


def test_notes_of_the_model_api_are_read(save_ir: Callable[..., Path]) -> None:
    notes = {
        "model_type": "Classification",
        "labels": "ant bee cat dog eel",
        "mean_values": "123.675 116.28 103.53",
        "scale_values": "58.395 57.12 57.375",
        "reverse_input_channels": "True",
        "resize_type": "standard",
    }
    found = load_classifier(str(save_ir(notes)), "cpu")
    assert found.labels == ("ant", "bee", "cat", "dog", "eel")
    assert found.settings["mean"] == pytest.approx((0.485, 0.456, 0.406))
    assert found.settings["std"] == pytest.approx((0.229, 0.224, 0.225))
    assert found.settings["resize"] == "squash"
    assert found.settings.known["mean"].source == "the file's notes"


def test_missing_weights_are_told(save_ir: Callable[..., Path]) -> None:
    path = save_ir()
    path.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match=r"its weights tiny\.bin are not beside it"):
        load_classifier(str(path), "cpu")


def test_truncated_files_are_told(save_ir: Callable[..., Path]) -> None:
    path = save_ir()
    whole = path.with_suffix(".bin").read_bytes()
    path.with_suffix(".bin").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cannot be read as OpenVINO IR"):
        load_classifier(str(path), "cpu")
    path.with_suffix(".bin").write_bytes(b"")
    with pytest.raises(ModelError, match="is empty"):
        load_classifier(str(path), "cpu")
    path.with_suffix(".bin").write_bytes(whole)
    path.write_text(path.read_text()[:500])
    with pytest.raises(ModelError, match="cannot be read as OpenVINO IR"):
        load_classifier(str(path), "cpu")


@pytest.mark.parametrize("suffix", [".xml", ".tflite"])
def test_files_of_another_kind_are_told(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"<html>not found</html>\n" * 9)
    path.with_suffix(".bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="cannot be read as") as raised:
        load_classifier(str(path), "cpu")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "dtype", "tolerance"), [("float", "float32", 1e-5), ("uint8", "uint8", 0.02)]
)
def test_tensorflow_lite_answers_in_its_own_numbers(
    kind: str, dtype: str, tolerance: float, weights: NDArray[np.float32]
) -> None:
    found = load_classifier(str(DATA / f"tiny_{kind}.tflite"), "cpu")
    assert found.engine_name == "OpenVINO f32"
    assert found.input_size == (12, 20)
    assert (found.settings["layout"], found.settings["dtype"]) == ("NHWC", dtype)
    assert found.settings["activation"] == "none"
    pictures = torch.rand(4, 3, 12, 20, generator=torch.Generator().manual_seed(0))
    pictures = pictures * torch.tensor([1.0, 0.6, 0.2, 0.9])[:, None, None, None]
    wanted = (pictures.mean((2, 3)) @ torch.from_numpy(weights)).softmax(1)
    given = pictures * 255 if dtype == "uint8" else pictures
    assert torch.allclose(found.probabilities(given), wanted, atol=tolerance)
