"""OpenVINO on the CPU: several times faster than torch for queries that need no gradient.

The live torch module is converted, not its source: first by tracing, and where that fails or
answers differently for another batch length (as for vision transformers), by `torch.export`. What
was converted is kept on disk by the hash of the weights.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..batching import BatchTuner
from ..errors import ModelError, first_line
from ..translation import tr
from ..types import Precision
from .engine_cache import EngineCache
from .module_copy import free_copy
from .outputs import Outputs

if TYPE_CHECKING:
    from .torch_classifier import TorchClassifier

_FORMAT = "2"
_MODEL_FILE = "model.xml"
_BATCH, _SMALLEST_BATCH, _LARGEST_BATCH = 8, 4, 64
_CAPABILITY: dict[Precision, str] = {"f32": "FP32", "bf16": "BF16", "fp16": "FP16"}
_MOST_DIFFERENCE = 1e-3
"""Largest difference of probabilities between the conversion and the original, in f32."""


class OpenVinoEngine:
    """A compiled model that answers with probabilities. Safe to use from any thread.

    Attributes
    ----------
    name : what reports and the window call it.
    precision : arithmetic it computes in.
    """

    def __init__(self, compiled: Any, precision: Precision, outputs: Outputs) -> None:
        self.precision: Precision = precision
        self._outputs = outputs
        self.name = f"OpenVINO {precision}"
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()
        self._tuner = BatchTuner(_BATCH, _SMALLEST_BATCH, _LARGEST_BATCH)

    @property
    def tuner(self) -> BatchTuner:
        """Finds the batch size that suits this engine and machine."""
        return self._tuner

    def probabilities(self, batch: Tensor) -> Tensor:
        """Probabilities [B, C] of preprocessed images [B, channels, h, w] on the CPU."""
        values = _padded(batch.detach()).contiguous().numpy()
        with self._lock:
            answer = self._request.infer({0: values}, share_inputs=True, share_outputs=True)[0]
            logits = torch.from_numpy(np.asarray(answer, np.float32))[: len(batch)]
            return self._outputs.probabilities(logits)

    def warm_up(self, shape: tuple[int, int, int]) -> None:
        """Answer the batches that a run starts with, so that its first snapshot does not wait."""
        for images in (1, self._tuner.size):
            self.probabilities(torch.zeros(images, *shape))


def openvino_engine(
    classifier: TorchClassifier, precision: Precision = "f32", cache: EngineCache | None = None
) -> OpenVinoEngine:
    """Convert a classifier's module, or take the conversion kept on disk.

    Where the processor does not know the precision, f32 takes its place.

    Raises
    ------
    ModelError
        OpenVINO is not there, cannot convert the model, or computes something else.
    """
    openvino = import_openvino()
    core = openvino.Core()
    precision = computable(core, precision)
    engine = _kept_or_converted(openvino, core, classifier, precision, cache or EngineCache())
    engine.warm_up(classifier.preprocessing.shape)
    return engine


def _kept_or_converted(
    openvino: Any, core: Any, classifier: TorchClassifier, precision: Precision, cache: EngineCache
) -> OpenVinoEngine:
    key = _key(classifier, openvino.get_version())
    kept = cache.find(key)
    if kept is not None:
        try:
            model = core.read_model(kept / _MODEL_FILE)
            return _compile(core, model, precision, classifier.outputs)
        except RuntimeError:  # written by something else that passed for it
            cache.drop(key)
    model = _convert(openvino, core, classifier)
    cache.store(
        key, lambda folder: openvino.save_model(model, folder / _MODEL_FILE, compress_to_fp16=False)
    )
    return _compile(core, model, precision, classifier.outputs)


def _padded(batch: Tensor) -> Tensor:
    """The batch filled up to a power of two: every new length costs OpenVINO a compilation."""
    missing = (1 << (len(batch) - 1).bit_length()) - len(batch)
    return torch.cat([batch, batch[:1].expand(missing, -1, -1, -1)]) if missing else batch


def largest_difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference between two answers; infinite where they have different shapes."""
    if found.shape != expected.shape:
        return float("inf")
    return float((found - expected).abs().max())


