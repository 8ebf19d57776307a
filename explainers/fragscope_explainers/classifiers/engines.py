"""Faster engines behind a torch classifier, trusted only where they agree with it.

A run starts on torch. Once an engine is there, the queries of a picture go to it, provided that
it gives the same answer as torch on that very picture; else torch goes on, with a note why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from ..batching import BatchTuner, Work, is_out_of_memory
from ..errors import FragScopeError, ModelError, first_line
from ..preprocessing import ModelInput, Preprocessing
from ..translation import mark, tr
from ..types import Access, Classifier, Precision
from .black_box import BlackBoxClassifier
from .loaded import LoadedClassifier
from .openvino_engine import NotFiniteError, largest_difference, openvino_engine
from .runner_engine import runner_engine
from .torch_classifier import TorchClassifier
from .torch_engine import torch_engine

TOLERANCE: dict[Precision, float] = {"f32": 1e-3, "bf16": 0.1, "fp16": 0.1}
"""Largest difference of a probability from torch in f32 at which an engine is trusted.

The short formats are asked for by name, and differ by up to some hundredths where they are sound.
"""


class Engine(Protocol):
    """Answers a model's queries faster than torch does."""

    @property
    def name(self) -> str:
        """What reports and the window call it."""

    @property
    def precision(self) -> Precision:
        """Arithmetic it computes in."""

    @property
    def tuner(self) -> BatchTuner:
        """Finds the batch size that suits it."""

    def probabilities(self, batch: Tensor) -> Tensor:
        """Probabilities [B, C] of preprocessed images [B, channels, h, w]."""


@dataclass(frozen=True, slots=True)
class EngineUse:
    """Which engine answers, and a sentence where it is not the one that was hoped for."""

    name: str
    note: str = ""


def prepare_engine(classifier: LoadedClassifier, precision: Precision = "f32") -> str:
    """Give a classifier a faster engine. Takes seconds; may run on any thread.

    On the CPU that is OpenVINO. On a GPU torch itself is fast; it becomes an engine of its own
    for a short format or several GPUs. A file that a runner answers gets one for a short format.

    Returns
    -------
    A sentence where f32 has to take the place of the precision, else nothing.

    Raises
    ------
    ModelError
        There is none; the sentence says why. The classifier works on.
    """
    try:
        if isinstance(classifier, BlackBoxClassifier):
            classifier.engine = runner_engine(classifier, precision)
            if classifier.engine is None and precision != "f32":
                return tr("{name} answers in its own precision", name=classifier.name)
        elif not isinstance(classifier, TorchClassifier):
            return (
                ""
                if precision == "f32"
                else tr("{name} answers in its own precision", name=classifier.name)
            )
        elif classifier.device.type == "cpu":
            classifier.engine = openvino_engine(classifier, precision)
        elif classifier.device.type == "cuda":
            classifier.engine = torch_engine(classifier, precision)
    except NotFiniteError:
        return ""  # whoever asks the model says so, and what to do
    except FragScopeError:
        raise
    except Exception as error:  # any model and any converter may be at work here
        raise ModelError(
            tr(
                "no faster engine can be made of {name} ({reason})",
                name=classifier.name,
                reason=first_line(error),
            )
        ) from error
    used = "f32" if classifier.engine is None else classifier.engine.precision
    return (
        ""
        if used == precision
        else tr("{precision} cannot be computed here, so f32 is used", precision=precision)
    )


class PictureClassifier:
    """A classifier whose queries about one picture go to its engine, if both agree on it.

    The engine may be given to the classifier at any time, even amid a run. Used by one thread.
    """

    def __init__(self, original: LoadedClassifier, model_input: ModelInput) -> None:
        self.original = original
        self._input = model_input
        self._engine: Engine | None = None
        self._refused: Engine | None = None
        self._note = ""

    @property
    def labels(self) -> Sequence[str]:
        return self.original.labels

    @property
    def input_size(self) -> tuple[int, int]:
        return self.original.input_size

    @property
    def device(self) -> torch.device:
        return self.original.device

    @property
    def batch_size(self) -> int:
        return self.tuner("forward").size

    @property
    def preprocessing(self) -> Preprocessing:
        return self.original.preprocessing

    @property
    def use(self) -> EngineUse:
        """What answers at the moment."""
        return EngineUse(
            self._engine.name if self._engine else self.original.engine_name, self._note
        )

    def why_not(self, access: Access) -> str:
        return self.original.why_not(access)

    def tuner(self, work: Work) -> BatchTuner:
        if work == "forward" and self._engine is not None:
            return self._engine.tuner
        return self.original.tuner(work)

    def probabilities(self, batch: Tensor) -> Tensor:
        engine = self._trusted()
        if engine is None:
            return self.original.probabilities(batch)
        try:
            return engine.probabilities(batch)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise
            self._refuse(engine, mark("stopped on an error ({reason})", reason=first_line(error)))
            return self.original.probabilities(batch)

    def _trusted(self) -> Engine | None:
        """The engine, once it is there and has been compared on the picture."""
        offered = self.original.engine
        if offered is None or offered is self._engine or offered is self._refused:
            return self._engine
        batch = self._input.tensor(self.device)[None]
        expected = self.original.probabilities(batch)
        try:
            found = offered.probabilities(batch)
        except RuntimeError as error:
            self._refuse(
                offered, mark("fails on this picture ({reason})", reason=first_line(error))
            )
            return None
        difference = largest_difference(found, expected)
        same_class = bool(found.argmax() == expected.argmax())
        if difference <= TOLERANCE[offered.precision] and same_class:
            self._engine, self._note = offered, ""
        else:
            what = (
                mark("differ by {difference:.2g}", difference=difference)
                if same_class
                else mark("name another class")
            )
            self._refuse(
                offered, mark("gives probabilities that {what} on this picture", what=what)
            )
        return self._engine

    def _refuse(self, engine: Engine, why: str) -> None:
        self._engine, self._refused = None, engine
        instead = self.original.engine_name
        self._note = mark(
            "{name} {why}, so {instead} answers instead; its maps take longer",
            name=engine.name,
            why=why,
            instead=instead,
        )


class OpenPictureClassifier(PictureClassifier):
    """One whose gradients and layers white-box methods may use."""

    original: TorchClassifier

    @property
    def module(self) -> nn.Module:
        return self.original.module

    def logits(self, batch: Tensor) -> Tensor:
        return self.original.logits(batch)


def on_picture(original: LoadedClassifier, model_input: ModelInput) -> PictureClassifier:
    """The classifier as methods use it on one picture."""
    is_open = isinstance(original, TorchClassifier)
    return (OpenPictureClassifier if is_open else PictureClassifier)(original, model_input)


def engine_use(classifier: Classifier) -> EngineUse:
    """Which engine answers a classifier's queries at the moment."""
    if isinstance(classifier, PictureClassifier):
        return classifier.use
    if isinstance(classifier, LoadedClassifier):
        return EngineUse(classifier.engine_name)
    return EngineUse("")
