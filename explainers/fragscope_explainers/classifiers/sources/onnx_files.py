"""ONNX files: OpenVINO on the CPU, ONNX Runtime on NVIDIA's GPUs and where OpenVINO cannot."""

from __future__ import annotations

from pathlib import Path

from ...errors import ModelError
from ...translation import tr
from .. import onnxruntime_runner
from ..onnxruntime_runner import OnnxRuntimeRunner
from ..specs import ModelSpec
from .found import Found, Order
from .input_facts import input_facts
from .metadata import facts_in, labels_in
from .model_files import model_file, sha256
from .openvino_files import found_by_openvino


def find(spec: ModelSpec, order: Order) -> Found:
    """Load an ONNX file.

    Raises
    ------
    ModelError
        Nothing that is installed can read it, or it takes no pictures.
    """
    path = model_file(spec)
    digest = sha256(path, *_side_files(path))
    cuda = order.device.type == "cuda"
    if spec.weights:
        return _by_onnxruntime(path, digest, cuda=cuda)
    if cuda and onnxruntime_runner.offers_cuda():
        return _by_onnxruntime(path, digest, cuda=True)
    try:
        return found_by_openvino(path, digest)
    except ModelError:
        if not onnxruntime_runner.is_installed():
            raise
        try:
            return _by_onnxruntime(path, digest, cuda=False)
        except ModelError:
            pass
        raise  # what OpenVINO says names the file and what to do


def _by_onnxruntime(path: Path, digest: str, *, cuda: bool) -> Found:
    runner = OnnxRuntimeRunner(path, cuda=cuda)
    facts = input_facts(runner.shape, runner.element, tr("the file's input"))
    notes = tr("the file's notes")
    facts |= facts_in(runner.metadata, notes)
    return Found(runner, path.stem, facts, labels_in(runner.metadata, notes), digest)


def _side_files(path: Path) -> list[Path]:
    """Files beside a model that hold its weights: model.onnx.data, model.onnx_data."""
    names = (path.name + ".data", path.name + "_data", path.stem + ".data")
    return [path.with_name(name) for name in names if path.with_name(name).is_file()]
