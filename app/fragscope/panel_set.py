"""The panels of a window in their order. No Qt."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from fragscope_explainers.registry import methods

from .panel_memory import Memories, PanelMemory
from .panels import ACTIVE, Clock, Panel, Status
from .presets import Choice


class PanelSet(Sequence[Panel]):
    """Panels, each with a number that stays its own while others come and go.

    A new panel gets the least free number, because numbers choose colours.
    """

    def __init__(self, choices: Iterable[Choice]) -> None:
        self._panels: list[Panel] = []
        self.replace(choices)

    @classmethod
    def holding(cls, panels: Iterable[Panel]) -> PanelSet:
        """A set of these very panels, with their own numbers."""
        found = cls(())
        found._panels = list(panels)
        return found

    def __len__(self) -> int:
        return len(self._panels)

    def __iter__(self) -> Iterator[Panel]:
        return iter(tuple(self._panels))

    @overload
    def __getitem__(self, place: int) -> Panel: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Panel]: ...
    def __getitem__(self, place: int | slice) -> Panel | Sequence[Panel]:
        return self._panels[place]

    def of(self, number: int) -> Panel:
        """The panel of this number; KeyError where it was removed."""
        return {panel.number: panel for panel in self._panels}[number]

    def place(self, number: int) -> int:
        """Where the panel of this number stands."""
        return self._panels.index(self.of(number))

    def add(self, choice: Choice, model: int | None = None) -> Panel:
        """Add a panel at the end, with a model of its own or the window's."""
        name, settings = choice
        panel = Panel(self._free_number(), methods.method(name), dict(settings), model=model)
        self._panels.append(panel)
        return panel

    def duplicate(self, number: int) -> Panel:
        """Add a copy of a panel behind it; it shows the same result until it is run."""
        original = self.of(number)
        copy = replace(
            original,
            number=self._free_number(),
            settings=dict(original.settings),
            job=None,
            clock=Clock(),
        )
        if original.status in ACTIVE:
            copy.status = Status.EMPTY if original.state is None else Status.CANCELLED
        self._panels.insert(self.place(number) + 1, copy)
        return copy

    def remove(self, number: int) -> None:
        """Take a panel out."""
        self._panels.remove(self.of(number))

    def move(self, number: int, place: int) -> None:
        """Put a panel in another place; places beyond the ends mean the ends."""
        panel = self.of(number)
        self._panels.remove(panel)
        self._panels.insert(max(0, min(place, len(self._panels))), panel)

    def replace(self, choices: Iterable[Choice]) -> None:
        """Put others in the place of all panels."""
        self._panels.clear()
        for choice in choices:
            self.add(choice)

    def blank(self) -> PanelSet:
        """The same panels without any result."""
        found = PanelSet(())
        found.follow(self)
        return found

    def follow(self, model: PanelSet) -> list[Panel]:
        """Take over methods, settings, held classes and order of another set, for another picture.

        Results stay where the method is the same.

        Returns
        -------
        The panels that are gone, whose jobs are to be ended.
        """
        known = {panel.number: panel for panel in self._panels}
        gone: list[Panel] = []
        self._panels = []
        for other in model:
            own = known.pop(other.number, None)
            if own is None or own.method is not other.method or own.model != other.model:
                gone.extend([] if own is None else [own])
                own = Panel(other.number, other.method, model=other.model)
            own.settings, own.held = dict(other.settings), other.held
            self._panels.append(own)
        return [*gone, *known.values()]

    def remember(self) -> Memories:
        """All panels as they are now, with their results."""
        return tuple(PanelMemory(panel) for panel in self._panels)

    def recall(self, memories: Memories) -> list[Panel]:
        """Arrange the panels as they were; what answers the same question stays as it is.

        Returns
        -------
        The panels that are gone, whose jobs are to be ended.
        """
        known = {panel.number: panel for panel in self._panels}
        gone: list[Panel] = []
        self._panels = []
        for memory in memories:
            own = known.pop(memory.kept.number, None)
            if own is None or not memory.is_of(own):
                gone.extend([] if own is None else [own])
                own = memory.panel()
            own.held = memory.kept.held
            self._panels.append(own)
        return [*gone, *known.values()]

    def names(self) -> dict[int, str]:
        """What to call each panel, by number: panels of one method are counted."""
        found: dict[int, str] = {}
        for panel in self._panels:
            alike = [p.number for p in self._panels if p.method is panel.method]
            place = f" {alike.index(panel.number) + 1}" if len(alike) > 1 else ""
            found[panel.number] = panel.method.label + place
        return found

    def _free_number(self) -> int:
        used = {panel.number for panel in self._panels}
        return next(number for number in itertools.count() if number not in used)
