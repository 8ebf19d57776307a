"""Explain many pictures without a window: the work behind `fragscope explain`. No Qt."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fragscope_explainers import (
    load_classifier,
    methods,
    predict,
    read_image,
    resolve_target,
    top_classes,
)
from fragscope_explainers.access import refusal
from fragscope_explainers.classifiers.engines import on_picture, prepare_engine
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.probes import look_over
from fragscope_explainers.classifiers.sources.found import Report as Told
from fragscope_explainers.classifiers.sources.found import silent
from fragscope_explainers.classifiers.specs import without_secrets
from fragscope_explainers.counts import Window
from fragscope_explainers.errors import (
    FragScopeError,
    ParameterError,
    UnknownNameError,
    UnsupportedError,
)
from fragscope_explainers.explainer import Explainer, planned_steps
from fragscope_explainers.parameters import parameters
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FillName, Precision, Request

from .reports import write_report
from .results import MethodResult, ModelFacts, Report
from .runs import MethodRun, RunState

_REFRESH = 0.5
MODEL = "model"
"""Where `--set` takes a setting of the model instead of a method's."""
DEFAULT_METHODS = ("mfpp", "rise", "grad-cam")


class Progress(Protocol):
    """Told how far a picture's methods are."""

    def start(self, label: str, total: int) -> None:
        """A method begins that takes `total` steps."""

    def update(self, done: int, total: int, note: str) -> None:
        """It has taken `done` of `total` steps, which may turn out fewer than planned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with every picture.

    Attributes
    ----------
    spec : the model, as given on the command line.
    explainers : the methods with their parameters.
    target : "top1", an index or a class name.
    """

    spec: str
    explainers: Sequence[Explainer]
    target: str = "top1"
    seed: int = 0
    fill: FillName = "mean"
    command: str = ""
    curves: bool = True
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture: a folder and its report, or the sentence that says why not."""

    path: Path
    folder: Path | None = None
    report: Report | None = None
    error: str = ""


def make_explainers(
    names: Sequence[str], masks: int | None, settings: Mapping[str, Mapping[str, str]]
) -> list[Explainer]:
    """Make the named methods with the parameters that the command line gave.

    Parameters
    ----------
    masks : for every method that counts masks, 0 for auto, or None for its own default.
    settings : texts by method and parameter; they win over `masks`.

    Raises
    ------
    UnknownNameError
        A method or parameter is unknown, or one is set for a method that does not run.
    ParameterError
        A value does not suit, or a method is named twice.
    """
    for name in names:
        methods.method(name)
        if list(names).count(name) > 1:
            raise ParameterError(tr("the method '{name}' is named twice; name it once", name=name))
    for name in settings:
        if name not in (*names, MODEL):
            raise ParameterError(
                tr(
                    "--set names '{name}', which is not among the methods to run: {names}",
                    name=name,
                    names=", ".join(names),
                )
            )
    return [_make_explainer(name, masks, settings.get(name, {})) for name in names]


def parse_settings(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Read texts of the form METHOD.FIELD=VALUE, or model.FIELD=VALUE.

    Raises
    ------
    ParameterError
        A text has another form.
    """
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        method, dot, field = key.strip().rpartition(".")
        if not (equals and dot and method and field):
            raise ParameterError(
                tr(
                    "'{text}' is not METHOD.FIELD=VALUE, such as mfpp.keep=0.4; "
                    "see 'fragscope methods' for the fields",
                    text=text,
                )
            )
        found.setdefault(method, {})[field] = value.strip()
    return found


def load(
    spec: str,
    device: str,
    target: str,
    settings: Mapping[str, str] | None = None,
    *,
    trusted: bool = False,
    report: Told = silent,
) -> LoadedClassifier:
    """Load a classifier and see at once whether it knows the target.

    Parameters
    ----------
    settings : texts by the names of the model's settings.
    trusted : whether a file or code that runs a program may be loaded.
    report : told how far a download is.

    Raises
    ------
    FragScopeError
        The model cannot be loaded, or has no such class.
    """
    classifier = load_classifier(spec, device, settings, trusted=trusted, report=report)
    resolve_target(target, classifier.labels, np.zeros(len(classifier.labels)))
    return classifier


def possible(
    explainers: Sequence[Explainer], classifier: LoadedClassifier, *, all_of_them: bool
) -> list[Explainer]:
    """The methods that a classifier can be explained by.

    Parameters
    ----------
    all_of_them : whether each was asked for by its name, so that none may be left out.

    Raises
    ------
    UnsupportedError
        One of those asked for needs more than the classifier offers.
    """
    refused = {e.name: why for e in explainers if (why := refusal(e.name, e.access, classifier))}
    if refused and all_of_them:
        raise UnsupportedError(next(iter(refused.values())))
    return [explainer for explainer in explainers if explainer.name not in refused]


def fast_engine(classifier: LoadedClassifier, precision: Precision = "f32") -> str:
    """Give a classifier its fastest engine before the first picture; what is amiss, or nothing."""
    try:
        return prepare_engine(classifier, precision)
    except FragScopeError as error:
        return tr(
            "{error}; {engine_name} answers instead, which takes longer",
            error=error,
            engine_name=classifier.engine_name,
        )


