"""The sample photos. They come with scikit-image, whose documentation states their licences."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo to try FragScope on."""

    name: str
    label: str
    file_name: str
    credit: str

    @property
    def path(self) -> Path:
        """Where the installed photo lies."""
        found = importlib.util.find_spec("skimage")  # located, not imported: that takes a second
        if found is None or found.origin is None:
            raise FileNotFoundError("scikit-image is not installed")
        return Path(found.origin).parent / "data" / self.file_name


SAMPLES = (
    Sample("coffee", "Coffee", "coffee.png", "Rachel Michetti, CC0"),
    Sample("chelsea", "Cat", "chelsea.png", "Stefan van der Walt, CC0"),
    Sample("rocket", "Rocket", "rocket.jpg", "SpaceX, public domain"),
)


def sample(name: str) -> Sample:
    """Look a sample up by name; KeyError where there is none."""
    return {entry.name: entry for entry in SAMPLES}[name]
