"""Milliseconds to show a finished MFPP run otherwise, without a model query. Target: 30 ms.

python tests/benchmarks/switching.py [--masks 1000] [--estimator assisted]

Another class for the first time, a contrast of two classes, other level weights, softer edges; the
median over classes.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence

import measuring

from fragscope_explainers import final, methods
from fragscope_explainers.estimators import ESTIMATORS

_CLASSES = range(100, 120)


def milliseconds(work: Callable[[int], object], classes: Sequence[int] = _CLASSES) -> float:
    """Median time of a piece of work over classes."""
    times = [measuring.seconds(lambda c=c: work(c)) for c in classes]  # type: ignore[misc]
    return round(1000 * statistics.median(times), 2)


def main() -> None:
    """Print one line for each way to look at a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--masks", type=int, default=1000)
    parser.add_argument("--estimator", choices=ESTIMATORS, default="assisted")
    arguments = parser.parse_args()
    asked = measuring.subject(measuring.bundled())
    explainer = methods.create("mfpp", masks=arguments.masks, estimator=arguments.estimator)
    snapshot = final(explainer.explain(asked.classifier, asked.request))
    target, weights = asked.request.target, (1.0, 0.5, 0.0, 0.5, 1.0)
    for name, work in (
        ("another class, its map, errors and stability", _look_at(snapshot)),
        ("contrast with another class", lambda c: snapshot.painted(target, against=c + 100)),
        ("other level weights", lambda c: snapshot.painted(target, weights=weights)),
        ("softer edges", lambda c: snapshot.painted(target, softness=1.0)),
    ):
        found = milliseconds(work)
        measuring.show(
            "switching", what=name, estimator=arguments.estimator, milliseconds=found, target=30
        )


def _look_at(snapshot: object) -> Callable[[int], object]:
    """Asks a snapshot for all that a panel shows of a class."""

    def look(target: int) -> None:
        for ask in ("saliency", "standard_error", "stability"):
            getattr(snapshot, ask)(target)

    return look


if __name__ == "__main__":
    main()