def report_folders(paths: Sequence[Path], out: Path) -> list[Path]:
    """A folder of its own for every picture: its stem, numbered where two share one."""
    names: dict[str, str] = {}
    for path in paths:
        stem = path.stem.strip(". ") or "picture"
        numbered = (f"{stem}-{number}" for number in itertools.count(2))
        name = next(n for n in itertools.chain([stem], numbered) if n.lower() not in names)
        names[name.lower()] = name
    return [out / name for name in names.values()]


def explain_pictures(
    paths: Sequence[Path], out: Path, classifier: LoadedClassifier, plan: Plan, progress: Progress
) -> Iterator[Outcome]:
    """Explain pictures one after another; a picture that fails does not stop the others."""
    for path, folder in zip(paths, report_folders(paths, out), strict=True):
        try:
            report = explain_picture(path, classifier, plan, progress)
            yield Outcome(path, write_report(report, folder), report)
        except FragScopeError as error:
            yield Outcome(path, error=str(error))
        except MemoryError:
            yield Outcome(
                path, error=tr("{path}: memory ran out; make the picture smaller", path=path)
            )
        except Exception as error:  # noqa: BLE001  # the other pictures are still to be done
            what = f"{type(error).__name__}: {error}"
            yield Outcome(
                path,
                error=tr(
                    "{path}: this stopped on an unexpected error: {what}", path=path, what=what
                ),
            )


def differing_windows(outcomes: Sequence[tuple[tuple[str, str, int], Window]]) -> str:
    """A sentence where pictures with counts of one kind were seen through different windows.

    Parameters
    ----------
    outcomes : kind of the counts and window of each picture that has counts.
    """
    found: dict[tuple[str, str, int], dict[str, int]] = {}
    for kind, window in outcomes:
        listed = found.setdefault(kind, {})
        listed[window.text] = listed.get(window.text, 0) + 1
    several = next((listed for listed in found.values() if len(listed) > 1), None)
    if several is None:
        return ""
    usual = max(several, key=lambda text: several[text])
    return tr(
        "pictures of one kind were seen through {count} different windows, so equal numbers look "
        "different in them; --window {usual} would show all alike",
        count=len(several),
        usual=usual,
    )


def window_of(outcome: Outcome) -> list[tuple[tuple[str, str, int], Window]]:
    """Kind of the counts and window of a picture that was explained; none where it has 8 bits."""
    image = outcome.report.model_input.image if outcome.report is not None else None
    counts = image.counts if image is not None else None
    return [] if counts is None else [(counts.kind, counts.window)]


def explain_picture(
    path: Path, classifier: LoadedClassifier, plan: Plan, progress: Progress
) -> Report:
    """Run all methods of a plan on one picture.

    Raises
    ------
    FragScopeError
        The picture, the model or a method fails.
    """
    model_input = classifier.preprocessing.apply(read_image(path, plan.window))
    probabilities = predict(classifier, model_input).numpy()
    top = top_classes(probabilities)
    target = resolve_target(plan.target, classifier.labels, probabilities)
    request = Request(model_input, target, seed=plan.seed, fill=plan.fill, refresh=_REFRESH)
    if classifier.findings is None:
        classifier.findings = look_over(classifier, model_input)
    asked = on_picture(classifier, model_input)
    runs = (
        MethodRun(asked, request, e, live_curves=False, full_curves=plan.curves)
        for e in plan.explainers
    )
    probability = float(probabilities[target])
    results = [MethodResult(_run(run, progress), probability) for run in runs]
    return Report(
        model_input,
        model_facts(classifier, plan.spec),
        [(index, float(probabilities[index])) for index in top],
        results,
        plan.seed,
        plan.fill,
        plan.command,
    )


def model_facts(classifier: LoadedClassifier, spec: str) -> ModelFacts:
    """What a report says of a loaded classifier."""
    return ModelFacts(
        without_secrets(spec),
        classifier.name,
        classifier.weights_hash,
        classifier.preprocessing.describe(),
        str(classifier.device),
        classifier.labels,
        classifier.settings.describe(),
        classifier.settings.labels,
        classifier.findings or (),
        classifier.origin,
    )


def _run(run: MethodRun, progress: Progress) -> RunState:
    progress.start(run.explainer.label, planned_steps(run.explainer))
    state = next(run)
    for state in run:
        progress.update(state.snapshot.done, state.snapshot.total, state.stage.value)
    return state


def _make_explainer(name: str, masks: int | None, texts: Mapping[str, str]) -> Explainer:
    known = {p.name: p for p in parameters(methods.method(name).load())}
    values: dict[str, Any] = {}
    if masks is not None and "masks" in known and (masks or known["masks"].zero):
        values["masks"] = masks
    for field, text in texts.items():
        if field not in known:
            raise UnknownNameError(tr("parameter of {name}", name=name), field, known)
        values[field] = known[field].parse(text)
    return methods.create(name, **values)
