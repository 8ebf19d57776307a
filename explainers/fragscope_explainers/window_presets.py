"""Windows to choose from for the counts of a picture, each with a name.

References
----------
Widths and centres for CT are those that radiology texts and viewers commonly give, in HU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .counts import Counts, Window
from .dicom import FILE
from .translation import tr

_SHARES = (0.5, 99.5)
_MOST_COUNTS = 4_000_000
"""Counts of which percentiles are taken at most: ranking all of a large picture takes seconds."""
_HOUNSFIELD = "HU"


@dataclass(frozen=True, slots=True)
class Preset:
    """A window with the name that people know it by.

    Attributes
    ----------
    name : short, perhaps one that the file gives.
    window : what it stands for.
    of_file : whether the file gives it.
    """

    name: str
    window: Window
    of_file: bool = False

    @property
    def text(self) -> str:
        """Name, origin and numbers, as in "LUNG, from the file (-600, 1,500)"."""
        centre, width = (f"{number:,.6g}" for number in (self.window.centre, self.window.width))
        if self.of_file:
            return tr(
                "{name}, from the file ({centre}, {width})",
                name=self.name,
                centre=centre,
                width=width,
            )
        return tr("{name} ({centre}, {width})", name=self.name, centre=centre, width=width)


def window_presets(counts: Counts) -> tuple[Preset, ...]:
    """Windows of the file, of the picture's counts, and of tissues where they are in HU.

    The first is the one that was found on reading; each window is listed once. Percentiles of more
    than 4 million counts are those of evenly spread ones.
    """
    found = [*_of_file(counts), *_of_range(counts)]
    if counts.unit == _HOUNSFIELD:
        found += [Preset(name, Window(centre, width)) for name, centre, width in _tissues()]
    once = {preset.window: preset for preset in reversed(found)}
    return tuple(preset for preset in found if once[preset.window] is preset)


def _of_file(counts: Counts) -> list[Preset]:
    """What was found on reading, then the further windows that the file gives."""
    named = [
        Preset(name or tr("Window {number}", number=number), window, of_file=True)
        for number, (name, window) in enumerate(counts.named, start=1)
    ]
    if any(preset.window == counts.as_read for preset in named):
        return sorted(named, key=lambda preset: preset.window != counts.as_read)
    source = counts.source if counts.earlier is None else counts.earlier[1]
    if counts.bits:
        name = tr("All that {bits} bits hold", bits=counts.bits)
    elif source == FILE:
        name = tr("As the file says")
    else:
        name = tr("Least to greatest count")
    return [Preset(name, counts.as_read), *named]


def _of_range(counts: Counts) -> list[Preset]:
    spread = counts.values.reshape(-1)[:: max(1, -(-counts.values.size // _MOST_COUNTS))]
    low, high = (float(end) for end in np.percentile(spread.astype(np.float64), _SHARES))
    return [
        Preset(tr("Least to greatest count"), Window.between(*counts.range)),
        Preset(tr("Without the outer 0.5 %"), Window.between(low, high)),
    ]


def _tissues() -> tuple[tuple[str, float, float], ...]:
    """Name, centre and width in HU."""
    return (
        (tr("Brain"), 40, 80),
        (tr("Lung"), -600, 1500),
        (tr("Bone"), 400, 1800),
        (tr("Soft tissue"), 50, 400),
    )
