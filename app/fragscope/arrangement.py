"""How panels share the window: who has all the space, who a window of its own. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

Region = tuple[float, float, float, float]
"""(x, y, width, height) of the picture, in its pixels."""


@dataclass(frozen=True, slots=True)
class Detached:
    """A panel in a window of its own; where that stands does not count as a difference.

    Attributes
    ----------
    number : the panel's.
    place : (x, y, width, height) of its contents on the desktop, in pixels that do not depend on
        the screen; those before it was maximised.
    maximised : whether it fills its screen.
    """

    number: int
    place: tuple[int, int, int, int] = field(compare=False)
    maximised: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What of the panels is where.

    Attributes
    ----------
    maximised : number of the panel that has all the space, or None.
    differences : pairs of numbers of panels whose difference is shown, in their order.
    detached : the panels in windows of their own.
    """

    maximised: int | None = None
    differences: tuple[tuple[int, int], ...] = ()
    detached: tuple[Detached, ...] = ()
