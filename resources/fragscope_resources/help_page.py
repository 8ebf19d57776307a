"""The help: topics with a picture each, and where the pictures lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

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


def topics() -> tuple[Topic, ...]:
    """All pages, in the order in which people need them."""
    page = files("fragscope_resources").joinpath("help.md").read_text(encoding="utf-8")
    parts = (part.split("\n", 1) for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:])
    return tuple(Topic(title.strip(), text.strip()) for title, text in parts)
