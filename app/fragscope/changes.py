"""What people change, told right before it happens so that it can be undone. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PartName = Literal[
    "model",
    "panels",
    "classes",
    "painting",
    "display",
    "pins",
    "edit",
    "window",
    "arrangement",
]
"""What a change is of: each part of a window is brought back as a whole."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, before it is made.

    Attributes
    ----------
    text : what it does, in a few words after which "Undo: " can stand, such as "remove RISE".
    key : changes with the same key, one soon after the other, are one step; none where "".
    lasts : whether they are one step however long they take.
    """

    part: PartName
    text: str
    key: str = ""
    lasts: bool = False
