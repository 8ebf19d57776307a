"""ONNX files: OpenVINO on the CPU, ONNX Runtime on NVIDIA's GPUs and where OpenVINO cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torch import nn

from ...errors import ModelError
from ...translation import mark
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
    found = _on_processor(path, digest)
    return replace(found, notes=(_without_gpu(found),)) if cuda else found


def _on_processor(path: Path, digest: str) -> Found:
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


def _without_gpu(found: Found) -> str:
    """Why a GPU that was asked for is not used, and what to install."""
    engine = "" if isinstance(found.model, nn.Module) else found.model.name
    command = "pip install fragscope[onnx-gpu]"
    if onnxruntime_runner.is_installed():  # both packages hold the same files
        return mark(
            "{engine} answers on the processor, because the ONNX Runtime here cannot use NVIDIA's "
            "GPU: pip uninstall onnxruntime, then {command}",
            engine=engine,
            command=command,
        )
    return mark(
        "{engine} answers on the processor, because ONNX Runtime is not there to use NVIDIA's GPU: "
        "{command}",
        engine=engine,
        command=command,
    )


def _by_onnxruntime(path: Path, digest: str, *, cuda: bool) -> Found:
    runner = OnnxRuntimeRunner(path, cuda=cuda)
    facts = input_facts(runner.shape, runner.element, mark("the file's input"))
    notes = mark("the file's notes")
    facts |= facts_in(runner.metadata, notes)
    return Found(runner, path.stem, facts, labels_in(runner.metadata, notes), digest)


def _side_files(path: Path) -> list[Path]:
    """Files beside a model that hold its weights: model.onnx.data, model.onnx_data."""
    names = (path.name + ".data", path.name + "_data", path.stem + ".data")
    return [path.with_name(name) for name in names if path.with_name(name).is_file()]
