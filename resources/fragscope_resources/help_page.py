"""The help: topics with a picture each, and where the pictures lie."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

_log = logging.getLogger(__name__)
_HELP = Path(str(files("fragscope_resources").joinpath("help.md")))
PICTURES = Path(str(files("fragscope_resources").joinpath("pictures")))
"""Folder of the pictures, which `packaging/screenshots.py` grabs."""
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of the help.

    Attributes
    ----------
    title : what it is about.
    text : markdown, without the title; pictures are named as their files in PICTURES.
    """

    title: str
    text: str

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the files of its pictures."""
        return tuple(_PICTURE.findall(self.text))

    def has(self, words: str) -> bool:
        """Whether all words stand in title or text, in any order; parts of words count."""
        told = f"{self.title} {_PICTURE.sub('', self.text)}".casefold()
        return all(word in told for word in words.casefold().split())


def topics(language: str = "", folders: Iterable[Path] = ()) -> tuple[Topic, ...]:
    """All pages, in the order in which people need them; in English where there is no translation.

    Parameters
    ----------
    language : as in ``de`` or ``pt_BR``; without its region it serves as well.
    folders : where ``help.LANGUAGE.md`` is looked for before the folder of the English help.
    """
    for path in _translations(language, folders):
        try:
            found = _topics(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("%s cannot be read (%s); save it as UTF-8", path, error)
            continue
        if found:
            return found
        _log.warning("%s has no topics; each begins with a line '## Title'", path)
    return _topics(_HELP.read_text(encoding="utf-8"))


def _translations(language: str, folders: Iterable[Path]) -> Iterator[Path]:
    """Files that there are of the help in a language, the best first."""
    names = dict.fromkeys((language, language.split("_", maxsplit=1)[0])) if language else {}
    for folder in (*folders, _HELP.parent):
        paths = (folder / f"help.{name}.md" for name in names)
        yield from (path for path in paths if path.is_file())


def _topics(page: str) -> tuple[Topic, ...]:
    parts = (part.partition("\n") for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:])
    return tuple(Topic(title.strip(), text.strip()) for title, _, text in parts)
