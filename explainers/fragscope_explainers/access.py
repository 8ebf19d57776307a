"""What methods need of a classifier, and why one cannot give it. Nothing here imports torch."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .registry import Method, methods
from .translation import tr
from .types import Access, Classifier, DifferentiableClassifier

ONLY_ANSWERS = tr("this model only answers with probabilities")
_STANDBYS = ("integrated-gradients", "mfpp", "rise")
"""What is recommended in the place of a method, best first, as far as the classifier allows."""
_MOST_STANDBYS = 2


@runtime_checkable
class Frank(Protocol):
    """A classifier that tells why it cannot give something."""

    def why_not(self, access: Access) -> str:
        """Why methods cannot have this of the model, as a clause; empty where they can."""


def why_not(classifier: Classifier, access: Access) -> str:
    """Why a classifier cannot give methods what they need, as a clause; empty where it can."""
    if isinstance(classifier, Frank):
        return classifier.why_not(access)
    is_open = access == "probabilities" or isinstance(classifier, DifferentiableClassifier)
    return "" if is_open else ONLY_ANSWERS


def refusal(name: str, access: Access, classifier: Classifier) -> str:
    """Why a method of this need cannot explain a classifier, and the names of those that can.

    Empty where it can.
    """
    return _sentence(name, access, classifier, [entry.name for entry in _others(classifier)])


def why_unsupported(method: str, classifier: Classifier) -> str:
    """Why a method cannot explain a classifier, and which ones can, as the window calls them.

    Empty where it can. It asks the model nothing, so that menus may ask it at any time.

    Raises
    ------
    UnknownNameError
        There is no such method.
    """
    entry = methods.method(method)
    others = [other.label for other in _others(classifier)]
    return _sentence(entry.label, entry.access, classifier, others)


def _sentence(name: str, access: Access, classifier: Classifier, others: list[str]) -> str:
    why = why_not(classifier, access)
    if not why:
        return ""
    return tr(
        "{name} needs the model's {access}, and {why}; choose {others}",
        name=name,
        access=access,
        why=why,
        others=" or ".join(others),
    )


def _others(classifier: Classifier) -> list[Method]:
    known = [methods.method(name) for name in _STANDBYS]
    return [entry for entry in known if not why_not(classifier, entry.access)][:_MOST_STANDBYS]
