"""Every error that FragScope raises on purpose: one sentence that says what and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from .translation import Said, tr

Name = TypeVar("Name", bound=str)
_MOST_LISTED = 20


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


class SessionError(FragScopeError):
    """A session file cannot be read or written."""


class UnknownNameError(FragScopeError):
    """A name is not among the known ones; the text lists them and suggests the nearest.

    Parameters
    ----------
    kind : what the name should have named, such as "method".
    name : what the caller gave.
    choices : the known names.
    about : a few words about some of them, which are listed with the name.
    """

    def __init__(
        self, kind: str, name: str, choices: Iterable[str], about: Mapping[str, str] | None = None
    ) -> None:
        known, words = list(choices), about or {}
        nearest = _nearest(name, known)
        listed = _listed([f"{c} ({words[c]})" if c in words else c for c in known])
        if nearest:
            listed = f"{listed[0].upper()}{listed[1:]}"
            text = tr(", did you mean {nearest}? {listed}", nearest=nearest, listed=listed)
        else:
            text = f"; {listed}"
        super().__init__(tr("unknown {kind} '{name}'{text}", kind=kind, name=name, text=text))


def one_of(kind: str, name: str, choices: Sequence[Name]) -> Name:
    """The choice of this name.

    Raises
    ------
    UnknownNameError
        There is none.
    """
    for choice in choices:
        if choice == name:
            return choice
    raise UnknownNameError(kind, name, choices)


def first_line(error: BaseException) -> str:
    """The first line that an error of another library says, or its kind where it says nothing.

    A sentence of our own stays as it is, so that `mark` finds what it is in English.
    """
    if isinstance(error, FragScopeError) and error.args and isinstance(error.args[0], Said):
        return error.args[0]
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


def _nearest(name: str, known: list[str]) -> str:
    """The most similar names as a phrase: one of a few, up to three of many."""
    by_lower = {choice.lower(): choice for choice in known}
    most = 3 if len(known) > _MOST_LISTED else 1
    found = difflib.get_close_matches(name.lower(), by_lower, n=most, cutoff=0.5)
    return tr(" or ").join(f"'{by_lower[near]}'" for near in found)


def _listed(known: list[str]) -> str:
    if not known:
        return tr("there is none to choose from")
    if len(known) > _MOST_LISTED:
        some = ", ".join(known[:3])
        return tr("there are {count:,} to choose from, such as {some}", count=len(known), some=some)
    return tr("choose from {names}", names=", ".join(known))
