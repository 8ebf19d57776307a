"""What the scripts share: the model on a photo, times in turns, processes of their own.

Import it before torch: it makes the process wait and keep memory as the program does. It imports
neither torch nor numpy by itself, so that the parent of measured processes stays small.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar, get_args

from fragscope_explainers.allocator import keep_large_buffers
from fragscope_explainers.threads import wait_politely

if TYPE_CHECKING:
    from torch import Tensor

    from fragscope_explainers import Image, Request, TorchClassifier
    from fragscope_explainers.classifiers.engines import PictureClassifier
    from fragscope_explainers.types import Precision

wait_politely()
keep_large_buffers()

EngineName = Literal["openvino", "torch"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
MASK_METHODS = ("mfpp", "rise")
_ON_CPU: tuple[tuple[EngineName, Precision], ...] = (
    ("torch", "f32"),
    ("openvino", "f32"),
    ("openvino", "bf16"),
)
_ON_GPU: tuple[tuple[EngineName, Precision], ...] = (
    ("torch", "f32"),
    ("torch", "bf16"),
    ("torch", "fp16"),
)

_P = ParamSpec("_P")
_T = TypeVar("_T")
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Subject:
    """A classifier as runs use it, and a request about a photo."""

    classifier: PictureClassifier
    request: Request

    @property
    def engine(self) -> str:
        """What answers."""
        return self.classifier.use.name

    def batch(self, images: int) -> Tensor:
        """The photo as the model sees it, so many times."""
        one = self.request.input.tensor(self.classifier.device)
        return one.repeat(images, 1, 1, 1)

    def forwards(self, batch: Tensor, images: int) -> None:
        """Ask for so many images in batches like this one, the last of them maybe shorter."""
        for done in range(0, images, len(batch)):
            self.classifier.probabilities(batch[: images - done])

    def run(self, method: str, masks: int) -> None:
        """Run a mask method to its end."""
        from fragscope_explainers import final, methods

        final(methods.create(method, masks=masks).explain(self.classifier, self.request))

    def with_batch_size(self, images: int | None) -> Subject:
        """The same with batches of a fixed length; None lets the classifier choose."""
        return Subject(self.classifier, replace(self.request, batch_size=images))


def photo(name: str = "coffee") -> Image:
    """A sample photo."""
    from fragscope_explainers import read_image
    from fragscope_resources.samples import sample

    return read_image(sample(name).path)


def subject(original: TorchClassifier, image: Image | None = None) -> Subject:
    """A classifier on a picture, after its first query.

    Raises
    ------
    ModelError
        The classifier's engine does not answer on this picture.
    """
    from fragscope_explainers import Request, predict
    from fragscope_explainers.classifiers.engines import on_picture
    from fragscope_explainers.errors import ModelError

    model_input = original.preprocessing.apply(image or photo())
    request = Request(model_input, int(predict(original, model_input).argmax()))
    found = Subject(on_picture(original, model_input), request)
    found.forwards(found.batch(1), 1)
    if found.classifier.use.note:
        raise ModelError(found.classifier.use.note)
    return found


def bundled(
    engine: EngineName = "openvino", device: str = "cpu", precision: Precision = "f32"
) -> TorchClassifier:
    """EfficientNet-Lite0 with its engine; on a GPU, torch is the engine.

    Raises
    ------
    ModelError
        There is no such engine here.
    """
    from fragscope_explainers import load_classifier
    from fragscope_explainers.classifiers.engines import prepare_engine

    original = load_classifier(device=device)
    if engine == "openvino" or original.device.type == "cuda":
        prepare_engine(original, precision)
    return original


def engines(device: str) -> list[Subject]:
    """EfficientNet-Lite0 on every engine of a device, torch in f32 first."""
    from fragscope_explainers.errors import ModelError

    found = []
    for engine, precision in _ON_CPU if device == "cpu" else _ON_GPU:
        try:
            found.append(subject(bundled(engine, device, precision)))
        except ModelError as error:
            print(f"left out: {engine} {precision}: {error}", file=sys.stderr)
    return found


def random_model(
    name: str, device: str = "cpu", precision: Precision = "f32", seed: int = 0
) -> TorchClassifier:
    """A torchvision model with random weights: its speed and memory are those of a trained one."""
    import torch

    from fragscope_explainers import Preprocessing, TorchClassifier
    from fragscope_explainers.classifiers.torch_engine import torch_engine
    from fragscope_explainers.classifiers.torchvision_compat import torchvision

    torch.manual_seed(seed)
    module = torchvision().models.get_model(name, weights=None)
    preprocessing = Preprocessing((224, 224), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    labels = [str(number) for number in range(1000)]
    original = TorchClassifier(module, labels, preprocessing, name, device)
    original.engine = torch_engine(original, precision)
    return original


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a piece of work; a GPU is waited for."""
    _wait_for_gpu()
    started = time.perf_counter()
    work()
    _wait_for_gpu()
    return time.perf_counter() - started


def in_turns(works: Mapping[_K, Callable[[], object]], rounds: int) -> dict[_K, list[float]]:
    """Seconds of every piece of work in each round; what slows the machine down hits all alike."""
    found: dict[_K, list[float]] = {key: [] for key in works}
    for _ in range(rounds):
        for key, work in works.items():
            found[key].append(seconds(work))
    return found


def rates(
    sizes: Mapping[Subject, Iterable[int]], images: int, rounds: int
) -> dict[tuple[str, int], list[float]]:
    """Images a second in each round of bare forwards, by engine and batch size.

    Parameters
    ----------
    sizes : batch sizes of every subject.
    images : how many to pass at a time, in whole batches and at least one.
    """
    works: dict[tuple[str, int], Callable[[], object]] = {}
    counts: dict[tuple[str, int], int] = {}
    for asked, size in ((asked, size) for asked, these in sizes.items() for size in these):
        key, batch = (asked.engine, size), asked.batch(size)
        counts[key] = size * max(1, images // size)
        works[key] = partial(asked.forwards, batch, counts[key])
        asked.forwards(batch, size)
    found = in_turns(works, rounds)
    return {key: [counts[key] / taken for taken in times] for key, times in found.items()}


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Median over rounds of one figure over another."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def against_bare(question: Subject, method: str, masks: int, repeats: int) -> dict[str, object]:
    """Wall time of whole runs over that of as many bare forwards in the same batches.

    Bare and masked runs alternate, through the same classifier. Where the request asks for no
    batch size, the one that the classifier starts with is used.
    """
    size = question.request.batch_size or question.classifier.batch_size
    asked, batch = question.with_batch_size(size), question.batch(size)
    asked.run(method, 2 * size)
    asked.forwards(batch, 2 * size)
    works: dict[str, Callable[[], object]] = {
        "bare": lambda: asked.forwards(batch, masks),
        "whole": lambda: asked.run(method, masks),
    }
    found = in_turns(works, repeats)
    pairs = list(zip(found["whole"], found["bare"], strict=True))
    return {
        "method": method,
        "engine": asked.engine,
        "batch_size": size,
        "masks": masks,
        "ratio": round(median_ratio(found["whole"], found["bare"]), 3),
        "ratios": [round(whole / bare, 3) for whole, bare in pairs],
        "masks_per_second": round(masks / statistics.median(found["whole"]), 1),
    }


def alone(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function of a script's top level in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def peak_mib() -> float:
    """Most memory that this process has had so far."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def show(figure: str, **values: object) -> None:
    """Print a figure as a line of JSON."""
    print(json.dumps({"figure": figure, **values}), flush=True)


def _wait_for_gpu() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.synchronize()