def computable(core: Any, precision: Precision) -> Precision:
    """The precision, or f32 where the processor does not know it."""
    known = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return precision if _CAPABILITY[precision] in known else "f32"


def import_openvino() -> Any:
    """Import OpenVINO without the package by which it reports its use over the network."""
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise ModelError(tr("OpenVINO cannot be loaded: {error}", error=error)) from None
    return openvino


def _key(classifier: TorchClassifier, version: str) -> str:
    """Changes with the weights, the layers, the form of inputs and outputs, and the converter."""
    digest = hashlib.sha256()
    asked = f"{classifier.preprocessing} {classifier.outputs}"
    layers, source = repr(classifier.module), _source(classifier.module)
    for text in (_FORMAT, version, torch.__version__, asked, layers, source):
        digest.update(text.encode() + b"\0")
    for name, tensor in classifier.module.state_dict().items():
        digest.update(name.encode() + b"\0")
        flat = tensor.detach().cpu().contiguous().view(-1)
        digest.update(flat.view(torch.uint8).numpy() if flat.numel() else b"")
    return digest.hexdigest()


def _source(module: nn.Module) -> str:
    """The code of a module's class, where there is any."""
    try:
        return inspect.getsource(type(module))
    except (OSError, TypeError):
        return type(module).__qualname__


class NotFiniteError(ModelError):
    """The model itself answers with NaN or infinity, so no engine can be compared with it."""


def _convert(openvino: Any, core: Any, classifier: TorchClassifier) -> Any:
    """The module as an OpenVINO model of any batch length that answers as the module does.

    A copy is converted, because the original may be at work on another thread meanwhile.
    """
    module = free_copy(classifier.network).cpu().float()
    module = module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    shape, outputs = classifier.preprocessing.shape, classifier.outputs
    noise = np.random.default_rng(0).standard_normal((3, *shape), dtype=np.float32)
    example = torch.from_numpy(noise) * classifier.preprocessing.range
    with torch.inference_mode():
        expected = outputs.probabilities(module(example))
    if not bool(torch.isfinite(expected).all()):
        raise NotFiniteError(
            tr(
                "no faster engine can be compared with {name}: it answers with NaN or infinity",
                name=classifier.name,
            )
        )
    reasons = []
    for route in (_trace, _export):
        try:
            model = _quietly(route, openvino, module, example[:2].clone())
            model.reshape([-1, *shape])
            found = _compile(core, model, "f32", outputs).probabilities(example)
        except Exception as error:  # noqa: BLE001  # converters raise anything
            reasons.append(first_line(error))
            continue
        difference = largest_difference(found, expected)
        if difference <= _MOST_DIFFERENCE:  # False for NaN, too
            return model
        reasons.append(tr("its probabilities differ by {difference:.2g}", difference=difference))
    raise ModelError(
        tr(
            "OpenVINO cannot take over {name} ({reasons})",
            name=classifier.name,
            reasons="; ".join(reasons),
        )
    )


def _trace(openvino: Any, module: nn.Module, example: Tensor) -> Any:
    return openvino.convert_model(module, example_input=example)


def _export(openvino: Any, module: nn.Module, example: Tensor) -> Any:
    batch = torch.export.Dim("batch", min=1, max=4096)
    exported = torch.export.export(module, (example,), dynamic_shapes=({0: batch},))
    return openvino.convert_model(exported)


def _quietly(route: Any, *arguments: Any) -> Any:
    """Call a converter without the notes that it prints for its own developers.

    Where it fails it would leave the program's log without its warnings.
    """
    root = logging.getLogger()
    level, filters = root.level, list(root.filters)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            return route(*arguments)
    finally:
        root.setLevel(level)
        root.filters[:] = filters


def _compile(core: Any, model: Any, precision: Precision, outputs: Outputs) -> OpenVinoEngine:
    return OpenVinoEngine(compiled(core, model, precision), precision, outputs)


def compiled(core: Any, model: Any, precision: Precision) -> Any:
    """A model made ready for the CPU in this precision."""
    hints = {"INFERENCE_PRECISION_HINT": precision.replace("fp16", "f16")}
    hints["PERFORMANCE_HINT"] = "LATENCY"  # all cores on one batch: answers come one by one
    return core.compile_model(model, "CPU", hints)
