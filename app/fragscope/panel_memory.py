"""A panel as it was, with what it showed, to bring it back. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .panels import ACTIVE, Clock, Panel, Status


class PanelMemory:
    """What a panel was told to show, and the result it had.

    Two memories are equal where the panel was told the same; results do not count.
    """

    __slots__ = ("kept",)

    def __init__(self, panel: Panel) -> None:
        self.kept = replace(
            panel, settings=dict(panel.settings), job=None, clock=Clock(), known_map=None
        )
        if panel.status in ACTIVE:
            rest(self.kept)

    @property
    def choice(self) -> tuple[int, str, dict[str, Any], int | None, int | None]:
        """Number, method, settings, model, and the class that the panel was held at."""
        kept = self.kept
        return (kept.number, kept.method.name, kept.settings, kept.model, kept.held)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PanelMemory) and self.choice == other.choice

    __hash__ = None  # type: ignore[assignment]

    def is_of(self, panel: Panel) -> bool:
        """Whether a panel's result answers the same question, whatever class it is held at."""
        kept = self.kept
        same = (kept.number, kept.method, kept.settings, kept.model)
        return same == (panel.number, panel.method, panel.settings, panel.model)

    def panel(self) -> Panel:
        """A new panel like the one that was."""
        return replace(self.kept, settings=dict(self.kept.settings))


Memories = tuple[PanelMemory, ...]


def forget_common(memories: Memories, others: Iterable[PanelMemory]) -> None:
    """Forget the results of what others hold, too: those panels stay when the others are left."""
    known = list(others)
    for memory in memories:
        if any(memory.is_of(other.kept) for other in known):
            forget(memory.kept)


def forget(panel: Panel) -> None:
    """Let a panel's result go; it is run again when it comes back."""
    panel.status, panel.state, panel.failure, panel.asked = Status.EMPTY, None, None, None
    panel.first_done, panel.scores_partial, panel.known_map = 0, False, None


def rest(panel: Panel) -> None:
    """Note that a panel's run was dropped: it waits to be run again where it had not ended."""
    if panel.status is Status.WAITING and not panel.scores_partial:
        panel.state = None  # of earlier parameters, perhaps
    whole = panel.state is not None and panel.state.snapshot.is_final
    stays = whole or panel.scores_partial or panel.status is Status.PAUSED
    panel.status = Status.CANCELLED if stays and panel.state is not None else Status.EMPTY
    panel.scores_partial = False
