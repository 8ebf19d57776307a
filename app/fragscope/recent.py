"""Pictures, folders and sessions that were opened lately, newest first. No Qt."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_RECENT = 10


@dataclass(frozen=True, slots=True)
class Recent:
    """One of them, and whether it is still there."""

    path: Path
    is_there: bool

    @property
    def label(self) -> str:
        """Its name, and the folder that it lies in, shortened by the user's own."""
        folder = str(self.path.parent)
        home = str(Path.home())
        short = "~" + folder[len(home) :] if folder.startswith(home) else folder
        return f"{self.path.name or self.path}  ({short})"


def remembered(known: Sequence[str], path: Path) -> list[str]:
    """The paths with this one in front of the others, `MOST_RECENT` of them at most."""
    newest = os.path.abspath(path)  # noqa: PTH100  # links stay as the user named them
    return [newest, *(other for other in known if other != newest)][:MOST_RECENT]


def listed(known: Sequence[str]) -> list[Recent]:
    """What to list of the paths."""
    return [Recent(Path(text), os.path.lexists(text)) for text in known]
