from __future__ import annotations

from pathlib import Path

import pytest

from fragscope_explainers.classifiers import onnxruntime_runner
from fragscope_explainers.classifiers.onnxruntime_runner import OnnxRuntimeRunner
from fragscope_explainers.errors import ModelError


def test_a_gpu_without_its_package_is_told(tmp_path: Path) -> None:
    if onnxruntime_runner.offers_cuda():
        pytest.skip("ONNX Runtime can use a GPU here")
    with pytest.raises(ModelError, match=r"pip install fragscope\[onnx-gpu\]"):
        OnnxRuntimeRunner(tmp_path / "x.onnx", cuda=True)


def test_without_the_package_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime_runner, "find_spec", lambda name: None)
    assert not onnxruntime_runner.is_installed()
    assert not onnxruntime_runner.offers_cuda()
