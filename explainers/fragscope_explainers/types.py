"""The values that cross module and thread borders. All are frozen; none imports torch.

Arrays are read-only float32 unless said. Shapes use H and W for rows and columns, in the order
(row, column); points use (x, y).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .errors import UnknownNameError

if TYPE_CHECKING:
    import torch

    from .preprocessing import ModelInput

FloatArray = NDArray[np.float32]
RankArray = NDArray[np.int32]
FillName = Literal["mean", "black", "blur"]
CurveKind = Literal["deletion", "insertion"]
Access = Literal["probabilities", "logits", "gradients", "layers"]
"""What a method asks of a classifier; each of the last two includes those before it."""
Precision = Literal["f32", "bf16", "fp16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@runtime_checkable
class Classifier(Protocol):
    """All that a black-box method may touch."""

    @property
    def labels(self) -> Sequence[str]:
        """Name of every class, in output order."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Rows and columns of the model's input."""

    @property
    def device(self) -> torch.device:
        """Where batches are expected."""

    @property
    def batch_size(self) -> int:
        """Images a batch that suit this model and device; a hint."""

    def probabilities(self, batch: torch.Tensor) -> torch.Tensor:
        """Probabilities [B, C] in [0, 1] of a batch [B, 3, H, W] of preprocessed images."""


@runtime_checkable
class DifferentiableClassifier(Classifier, Protocol):
    """A classifier whose gradients and layers a white-box method may use."""

    @property
    def module(self) -> torch.nn.Module:
        """The network, in evaluation mode."""

    def logits(self, batch: torch.Tensor) -> torch.Tensor:
        """Scores [B, C] before the softmax, differentiable."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One question: which parts of this input made the classifier say `target`?

    Attributes
    ----------
    input : picture, model input and the geometry between them.
    target : index of the class to explain.
    seed : seed of every random choice; the same seed gives the same map.
    fill : what replaces a dropped pixel.
    watch : further classes that methods with per-class cost should keep maps of.
    batch_size : images a batch, or None for the classifier's own hint. Never changes the result.
    refresh : least seconds between two fresh snapshots; 0 makes every batch give one.
    """

    input: ModelInput
    target: int
    seed: int = 0
    fill: FillName = "mean"
    watch: tuple[int, ...] = ()
    batch_size: int | None = None
    refresh: float = 0.1

    @property
    def classes(self) -> tuple[int, ...]:
        """The target and the watched classes, each once, target first."""
        return tuple(dict.fromkeys((self.target, *self.watch)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot(ABC):
    """State of a run after `done` of `total` steps; the last one is the result.

    Attributes
    ----------
    done, total : steps taken and planned: masks, noisy samples or path points.
    forwards, backwards : images passed through the model in each direction so far.
    """

    done: int
    total: int
    forwards: int
    backwards: int = 0

    @property
    def is_signed(self) -> bool:
        """Whether negative values mean evidence against the class."""
        return False

    @property
    @abstractmethod
    def targets(self) -> Container[int]:
        """Classes that `saliency` can answer for."""

    @abstractmethod
    def saliency(self, target: int) -> FloatArray:
        """Saliency map [H, W] on the model-input grid; greater means more evidence for `target`.

        Raises
        ------
        UnknownNameError
            The run kept no map of this class.
        """

    def contrast(self, target: int, against: int) -> FloatArray:
        """What speaks for one class rather than another, [H, W]: their maps' difference.

        Positive means more evidence for `target`, negative more for `against`. An unsigned map has
        no zero of its own, so each is taken about its mean; else all pixels of one would speak for
        the more probable class.

        Raises
        ------
        UnknownNameError
            The run kept no map of one of them.
        """
        difference = self.saliency(target) - self.saliency(against)
        return read_only(difference if self.is_signed else difference - difference.mean())

    def standard_error(self, target: int) -> FloatArray | None:
        """Standard error [H, W] of the map in its own unit, or None where the method has none."""
        return None

    def stability(self, target: int) -> float | None:
        """Split-half reliability of the map in [0, 1], or None before it can be told."""
        return None

    @property
    def is_final(self) -> bool:
        """Whether the run has taken all its steps."""
        return self.done >= self.total


@dataclass(frozen=True, eq=False, kw_only=True)
class MapSnapshot(Snapshot):
    """A snapshot that holds one finished array for each class it was asked about."""

    maps: Mapping[int, FloatArray]
    signs: bool = False
    reliabilities: Mapping[int, float] = field(default_factory=dict)

    @property
    def is_signed(self) -> bool:
        return self.signs

    @property
    def targets(self) -> Container[int]:
        return self.maps.keys()

    def saliency(self, target: int) -> FloatArray:
        if target not in self.maps:
            raise UnknownNameError("target", str(target), [str(t) for t in self.maps])
        return self.maps[target]

    def stability(self, target: int) -> float | None:
        return self.reliabilities.get(target)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A deletion or insertion curve, complete or still being drawn.

    Attributes
    ----------
    kind : "deletion" (lower area is better) or "insertion" (higher area is better).
    fractions : share of pixels deleted or inserted, from 0 to 1, [S + 1].
    scores : probability of the target, [done + 1] of them so far.
    fill : what deleted pixels become, or what insertion starts from.
    tied_fraction : share of pixels whose saliency is not unique, so that a seeded draw decided.
    ranks : [h, w], read-only: place of every pixel in the order in which they are taken, -1 for
        borders around the picture, which are not; or None where that was not kept.
    """

    kind: CurveKind
    fractions: FloatArray
    scores: FloatArray
    fill: FillName
    tied_fraction: float
    ranks: RankArray | None = None

    @property
    def is_complete(self) -> bool:
        return len(self.scores) == len(self.fractions)

    @property
    def auc(self) -> float | None:
        """Area under the complete curve in [0, 1] by the trapezoid rule, else None."""
        if not self.is_complete:
            return None
        heights = (self.scores[1:] + self.scores[:-1]) / 2  # numpy 1 has no np.trapezoid
        return float(heights @ np.diff(self.fractions))


def read_only(array: NDArray[Any]) -> FloatArray:
    """Return the array as contiguous float32 that nobody can write to."""
    frozen = np.ascontiguousarray(array, dtype=np.float32)
    if frozen.flags.writeable:
        frozen = frozen.copy() if frozen is array or frozen.base is not None else frozen
        frozen.flags.writeable = False
    return frozen
