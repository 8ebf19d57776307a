"""One method's place in the window: its settings, its status and its newest state. No Qt."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fragscope_explainers.registry import Method
from fragscope_explainers.types import FloatArray

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid

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


ACTIVE = (Status.WAITING, Status.RUNNING, Status.PAUSED)


class Clock:
    """Seconds that something has been running."""

    def __init__(self) -> None:
        self._sum, self._since = 0.0, None  # type: float, float | None

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
    state : the newest state, kept when a run is cancelled.
    failure : why the last run failed.
    clock : wall time since the run's first value, pauses left out.
    first_done : steps that the first value had taken already.
    scores_partial : whether the run was stopped and only draws the curves of what it has.
    """

    number: int
    method: Method
    settings: dict[str, Any] = field(default_factory=dict)
    status: Status = Status.EMPTY
    state: RunState | None = None
    failure: Failed | None = None
    job: int | None = None
    clock: Clock = field(default_factory=Clock)
    first_done: int = 0
    scores_partial: bool = False

    def saliency(self, target: int) -> FloatArray | None:
        """The panel's map of a class, or None where it has none yet."""
        state = self.state
        if state is None or state.target == target:
            return state.saliency if state is not None else None
        return state.snapshot.saliency(target) if target in state.snapshot.targets else None

    def stability(self, target: int) -> float | None:
        """Stability of the panel's map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or state.target == target:
            return state.stability if state is not None else None
        return state.snapshot.stability(target) if target in state.snapshot.targets else None

    def standard_error(self, target: int) -> FloatArray | None:
        """Standard error of the panel's map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or target not in state.snapshot.targets:
            return None
        return state.snapshot.standard_error(target)

    @property
    def unit(self) -> str:
        """What the values of the panel's map are in."""
        return self.state.unit if self.state is not None else ""

    @property
    def pyramid(self) -> Pyramid | None:
        """The fragments that the panel's method used, or None where it uses none."""
        return getattr(self.state.snapshot, "pyramid", None) if self.state is not None else None

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
