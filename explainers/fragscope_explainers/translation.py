"""Messages in people's own language: every sentence that they read passes through `tr`.

English is the source and needs no catalogue. A translation is a gettext catalogue,
``LANGUAGE/LC_MESSAGES/fragscope.mo`` in one of the folders of `folders`; the language is that of
the environment (``FRAGSCOPE_LANGUAGE``, else what gettext itself reads: ``LANGUAGE``, ``LC_ALL``,
``LC_MESSAGES``, ``LANG``), chosen with the first message and kept for the process. So modules may
translate while they are imported.

What programs read stays as it is: names of methods, parameters, settings and columns. A text that
is both kept in files and shown to people is made by `mark`: it is English, the same in every
language, and `shown` says it to people.
"""

from __future__ import annotations

import gettext
import logging
import os
import struct
from functools import cache
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
DOMAIN = "fragscope"
"""Name of the catalogues."""
LANGUAGE_VARIABLE = "FRAGSCOPE_LANGUAGE"
"""Language to speak whatever the system's is, as in ``de`` or ``pt_BR``."""
FOLDER_VARIABLE = "FRAGSCOPE_LOCALE"
"""A folder of catalogues that is looked at first: a translator's own."""


def tr(message: str, /, **values: Any) -> str:
    """Say a message in people's language.

    Parameters
    ----------
    message : English text; places for values are named in braces, as ``str.format`` has them.
        It must be written out where `tr` is called, so that it can be collected.
    values : what to put into the places.
    """
    text = _filled(_catalogue().gettext(message), message, values)
    return _said(text, message, values, message)


def trn(one: str, many: str, count: int, /, **values: Any) -> str:
    """Say a message about a number of things; ``{count}`` stands for the number.

    Parameters
    ----------
    one, many : English text for one thing, and for any other number.
    count : how many there are; languages choose among their plurals by it.
    """
    english, values = (one if count == 1 else many), {"count": count, **values}
    text = _filled(_catalogue().ngettext(one, many, count), english, values)
    return _said(text, english, values)


class Marked(str):
    """English text that `shown` can say in people's language, made by `mark`."""

    message: str
    values: dict[str, Any]


class Said(str):
    """Text in people's language, made by `tr`, that knows what it is in English."""

    english: str


def mark(message: str, /, **values: Any) -> str:
    """English text that is kept, compared and written to files; `shown` translates it.

    Parameters
    ----------
    message, values : as `tr` takes them; values may be marked texts themselves. One that `tr` made,
        such as the sentence of an error, is put in as it is in English.
    """
    told = _in_english(values)
    text = Marked(message.format(**told) if told else message)
    text.message, text.values = message, told
    return text


def shown(text: str) -> str:
    """Say a marked text in people's language.

    A text that was read from a file is no longer marked; it is translated where it holds no values.
    """
    if not isinstance(text, Marked):
        return tr(text) if text else ""
    values = {
        name: shown(value) if isinstance(value, Marked) else value
        for name, value in text.values.items()
    }
    return tr(text.message, **values)


def language() -> str:
    """The language that is spoken, as in ``de`` or ``pt_BR``; empty for English, the source."""
    return _catalogue().info().get("language", "")


def folders() -> tuple[Path, ...]:
    """Where catalogues are looked for, the first that has the language wins."""
    own = os.environ.get(FOLDER_VARIABLE)
    shipped = Path(__file__).with_name("locale")
    return (Path(own), shipped) if own else (shipped,)


def _said(text: str, english: str, values: dict[str, Any], message: str = "") -> str:
    """A text with its English one, which `shown` can say again where its message is known."""
    found = Said(text)
    if message:
        found.english = mark(message, **values)
    else:
        told = _in_english(values)
        found.english = english.format(**told) if told else english
    return found


def _in_english(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _english(value) for name, value in values.items()}


def _english(value: Any) -> Any:
    """What `tr` made, or an error that says it, in English; of an error nothing but its words."""
    if isinstance(value, Exception):
        value = value.args[0] if value.args and isinstance(value.args[0], Said) else str(value)
    return value.english if isinstance(value, Said) else value


def _filled(text: str, english: str, values: dict[str, Any]) -> str:
    """The text with its values; where a translation names a place that is none, in English."""
    if not values:
        return text
    try:
        return text.format(**values)
    except (LookupError, ValueError, AttributeError):
        return english.format(**values)


@cache
def _catalogue() -> gettext.NullTranslations:
    own = os.environ.get(LANGUAGE_VARIABLE)
    for folder in folders():
        try:
            return gettext.translation(DOMAIN, folder, languages=[own] if own else None)
        except FileNotFoundError:  # no such language here
            continue
        except (OSError, ValueError, LookupError, struct.error) as error:  # as gettext reads them
            _log.warning(
                "a catalogue in %s cannot be read (%s), so English is spoken; compile it again",
                folder,
                error,
            )
    return gettext.NullTranslations()
