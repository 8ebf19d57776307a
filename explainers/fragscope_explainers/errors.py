"""Every error that FragScope raises on purpose: one sentence that says what and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FragScopeError(Exception):
    """Base of all expected errors; its text is shown to the user as it is."""


class ImageError(FragScopeError):
    """A picture cannot be read or explained."""


class ModelError(FragScopeError):
    """A classifier cannot be loaded, or its output cannot be used."""


class ParameterError(FragScopeError):
    """A parameter has a value that its method does not accept."""


class UnsupportedError(FragScopeError):
    """A method needs something that this classifier does not offer."""


class ReportError(FragScopeError):
    """A report cannot be written."""


class UnknownNameError(FragScopeError):
    """A name is not among the known ones; the text lists them and suggests the nearest.

    Parameters
    ----------
    kind : what the name should have named, such as "method".
    name : what the caller gave.
    choices : the known names.
    """

    def __init__(self, kind: str, name: str, choices: Iterable[str]) -> None:
        known = list(choices)
        super().__init__(f"unknown {kind} '{name}'{_nearest(name, known)}; {_listed(known)}")


def _nearest(name: str, known: list[str]) -> str:
    by_lower = {choice.lower(): choice for choice in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f", did you mean '{by_lower[found[0]]}'?" if found else ""


def _listed(known: list[str], most: int = 20) -> str:
    if not known:
        return "there is none to choose from"
    rest = f" and {len(known) - most} more" if len(known) > most else ""
    return "choose from " + ", ".join(known[:most]) + rest
