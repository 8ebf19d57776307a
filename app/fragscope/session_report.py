"""A report of what a session shows. No widgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fragscope_explainers.errors import ParameterError

from .batch import model_facts
from .colours import Display
from .panels import Panel
from .results import MethodResult, Report
from .session import Session


def session_report(session: Session, display: Display, only: int | None = None) -> Report:
    """Gather the newest results of all panels, or of one.

    Panels of one method get numbered names, so that none hides another.

    Raises
    ------
    ParameterError
        There is no result yet.
    """
    prediction, classifier = session.prediction, session.classifier
    panels = [p for p in session.panels if p.state is not None and only in (None, p.number)]
    if prediction is None or classifier is None or not panels:
        raise ParameterError("there is nothing to export yet; open a picture and run a method")
    top = [(index, float(prediction.probabilities[index])) for index in prediction.top]
    results = list(_results(session, panels))
    return Report(
        prediction.model_input,
        model_facts(classifier, session.model_spec),
        top,
        results,
        session.seed,
        "mean",
        command="exported from the window",
        display=display,
    )


def _results(session: Session, panels: list[Panel]) -> Iterator[MethodResult]:
    counts: Counter[str] = Counter()
    for panel in panels:
        if panel.state is None or session.prediction is None:
            continue
        name = panel.method.name
        counts[name] += 1
        alias = f"{name}-{counts[name]}" if counts[name] > 1 else name
        probability = float(session.prediction.probabilities[panel.state.target])
        yield MethodResult(panel.state, probability, alias, session.against, session.painting)
