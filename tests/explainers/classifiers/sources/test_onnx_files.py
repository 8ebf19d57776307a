from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from fragscope_explainers.classifiers import onnxruntime_runner
from fragscope_explainers.classifiers.black_box import BlackBoxClassifier
from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.sources.found import Order
from fragscope_explainers.classifiers.sources.onnx_files import find
from fragscope_explainers.classifiers.specs import parse_spec
from fragscope_explainers.errors import ModelError

Save = Callable[..., Path]
NAMES = "{0: 'ant', 1: 'bee', 2: 'cat', 3: 'dog', 4: 'eel'}"


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
@pytest.mark.parametrize(
    ("shape", "element", "layout", "dtype"),
    [
        (("n", 3, 12, 20), TensorProto.FLOAT, "NCHW", "float32"),
        ((1, 3, 12, 20), TensorProto.FLOAT, "NCHW", "float32"),
        ((4, 12, 20, 3), TensorProto.UINT8, "NHWC", "uint8"),
        (("n", 12, 20, 3), TensorProto.FLOAT, "NHWC", "float32"),
        ((1, 3, 12, 20), TensorProto.FLOAT16, "NCHW", "float16"),
        (("n", 3, 12, 20), TensorProto.DOUBLE, "NCHW", "float32"),
    ],
)
def test_shape_and_type_are_read_and_answers_are_right(
    engine: str,
    shape: tuple[Any, ...],
    element: int,
    layout: str,
    dtype: str,
    save_onnx: Save,
    weights: NDArray[np.float32],
) -> None:
    path = save_onnx(shape, element)
    found = load_classifier(f"{path}{engine}", "cpu")
    assert isinstance(found, BlackBoxClassifier)
    assert found.engine_name == ("ONNX Runtime" if engine else "OpenVINO f32")
    assert found.input_size == (12, 20)
    assert (found.settings["layout"], found.settings["dtype"]) == (layout, dtype)
    assert not {"size", "channels", "layout", "dtype"} & set(found.settings.guessed)
    pictures = torch.rand(5, 3, 12, 20) * (255 if dtype == "uint8" else 1)
    given = pictures.round() if dtype == "uint8" else pictures
    wanted = (given.mean((2, 3)) @ torch.from_numpy(weights)).softmax(1)
    assert torch.allclose(found.probabilities(pictures), wanted, atol=2e-3)


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
def test_class_names_are_read_from_the_notes(engine: str, save_onnx: Save) -> None:
    found = load_classifier(f"{save_onnx(notes={'names': NAMES})}{engine}", "cpu")
    assert found.labels == ("ant", "bee", "cat", "dog", "eel")
    assert found.settings.labels == "the file's notes (names)"


def test_a_size_that_may_vary_is_guessed_and_can_be_set(save_onnx: Save) -> None:
    path = save_onnx(("n", 3, "h", "w"))
    assert "size" in load_classifier(str(path), "cpu").settings.guessed
    assert load_classifier(str(path), "cpu", {"size": "32x48"}).input_size == (32, 48)


def test_probabilities_in_the_file_are_seen(save_onnx: Save) -> None:
    found = load_classifier(str(save_onnx(end="Softmax")), "cpu")
    assert found.outputs.activation == "none"


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
def test_several_inputs_are_refused(engine: str, save_onnx: Save) -> None:
    path = save_onnx(inputs=2)
    with pytest.raises(ModelError, match=r"takes 2 inputs \(x, x1\).*takes one"):
        load_classifier(f"{path}{engine}", "cpu")


def test_an_input_that_is_no_picture_is_refused(save_onnx: Save) -> None:
    seven = numpy_helper.from_array(np.ones((7, 5), np.float32), "w")
    with pytest.raises(ModelError, match="no axis of 1 to 4 channels"):
        load_classifier(str(save_onnx((1, 7, 12, 20), tensor=seven)), "cpu")


@pytest.mark.parametrize("content", [b"text\n" * 99, b"PK\x03\x04" + bytes(99)])
def test_files_of_another_kind_are_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read as ONNX") as raised:
        load_classifier(str(tmp_path / "x.onnx"), "cpu")
    assert "\n" not in str(raised.value)


