"""Session files that say something else than the program wrote."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fragscope.archive import FACTS


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of a session file in which `session.json` says something else."""
    other = path.with_name("other.fragscope")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        facts = json.loads(old.read(FACTS))
        change(facts)
        for name in old.namelist():
            new.writestr(name, json.dumps(facts) if name == FACTS else old.read(name))
    return other
