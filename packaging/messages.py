"""Collect the messages that people read, and make catalogues of their translations.

    python packaging/messages.py collect FILE.pot       all messages, for translators
    python packaging/messages.py update LANGUAGE        begin a translation, or add new messages
    python packaging/messages.py compile LANGUAGE       make the catalogue that the program reads

Translations are ``explainers/fragscope_explainers/locale/LANGUAGE/LC_MESSAGES/fragscope.po``. To
see one before it is compiled into the program, let ``FRAGSCOPE_LOCALE`` name a folder of
catalogues and ``FRAGSCOPE_LANGUAGE`` a language.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.core import UnknownLocaleError
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("app/fragscope", "explainers/fragscope_explainers", "resources/fragscope_resources")
LOCALE = ROOT / "explainers" / "fragscope_explainers" / "locale"
KEYWORDS = {"tr": None, "trn": (1, 2), "mark": None}
_COMMENTS = ("Translators:",)


def collect() -> Catalog:
    """All messages of the program, with the places that say them."""
    catalogue = Catalog(project="FragScope", domain="fragscope", charset="utf-8")
    for source in SOURCES:
        found = extract_from_dir(
            ROOT / source, [("**.py", "python")], keywords=KEYWORDS, comment_tags=_COMMENTS
        )
        for name, line, message, comments, context in found:
            places = [(f"{source}/{name}", line)]
            catalogue.add(message, None, places, auto_comments=comments, context=context)
    return catalogue


def mistakes(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a translation: places for values that the English message has not."""
    for message in catalogue:
        known = {place for text in _texts(message.id) for place in _places(text)}
        for text in _texts(message.string):
            try:
                unknown = sorted(set(_places(text)) - known)
            except ValueError as error:
                yield f"'{text}': {error}"
                continue
            if unknown:
                yield f"'{text}' has the place {{{unknown[0]}}}, which the message has not"


def _texts(told: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def _places(text: str) -> Iterator[str]:
    """Names of the places for values; a ValueError where the braces are wrong."""
    return (name for _, name, _, _ in Formatter().parse(text) if name is not None)


def update(language: str, locale: Path = LOCALE) -> Path:
    """Write the translation's file with all messages; what is translated stays."""
    path = _po(language, locale)
    known = _read(path, language) if path.exists() else Catalog(language, domain="fragscope")
    known.update(collect(), no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, known, width=100, omit_header=False)
    return path


def compile_catalogue(language: str, locale: Path = LOCALE) -> Path:
    """Make the catalogue of a translation.

    Raises
    ------
    ValueError
        A translation does not fit its message.
    """
    source = _po(language, locale)
    catalogue = _read(source, language)
    wrong = list(mistakes(catalogue))
    if wrong:
        raise ValueError(f"{source.name}: " + "; ".join(wrong))
    path = source.with_suffix(".mo")
    with path.open("wb") as file:
        write_mo(file, catalogue)
    return path


def _po(language: str, locale: Path) -> Path:
    return locale / language / "LC_MESSAGES" / "fragscope.po"


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="fragscope")


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("collect", "update", "compile"))
    parser.add_argument("subject", metavar="FILE or LANGUAGE")
    arguments = parser.parse_args()
    try:
        if arguments.what == "collect":
            with Path(arguments.subject).open("wb") as file:
                write_po(file, collect(), width=100)
        else:
            does = update if arguments.what == "update" else compile_catalogue
            print(does(arguments.subject))
    except (OSError, ValueError, UnknownLocaleError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