def test_a_truncated_file_is_told(save_onnx: Save) -> None:
    path = save_onnx()
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(ModelError, match=r"cannot be read as ONNX.*save or download it again"):
        load_classifier(str(path), "cpu")


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty.onnx").touch()
    (tmp_path / "folder.onnx").mkdir()
    for name, text in (("empty", "is empty"), ("folder", "is a folder"), ("none", "no such model")):
        with pytest.raises(ModelError, match=text):
            load_classifier(str(tmp_path / f"{name}.onnx"), "cpu")


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
@pytest.mark.parametrize("where", ["relative", "absolute", "link"])
def test_weights_outside_the_models_folder_are_not_read(
    engine: str, where: str, save_onnx: Save, tmp_path: Path, weights: NDArray[np.float32]
) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(weights.tobytes())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.bin").symlink_to(secret)
    places = {"relative": "../secret.bin", "absolute": str(secret), "link": "link.bin"}
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=weights.shape, data_location=1)
    tensor.external_data.add(key="location", value=places[where])
    path = save_onnx(tensor=tensor, name="in/outside.onnx")
    with pytest.raises(ModelError, match=r"outside|escapes|not allowed|external data"):
        load_classifier(f"{path}{engine}", "cpu")


def test_an_unknown_operation_is_told(save_onnx: Save) -> None:
    with pytest.raises(
        ModelError, match=r"operations that OpenVINO cannot compute \(.*Odd"
    ) as raised:
        load_classifier(str(save_onnx(end="Odd")), "cpu")
    assert "\n" not in str(raised.value)


def test_onnx_runtime_steps_in_where_openvino_cannot(
    save_onnx: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ModelError("OpenVINO does not know the operation Odd")

    module = "fragscope_explainers.classifiers.sources.onnx_files"
    monkeypatch.setattr(f"{module}.found_by_openvino", fail)
    assert load_classifier(str(save_onnx()), "cpu").engine_name == "ONNX Runtime"
    monkeypatch.setattr(onnxruntime_runner, "is_installed", lambda: False)
    with pytest.raises(ModelError, match="the operation Odd"):
        load_classifier(str(save_onnx()), "cpu")


def test_a_missing_onnx_runtime_is_told(save_onnx: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install fragscope\[onnx\]"):
        load_classifier(f"{save_onnx()}@onnxruntime", "cpu")


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
def test_threads_may_ask_at_once(engine: str, save_onnx: Save) -> None:
    found = load_classifier(f"{save_onnx()}{engine}", "cpu")
    batches = [torch.full((3, 3, 12, 20), float(n)) for n in range(16)]
    wanted = [found.probabilities(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(found.probabilities, batches))
    assert all(torch.equal(a, w) for a, w in zip(answers, wanted, strict=True))


def test_weights_beside_the_file_belong_to_its_hash(save_onnx: Save) -> None:
    path = save_onnx()
    alone = load_classifier(str(path), "cpu").weights_hash
    path.with_name("tiny.onnx.data").write_bytes(b"weights")
    assert load_classifier(str(path), "cpu").weights_hash != alone


@pytest.mark.parametrize("engine", ["", "@onnxruntime"])
@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((1, 3, 100_000, 100_000), "pictures of 100,000 x 100,000, and 4,096 x 4,096 are the most"),
        ((1 << 30, 3, 12, 20), "takes 1,073,741,824 pictures at once"),
        ((512, 3, 4096, 4096), "takes 512 pictures at once"),
    ],
)
def test_a_declared_shape_cannot_fill_the_memory(
    engine: str, shape: tuple[int, ...], said: str, save_onnx: Save
) -> None:
    with pytest.raises(ModelError, match=said):
        load_classifier(f"{save_onnx(shape)}{engine}", "cpu")


def test_a_large_input_is_looked_at_with_one_picture(save_onnx: Save) -> None:
    found = load_classifier(str(save_onnx(("n", 3, 1024, 1024))), "cpu")
    assert found.input_size == (1024, 1024)
    assert len(found.labels) == 5


@pytest.mark.parametrize("installed", [True, False])
def test_a_gpu_that_is_not_used_is_told(
    installed: bool, save_onnx: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime_runner, "offers_cuda", lambda: False)
    monkeypatch.setattr(onnxruntime_runner, "is_installed", lambda: installed)
    path = save_onnx()
    asked = Order(torch.device("cuda"))
    (note,) = find(parse_spec(str(path)), asked).notes
    assert note.startswith("OpenVINO f32 answers on the processor, because ")
    assert note.endswith("pip install fragscope[onnx-gpu]")
    assert ("pip uninstall onnxruntime, then" in note) == installed
    assert not find(parse_spec(str(path)), Order(torch.device("cpu"))).notes
