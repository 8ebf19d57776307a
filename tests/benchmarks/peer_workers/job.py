"""What the workers of `peers.py` share: the job, the clock and the scale.

Runs in environments that lack FragScope and torch, so only numpy is imported at the top.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fragscope_explainers import ModelInput, TorchClassifier

FloatArray = NDArray[np.float32]
TORCH_BATCH = 8
"""Images a batch where a peer leaves it to its user: on a CPU, larger ones are slower."""
_WARM_MASKS = 16
_RESIDENT = "VmRSS"
_PEAK = "VmHWM"


@dataclass(frozen=True)
class Job:
    """One photo to explain by one method.

    Attributes
    ----------
    method : one of the worker's methods.
    masks : masked inputs that the method may query, where it has such a number.
    target : index of the class to explain.
    photo : the picture.
    values : .npy file with the model's input, float32 [3, h, w]; 0 is the mean colour.
    model : the model in OpenVINO's format, which answers with logits.
    out : .npy file to write the saliency map [h, w] to.
    """

    method: str
    masks: int
    target: int
    photo: Path
    values: Path
    model: Path
    out: Path

    def input(self) -> FloatArray:
        """The model's input, float32 [3, h, w]."""
        return np.asarray(np.load(self.values), np.float32)


def read_job() -> Job:
    """The job that the command line names."""
    parser = argparse.ArgumentParser()
    for name in ("method", "photo", "values", "model", "out"):
        parser.add_argument(f"--{name}", type=str if name == "method" else Path, required=True)
    for name in ("masks", "target"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return Job(**vars(parser.parse_args()))


def classifier_and_input(job: Job) -> tuple[TorchClassifier, ModelInput]:
    """The torch model and its input, where FragScope is installed."""
    from fragscope_explainers import load_classifier, read_image

    classifier = load_classifier(device="cpu")
    return classifier, classifier.preprocessing.apply(read_image(job.photo))


def measure(
    job: Job,
    package: str,
    engine: Callable[[], str],
    explain: Callable[[int], tuple[NDArray[Any], int]],
) -> None:
    """Explain with a few masks to warm up, then in earnest; save the map and print the figures.

    Parameters
    ----------
    package : whose version to tell.
    engine : names what computed the queries; asked at the end.
    explain : takes a number of masks; returns the map [h, w] and the forwards it took.
    """
    explain(_WARM_MASKS)
    idle = _kibibytes(_RESIDENT)
    started, started_cpu = time.perf_counter(), time.process_time()
    saliency, forwards = explain(job.masks)
    seconds, cpu = time.perf_counter() - started, time.process_time() - started_cpu
    peak = _kibibytes(_PEAK)
    np.save(job.out, np.asarray(saliency, np.float32))
    figures = {
        "version": version(package),
        "engine": engine(),
        "forwards": forwards,
        "seconds": seconds,
        "processor_seconds": cpu,
        "peak_mib": peak / 1024,
        "warm_mib": idle / 1024,
    }
    print(json.dumps(figures))


def _kibibytes(field: str) -> int:
    """Resident memory of this process now, or at its peak.

    On Linux, `ru_maxrss` counts the peak of the process that started this one, too.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak
