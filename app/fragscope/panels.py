"""One method's place in the window: its settings, its status and its newest state. No Qt."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fragscope_explainers.registry import Method
from fragscope_explainers.types import FloatArray, Snapshot

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
    known_contrast : the newest difference of two classes' maps, and of what it is.
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
    known_contrast: tuple[Snapshot, int, int, FloatArray] | None = None

    def contrasts(self, target: int, against: int | None) -> bool:
        """Whether the panel's run answers for both classes, so that it can subtract one."""
        if self.state is None or against is None:
            return False
        known = self.state.snapshot.targets
        return target in known and against in known

    def is_signed(self, target: int, against: int | None = None) -> bool:
        """Whether negative values of `saliency` speak against the class."""
        signed = self.state is not None and self.state.snapshot.is_signed
        return signed or self.contrasts(target, against)

    def saliency(self, target: int, against: int | None = None) -> FloatArray | None:
        """The panel's map of a class, or None where it has none yet.

        Parameters
        ----------
        against : a class whose map is subtracted, where the run answers for both (`contrasts`);
            elsewhere the map is the plain one.
        """
        if against is not None and self.contrasts(target, against):
            return self._contrast(target, against)
        self.known_contrast = None  # it would keep its snapshot in memory
        state = self.state
        if state is None or state.target == target:
            return state.saliency if state is not None else None
        return state.snapshot.saliency(target) if target in state.snapshot.targets else None

    def _contrast(self, target: int, against: int) -> FloatArray | None:
        """The difference, computed once a snapshot: a pointer that moves asks for it often."""
        snapshot = self.state.snapshot if self.state is not None else None
        if snapshot is None:
            return None
        known = self.known_contrast
        if known is None or known[0] is not snapshot or known[1:3] != (target, against):
            values = snapshot.contrast(target, against)
            known = self.known_contrast = (snapshot, target, against, values)
        return known[3]

    def stability(self, target: int) -> float | None:
        """Stability of the panel's map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or state.target == target:
            return state.stability if state is not None else None
        return state.snapshot.stability(target) if target in state.snapshot.targets else None

    def standard_error(self, target: int, against: int | None = None) -> FloatArray | None:
        """Standard error of the panel's map of a class, or None where it cannot be told."""
        state = self.state
        if state is None or target not in state.snapshot.targets:
            return None
        return None if self.contrasts(target, against) else state.snapshot.standard_error(target)

    def unit(self, target: int, against: int | None = None) -> str:
        """What the values of the panel's map are in; signed ones are changes of it."""
        if self.state is None:
            return ""
        from .runs import shown_unit  # it imports torch, which a state has done already

        return shown_unit(self.state.explainer, signed=self.is_signed(target, against))

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
