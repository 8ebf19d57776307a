"""FragScope beside its peers: seconds, memory and quality of maps of the same photos.

    python tests/benchmarks/peers.py [--masks 500] [--photos FOLDER] [--cores 1] [--peers captum]
                                     [--environments FOLDER]

Every peer from the package index gets a virtual environment of its own, made at the first call
(some minutes and 4 GB in all) and kept. Each explanation runs in a process of its own, after a
warm-up: the seconds leave out imports, loading and conversion of the model, the memory is the peak
of the whole process. One scorer, FragScope's, draws the deletion and insertion curves of all maps.
Peers run as they come, in batches of 8 where they leave that to their user. FragScope sets threads
and allocator as its program does, and has its queries answered by OpenVINO. OpenVINO left alone
computes in bf16 where the processor has it, as in openvino-xai; so both also run in the other
precision. `engine` tells which it was.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any, get_args

import numpy as np
import platformdirs

from fragscope_explainers import (
    FragScopeError,
    Request,
    TorchClassifier,
    curve,
    load_classifier,
    predict,
    read_image,
)
from fragscope_explainers.classifiers.engines import PictureClassifier, on_picture, prepare_engine
from fragscope_explainers.types import CurveKind, FloatArray
from fragscope_resources.samples import sample

_CHECKOUT = Path(__file__).resolve().parents[2]
_WORKERS = Path(__file__).resolve().parent / "peer_workers"
_CONSTRAINTS = _CHECKOUT / "packaging" / "constraints.txt"
_PATIENCE = 3600.0
_DIGITS = {
    "forwards": None,
    "seconds": 2,
    "processor_seconds": 2,
    "peak_mib": None,
    "warm_mib": None,
    "deletion": 4,
    "insertion": 4,
}


@dataclass(frozen=True)
class Peer:
    """One program to compare, and its worker script.

    Attributes
    ----------
    packages : what to install from the package index; none where this environment has it all.
    needs_fragscope : whether the worker takes the model from FragScope, or reads its conversion.
    """

    name: str
    worker: str
    methods: tuple[str, ...]
    packages: tuple[str, ...] = ()
    needs_fragscope: bool = True

    @property
    def requirements(self) -> list[str]:
        """What pip is told to install; torch by its exact version, lest a CUDA build comes."""
        if not self.needs_fragscope:
            return list(self.packages)
        pins = _CONSTRAINTS.read_text().splitlines()
        torch = next(line for line in pins if line.startswith("torch=="))
        return ["-c", str(_CONSTRAINTS), torch, "-e", str(_CHECKOUT), *self.packages]


PEERS = (
    Peer("fragscope", "run_fragscope.py", ("mfpp", "rise", "mfpp bf16", "rise bf16")),
    Peer("published", "run_published.py", ("rise-loop", "mfpp-loop")),
    Peer(
        "captum",
        "run_captum.py",
        ("feature-ablation", "lime", "kernel-shap"),
        ("captum", "scikit-learn"),
    ),
    Peer("xaitk-saliency", "run_xaitk.py", ("rise",), ("xaitk-saliency",)),
    Peer(
        "openvino-xai",
        "run_openvino_xai.py",
        ("rise", "aise", "rise f32", "aise f32"),
        ("openvino-xai",),
        needs_fragscope=False,
    ),
)
_REFERENCE = ("fragscope", "mfpp")


class PeerError(Exception):
    """A peer cannot be installed or run; the text says why in one sentence."""


@dataclass(frozen=True)
class Photo:
    """A photo with what the workers are told of it, and what scores their maps."""

    path: Path
    values: Path
    request: Request
    classifier: PictureClassifier

    def scores(self, saliency: FloatArray) -> dict[str, float]:
        """Deletion and insertion AUC of a map."""
        found = {}
        for kind in get_args(CurveKind):
            *_, last = curve(kind, self.classifier, self.request, saliency)
            found[kind] = float(last.auc or 0.0)
        return found


@dataclass
class Outcome:
    """Figures of one method of one peer, one entry a photo, or why there are none."""

    peer: Peer
    method: str
    figures: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    def mean(self, name: str) -> float:
        return mean(float(figures[name]) for figures in self.figures)

    def line(self, masks: int, reference: Outcome | None) -> dict[str, Any]:
        """What is printed, with the ratios to FragScope's MFPP in the same run."""
        head: dict[str, Any] = {"figure": "peers", "peer": self.peer.name, "method": self.method}
        if self.error:
            return head | {"error": self.error}
        head |= {"version": self.figures[0]["version"], "engine": self.figures[0]["engine"]}
        head |= {"photos": len(self.figures), "masks": masks}
        head |= {name: round(self.mean(name), digits) for name, digits in _DIGITS.items()}
        for ratio, name in (("seconds", "seconds"), ("memory", "peak_mib")):
            over = self.mean(name) / reference.mean(name) if reference else None
            head[f"{ratio}_over_fragscope"] = over and round(over, 2)
        return head


