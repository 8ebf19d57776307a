"""One method's place in the window: its settings, its status and its newest state. No Qt."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fragscope_explainers.registry import Method
from fragscope_explainers.types import FloatArray

from .painting import PLAIN, Painting

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid
    from fragscope_explainers.types import Snapshot

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
    painting : how a map that is made of fragments is painted.
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
    painting: Painting = PLAIN
    _painted: tuple[Snapshot, int, Painting, FloatArray] | None = None

    def saliency(self, target: int) -> FloatArray | None:
        """The panel's map of a class, painted as asked for, or None where it has none yet."""
        if self.is_repainted and self.state is not None:
            return self._repaint(self.state.snapshot, target)
        state = self.state
        if state is None or state.target == target:
            return state.saliency if state is not None else None
        return state.snapshot.saliency(target) if target in state.snapshot.targets else None

    @property
    def is_repainted(self) -> bool:
        """Whether the map shown is not the plain one, which curves and scores are of."""
        return self.state is not None and self.painting.alters(self.state.snapshot)

    def _repaint(self, snapshot: Snapshot, target: int) -> FloatArray:
        """The painted map; a pointer that moves gets the same one again."""
        wanted = (snapshot, target, self.painting)
        if self._painted is None or self._painted[:3] != wanted:
            self._painted = (*wanted, self.painting.saliency(snapshot, target))
        return self._painted[3]

    def stability(self, target: int) -> float | None:
        """Stability of the panel's plain map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or state.target == target:
            return state.stability if state is not None else None
        return state.snapshot.stability(target) if target in state.snapshot.targets else None

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
