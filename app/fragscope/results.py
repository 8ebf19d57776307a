"""What goes into a report: the results of methods on one picture by one model. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fragscope_explainers.explainer import Explainer
from fragscope_explainers.preprocessing import ModelInput
from fragscope_explainers.types import CurveKind, FloatArray

from .aspects import Aspect
from .colours import Display, Span
from .painting import PLAIN, Painting
from .runs import RunState, Stage

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.findings import Finding


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a report says of a model.

    Attributes
    ----------
    settings : value and source of every setting by its name, as texts.
    label_source : where the class names are known from.
    findings : what was seen when the model was looked over on its first picture.
    origin : where the weights come from and under which licence, as far as that is known.
    """

    spec: str
    name: str
    weights_sha256: str
    preprocessing: dict[str, Any]
    device: str
    labels: Sequence[str]
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    label_source: str = ""
    findings: Sequence[Finding] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A model and the picture as it sees it."""

    model: ModelFacts
    model_input: ModelInput


@dataclass(frozen=True, eq=False)
class MethodResult:
    """One method's last state, finished or not, and the probability of its target.

    Attributes
    ----------
    alias : name in files and tables, where two results come from one method.
    against : class whose map is subtracted, where the run answers for it.
    label, place : what the window calls the panel, and the number that chooses its colour.
    span : values that get the first and last colour, if not the map's own.
    asked : the model of this result, where it is not the report's.
    painting : how a map that is made of fragments is painted. Curves, areas and stability stay
        those of the target's own map.
    """

    state: RunState
    probability: float
    alias: str = ""
    against: int | None = None
    painting: Painting = PLAIN
    label: str = ""
    place: int | None = None
    span: Span | None = None
    asked: Asked | None = None

    @property
    def _aspect(self) -> Aspect:
        return Aspect(self.state.target, self.against, self.painting)

    @property
    def subtracted(self) -> int | None:
        """The class whose map is subtracted, or None where the map is the target's own."""
        return self._aspect.subtracted(self.state.snapshot)

    @property
    def is_repainted(self) -> bool:
        """Whether fragments are painted otherwise than the method does."""
        return self._aspect.is_repainted(self.state.snapshot)

    @cached_property
    def saliency(self) -> FloatArray:
        """The map that is exported, [h, w]."""
        found = self._aspect.saliency(self.state.snapshot)
        plain = found is None or self._aspect.is_plain(self.state.snapshot)
        return self.state.saliency if plain or found is None else found

    @property
    def note(self) -> str:
        """What is odd about the result, in a sentence; else empty."""
        return self.explainer.note(self.state.snapshot, self.state.target)

    @property
    def is_signed(self) -> bool:
        """Whether negative values of the map speak against the target."""
        return self._aspect.is_signed(self.state.snapshot)

    @property
    def standard_error(self) -> FloatArray | None:
        """Standard error of the map [h, w], or None where it cannot be told."""
        return self._aspect.standard_error(self.state.snapshot)

    @property
    def unit(self) -> str:
        """What the map's values are in."""
        return self._aspect.unit(self.explainer, self.state.snapshot)

    @property
    def title(self) -> str:
        """What figures call it."""
        return self.label or self.explainer.label

    @property
    def explainer(self) -> Explainer:
        return self.state.explainer

    @property
    def name(self) -> str:
        return self.alias or self.explainer.name

    @property
    def is_complete(self) -> bool:
        return self.state.stage is Stage.FINISHED and self.state.snapshot.is_final

    @property
    def masks(self) -> int:
        """Masked inputs scored; 0 for a method that uses none."""
        return self.state.snapshot.done if hasattr(self.explainer, "masks") else 0

    def auc(self, kind: CurveKind) -> float | None:
        """Area under one of the curves, or None where it is not complete."""
        curve = self.state.scored_curves.get(kind)
        return curve.auc if curve is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything that goes into a report folder."""

    model_input: ModelInput
    model: ModelFacts
    top: Sequence[tuple[int, float]]
    results: Sequence[MethodResult]
    seed: int
    fill: str
    command: str = ""
    display: Display = field(default_factory=Display)

    def label(self, target: int) -> str:
        return self.model.labels[target]

    def asked(self, result: MethodResult) -> Asked:
        """The model of a result: its own, or the report's."""
        return result.asked or Asked(self.model, self.model_input)

    def class_name(self, result: MethodResult, target: int) -> str:
        """Name of a class as the model of a result counts."""
        return self.asked(result).model.labels[target]