def finish(*command: str | Path) -> str:
    """Run a program and return what it printed.

    Raises
    ------
    PeerError
        It failed or took too long.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise PeerError(f"it was stopped after {_PATIENCE:.0f} seconds") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
        raise PeerError(f"it ended with code {done.returncode} and said: {said[-1].strip()[:300]}")
    return done.stdout


def interpreter(peer: Peer, folder: Path) -> Path:
    """The Python that has the peer; its virtual environment is made where it is not there yet.

    Raises
    ------
    PeerError
        It cannot be made.
    """
    if not peer.packages:
        return Path(sys.executable)
    home = folder / peer.name
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    installed, wanted = home / "installed.txt", "\n".join(peer.requirements)
    if not (installed.exists() and installed.read_text() == wanted):
        tell(f"{peer.name}: installing")
        finish(sys.executable, "-m", "venv", "--clear", home)
        finish(python, "-m", "pip", "install", "--quiet", *peer.requirements)
        installed.write_text(wanted)  # last, so that half an environment is made anew
    return python


def prepare(paths: Sequence[Path], work: Path) -> list[Photo]:
    """Photos with their targets; inputs and the converted model are written for the workers."""
    classifier = load_classifier(device="cpu")
    prepare_engine(classifier)  # workers take the conversion from the cache
    convert(classifier, work / "model.xml")
    photos = []
    for index, path in enumerate(paths):
        model_input = classifier.preprocessing.apply(read_image(path))
        request = Request(model_input, int(predict(classifier, model_input).argmax()))
        values = work / f"{index}.npy"
        np.save(values, model_input.values)
        photos.append(Photo(path, values, request, on_picture(classifier, model_input)))
    return photos


def convert(classifier: TorchClassifier, path: Path) -> None:
    """Write the model in OpenVINO's format, f32, for one image at a time."""
    import openvino
    import torch

    module = copy.deepcopy(classifier.module).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    shape = [1, 3, *classifier.input_size]
    with redirect_stdout(sys.stderr):
        model = openvino.convert_model(module, example_input=torch.zeros(shape))
    model.reshape(shape)
    openvino.save_model(model, path, compress_to_fp16=False)


def explain(outcome: Outcome, python: Path, photo: Photo, masks: int) -> dict[str, Any]:
    """Figures of one method on one photo.

    Raises
    ------
    PeerError
        The worker failed.
    """
    out = photo.values.with_suffix(".map.npy")
    told = {
        "method": outcome.method,
        "masks": masks,
        "target": photo.request.target,
        "photo": photo.path,
        "values": photo.values,
        "model": photo.values.with_name("model.xml"),
        "out": out,
    }
    options = [part for name, value in told.items() for part in (f"--{name}", str(value))]
    printed = finish(python, _WORKERS / outcome.peer.worker, *options)
    saliency = np.load(out)
    if not np.isfinite(saliency).all():
        raise PeerError("its map has values that are not finite")
    found: dict[str, Any] = json.loads(printed.strip().rpartition("\n")[2])
    return found | photo.scores(saliency)


def compare(
    photos: Sequence[Photo], peers: Sequence[Peer], folder: Path, masks: int
) -> list[Outcome]:
    """Outcomes of all methods. All take turns on a photo, so that a busy spell hits them alike."""
    pythons: dict[str, Path] = {}
    outcomes = [Outcome(peer, method) for peer in peers for method in peer.methods]
    for peer in peers:
        with reported(*(outcome for outcome in outcomes if outcome.peer is peer)):
            pythons[peer.name] = interpreter(peer, folder)
    for photo in photos:
        for outcome in outcomes:
            if outcome.error:
                continue
            tell(f"{photo.path.name}: {outcome.peer.name} {outcome.method}")
            with reported(outcome):
                python = pythons[outcome.peer.name]
                outcome.figures.append(explain(outcome, python, photo, masks))
    return outcomes


@contextmanager
def reported(*outcomes: Outcome) -> Iterator[None]:
    """Keep the failure of a peer for its lines, so that the others go on."""
    try:
        yield
    except (PeerError, FragScopeError, OSError, ValueError) as error:
        for outcome in outcomes:
            outcome.error = str(error)


def tell(text: str) -> None:
    """Say on the standard error what is going on."""
    print(text, file=sys.stderr, flush=True)


def confine(cores: int) -> None:
    """Keep this process and those that it starts to some of the processor's cores."""
    available = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, available[:cores])
    os.environ["OMP_NUM_THREADS"] = str(cores)


def pictures(folder: Path | None) -> list[Path]:
    """The photos of a folder, else two samples."""
    if folder is None:
        return [sample(name).path for name in ("coffee", "chelsea")]
    return sorted(p.resolve() for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg"))


def main() -> None:
    """Print one line for every method of every peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=500)
    parser.add_argument("--photos", type=Path, help="folder of .jpg; two samples if not given")
    parser.add_argument(
        "--cores", type=int, help="processor cores to use, on Linux; all if not given"
    )
    parser.add_argument("--peers", nargs="+", choices=[p.name for p in PEERS[1:]])
    default = Path(platformdirs.user_cache_dir("fragscope-peers", appauthor=False))
    parser.add_argument("--environments", type=Path, default=default)
    arguments = parser.parse_args()
    if arguments.cores:
        confine(arguments.cores)
    paths = pictures(arguments.photos)
    if not paths:
        parser.error(f"there is no .jpg in {arguments.photos}")
    asked = arguments.peers or [peer.name for peer in PEERS]
    peers = [peer for peer in PEERS if peer.name in (*asked, _REFERENCE[0])]
    with tempfile.TemporaryDirectory() as work:
        photos = prepare(paths, Path(work))
        folder = arguments.environments.resolve()
        outcomes = compare(photos, peers, folder, arguments.masks)
    reference = next(o for o in outcomes if (o.peer.name, o.method) == _REFERENCE)
    for outcome in outcomes:
        line = outcome.line(arguments.masks, None if reference.error else reference)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
