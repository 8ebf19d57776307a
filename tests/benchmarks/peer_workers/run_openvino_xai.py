"""openvino-xai: RISE and AISE as black boxes on the converted model. FragScope is not needed.

A method's name may be followed by f32; without, OpenVINO chooses the precision.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from job import FloatArray, measure, read_job
from numpy.typing import NDArray

_CELLS = 7
_KERNEL_WIDTHS = 3  # of AISE's default preset; each is tried both ways, kept and dropped


class Probabilities:
    """Softmax of the logits, and how often it was asked for."""

    def __init__(self) -> None:
        self.forwards = 0

    def __call__(self, output: Mapping[Any, NDArray[Any]]) -> FloatArray:
        self.forwards += 1
        logits = output[0]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def main() -> None:
    """Explain one photo."""
    job = read_job()
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # no word over the network
    import openvino
    from openvino_xai.methods.black_box.aise.classification import AISEClassification
    from openvino_xai.methods.black_box.rise import RISE

    core, probabilities = openvino.Core(), Probabilities()
    name, _, precision = job.method.partition(" ")
    method = {"rise": RISE, "aise": AISEClassification}[name]
    model = core.read_model(job.model)
    explainer = method(model, probabilities)
    if precision:  # there is no public way to choose it
        hints = {"INFERENCE_PRECISION_HINT": precision}
        explainer._model_compiled = core.compile_model(model, "CPU", hints)
    batch = job.input()[None]

    def explain(masks: int) -> tuple[FloatArray, int]:
        before = probabilities.forwards
        found = explainer.generate_saliency_map(batch, [job.target], **_settings(name, masks))
        return found[job.target], probabilities.forwards - before

    used = explainer.model_compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    measure(job, "openvino-xai", lambda: f"OpenVINO {used}", explain)


def _settings(method: str, masks: int) -> dict[str, Any]:
    """About as many queries as masks; AISE's search spends its budget in rounds."""
    if method == "rise":
        return {"num_masks": masks, "num_cells": _CELLS}
    return {"num_iterations_per_kernel": max(masks // (2 * _KERNEL_WIDTHS), 1)}


if __name__ == "__main__":
    main()
