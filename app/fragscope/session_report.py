"""A report of what a session shows. No widgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.translation import tr

from .batch import model_facts
from .colours import Display, Span
from .panels import Panel
from .results import Asked, MethodResult, Report
from .session import Session


def session_report(
    session: Session,
    display: Display,
    only: int | None = None,
    spans: Mapping[int, Span] | None = None,
) -> Report:
    """Gather the newest results of all panels, or of one.

    Panels of one method get numbered names, so that none hides another.

    Parameters
    ----------
    only : number of a panel.
    spans : colour ranges by the panel's number, where the screen has given them already.

    Raises
    ------
    ParameterError
        There is no result yet, or one is of the picture through an earlier window.
    """
    prediction, classifier = session.prediction, session.classifier
    panels = [p for p in session.panels if p.state is not None and only in (None, p.number)]
    if prediction is None or classifier is None or not panels:
        raise ParameterError(tr("there is nothing to export yet; open a picture and run a method"))
    old = [p.number for p in panels if session.picture.is_outdated(p)]
    if old or not session.picture.is_current(prediction):
        raise ParameterError(_outdated(session, old))
    top = [(index, float(prediction.probabilities[index])) for index in prediction.top]
    results = list(_results(session, panels, spans or {}))
    return Report(
        prediction.model_input,
        model_facts(classifier, session.model_spec),
        top,
        results,
        session.seed,
        "mean",
        command=tr("exported from the window"),
        display=display,
    )


def _outdated(session: Session, numbers: list[int]) -> str:
    """A sentence about results that are of the picture through another window."""
    if not numbers:
        return tr("The window was set just now; export again once the model has answered.")
    names = ", ".join(session.names()[number] for number in numbers)
    return tr(
        "{names}: of an earlier window of the picture; run again or undo the window, then export.",
        names=names,
    )


def panel_aliases(session: Session) -> dict[int, str]:
    """Name of every panel in files and tables, by number: those of one method are counted."""
    names = Counter(panel.method.name for panel in session.panels)
    seen: Counter[str] = Counter()
    found: dict[int, str] = {}
    for panel in session.panels:
        name = panel.method.name
        seen[name] += 1
        found[panel.number] = f"{name}-{seen[name]}" if names[name] > 1 else name
    return found


def _results(
    session: Session, panels: list[Panel], spans: Mapping[int, Span]
) -> Iterator[MethodResult]:
    aliases, labels = panel_aliases(session), session.panels.names()
    for panel in panels:
        prediction, model = session.prediction_of(panel), session.model_name(panel)
        aspect = session.aspect_of(panel)
        if panel.state is None or prediction is None or aspect is None:
            continue
        yield MethodResult(
            panel.state,
            float(prediction.probabilities[panel.state.target]),
            aliases[panel.number],
            aspect.against,
            session.painting,
            f"{labels[panel.number]}, {model}" if model else labels[panel.number],
            panel.number,
            spans.get(panel.number),
            _own_model(session, panel),
        )


def _own_model(session: Session, panel: Panel) -> Asked | None:
    """The model of a panel and what it sees, or None where that is the window's."""
    prediction = session.prediction_of(panel)
    if panel.model is None or prediction is None:
        return None
    model = prediction.classifier.original
    spec = model.spec or session.shelf[panel.model].choice.spec
    return Asked(model_facts(model, spec), prediction.model_input)
