"""One method's place in the window: its settings, its status and its newest state. No Qt."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fragscope_explainers.counts import Window
from fragscope_explainers.registry import Method
from fragscope_explainers.types import FloatArray, Snapshot

from .aspects import Aspect

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid

    from .drawings import MapWish
    from .jobs import Failed
    from .runs import RunState


class Status(enum.Enum):
    """State of a panel."""

    EMPTY = "empty"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


ACTIVE = (Status.WAITING, Status.RUNNING, Status.PAUSED)


class Clock:
    """Seconds that something has been running, after some that it had run before."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._sum, self._since = seconds, None  # type: float, float | None

    def start(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    def stop(self) -> None:
        self._sum, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return self._sum + running


@dataclass(slots=True, eq=False)
class Panel:
    """One method's place in the window.

    Attributes
    ----------
    settings : parameters that differ from the method's defaults.
    model : number of its own model on the shelf, or None for the window's.
    held : the class that it explains whatever the window does, or None to follow the window.
    state : the newest state, kept when a run is cancelled.
    failure : why the last run failed.
    obstacle : where it is unsupported: why it cannot run, and what to do.
    clock : wall time since the run's first value, pauses left out.
    first_done : steps that the first value had taken already.
    asked : settings of the run that gave `state`, or None before there was one.
    asked_window : window of the picture that people had set for that run, or None.
    scores_partial : whether the run was stopped and only draws the curves of what it has.
    known_map : the newest map shown, with what it is of.
    """

    number: int
    method: Method
    settings: dict[str, Any] = field(default_factory=dict)
    held: int | None = None
    status: Status = Status.EMPTY
    state: RunState | None = None
    failure: Failed | None = None
    obstacle: str = ""
    job: int | None = None
    clock: Clock = field(default_factory=Clock)
    first_done: int = 0
    scores_partial: bool = False
    asked: dict[str, Any] | None = None
    known_map: tuple[Snapshot, Aspect, FloatArray | None] | None = None
    model: int | None = None
    asked_window: Window | None = None

    def saliency(self, aspect: Aspect) -> FloatArray | None:
        """The map that is shown, [h, w], or None where there is none yet."""
        state = self.state
        if state is None:
            return None
        if state.target == aspect.target and aspect.is_plain(state.snapshot):
            self.known_map = None  # it would keep its snapshot in memory
            return state.saliency
        known = self.known_map  # a pointer that moves asks for the same map again and again
        if known is None or known[0] is not state.snapshot or known[1] != aspect:
            known = self.known_map = (state.snapshot, aspect, aspect.saliency(state.snapshot))
        return known[2]

    def remember(self, wish: MapWish, values: FloatArray) -> None:
        """Keep a map that was computed elsewhere, where `saliency` would compute it again."""
        state = self.state
        if state is None or state.snapshot is not wish.state.snapshot:
            return
        if state.target != wish.aspect.target or not wish.aspect.is_plain(state.snapshot):
            self.known_map = (state.snapshot, wish.aspect, values)

    def subtracted(self, aspect: Aspect) -> int | None:
        """The class that is subtracted in the map shown, or None."""
        return aspect.subtracted(self.state.snapshot) if self.state is not None else None

    def is_plain(self, aspect: Aspect) -> bool:
        """Whether the map shown is the one that curves, scores and errors are of."""
        return self.state is None or aspect.is_plain(self.state.snapshot)

    def is_signed(self, aspect: Aspect) -> bool:
        """Whether negative values of the map shown speak against the target."""
        return self.state is not None and aspect.is_signed(self.state.snapshot)

    def standard_error(self, aspect: Aspect) -> FloatArray | None:
        """Standard error [h, w] of the map shown, or None where it cannot be told."""
        return aspect.standard_error(self.state.snapshot) if self.state is not None else None

    def unit(self, aspect: Aspect) -> str:
        """What the values of the map shown are in."""
        state = self.state
        return aspect.unit(state.explainer, state.snapshot) if state is not None else ""

    def stability(self, target: int) -> float | None:
        """Stability of the panel's plain map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or state.target == target:
            return state.stability if state is not None else None
        return state.snapshot.stability(target) if target in state.snapshot.targets else None

    @property
    def note(self) -> str:
        """What is odd about the result, in a sentence that says what to try; else empty."""
        state = self.state
        if state is None or state.target not in state.snapshot.targets:
            return ""
        return state.explainer.note(state.snapshot, state.target)

    @property
    def answers_for(self) -> int | None:
        """The class that curves and scores are of, or None before there are any."""
        return self.state.target if self.state is not None else None

    @property
    def pyramid(self) -> Pyramid | None:
        """The fragments that the panel's method used, or None where it uses none."""
        return getattr(self.state.snapshot, "pyramid", None) if self.state is not None else None

    @property
    def is_stale(self) -> bool:
        """Whether the result is of other settings than the panel has now."""
        return self.state is not None and self.asked is not None and self.asked != self.settings

    @property
    def stopped_among_masks(self) -> RunState | None:
        """The state of a run that was stopped before its curves, which its map still lacks."""
        state = self.state
        among_masks = state is not None and state.stage.value == "explaining"
        return state if among_masks and not self.scores_partial else None

    def status_at_end(self, cancelled: bool) -> Status:
        """Status once the job has ended."""
        if self.failure is not None:
            return Status.FAILED
        partial = self.state is not None and not self.state.snapshot.is_final
        return Status.CANCELLED if cancelled or partial else Status.FINISHED
