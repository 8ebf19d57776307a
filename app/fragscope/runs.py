"""One method on one request, with its curves, as an iterator of states. No Qt.

The window and the command line both run methods through here, so that they give the same numbers.
"""

from __future__ import annotations

import contextlib
import enum
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fragscope_explainers.classifiers.engines import EngineUse, engine_use
from fragscope_explainers.errors import ModelError
from fragscope_explainers.explainer import Explainer
from fragscope_explainers.metrics.curves import COARSE_STEPS, FULL_STEPS, curve
from fragscope_explainers.translation import tr
from fragscope_explainers.types import (
    Classifier,
    Curve,
    CurveKind,
    FloatArray,
    Request,
    Snapshot,
)

from .spilling import Spilled, Values

CURVE_KINDS: tuple[CurveKind, ...] = ("deletion", "insertion")
LIVE_SHARE = 0.25
"""Most time that live curves may take, as a share of the method's own."""
LEAST_LIVE_STEPS = 50
"""Steps before the first live curve: the map of a few masks says nothing yet."""


class Stage(enum.Enum):
    EXPLAINING = "explaining"
    EVALUATING = "evaluating"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """Where a run stands; the last one is the result.

    Attributes
    ----------
    explainer : the method and its parameters.
    target : the class that map, stability and curves are about.
    snapshot : the method's own state.
    saliency : its map [h, w] for the target.
    stability : split-half reliability of that map, or None.
    curves : deletion and insertion, coarse while explaining, full at the end.
    seconds : spent by the method alone, without curves.
    engine : what answered the queries last.
    """

    stage: Stage
    explainer: Explainer
    target: int
    snapshot: Snapshot
    saliency: FloatArray
    stability: float | None
    curves: Mapping[CurveKind, Curve]
    seconds: float
    engine: EngineUse
    _spilled: Spilled | None = field(default=None, init=False, repr=False)

    def __getattr__(self, name: str) -> Any:
        """Read what lies on the disk; Python asks for it here while its slot is empty.

        Raises
        ------
        SessionError
            It cannot be read any more.
        """
        if name in Values._fields and self.is_on_disk:
            self.come_back()
            return getattr(self, name)
        raise AttributeError(name)

    @property
    def is_on_disk(self) -> bool:
        """Whether its large parts take no memory but what the system may drop."""
        return self._spilled is not None

    @property
    def is_here(self) -> bool:
        """Whether its large parts can be used without reading them first."""
        try:
            for name in Values._fields:
                object.__getattribute__(self, name)
        except AttributeError:
            return False
        return True

    def let_go(self, spilled: Spilled | None = None) -> None:
        """Leave the large parts to the disk, where they lie bit for bit; it stays this very state.

        Parameters
        ----------
        spilled : where they lie; known already where they were there before.
        """
        if spilled is not None:
            object.__setattr__(self, "_spilled", spilled)
        if self.is_on_disk:
            for name in Values._fields:
                with contextlib.suppress(AttributeError):
                    object.__delattr__(self, name)

    def come_back(self) -> None:
        """Map the large parts into memory again, if they are not there.

        Raises
        ------
        SessionError
            They cannot be read.
        """
        if self._spilled is not None and not self.is_here:
            for name, value in self._spilled.read()._asdict().items():
                object.__setattr__(self, name, value)

    def whole(self) -> RunState:
        """This state, or one like it for a moment, which leaves this one on the disk.

        Raises
        ------
        SessionError
            It cannot be read.
        """
        if self._spilled is None or self.is_here:
            return self
        light = (self.seconds, self.engine)
        snapshot, saliency, curves = self._spilled.read()
        about = (self.stage, self.explainer, self.target)
        return RunState(*about, snapshot, saliency, self.stability, curves, *light)

    @property
    def scored_curves(self) -> Mapping[CurveKind, Curve]:
        """The curves of this very map: none while those shown are of an earlier one."""
        return self.curves if self.stage is Stage.FINISHED else {}


class MethodRun(Iterator[RunState]):
    """The states of a run, one after each batch. It lives on one thread.

    Parameters
    ----------
    classifier, request, explainer : what to run on what.
    live_curves : whether to draw coarse curves while the method runs.
    full_curves : whether to draw full curves at its end.
    earlier : a state whose snapshot to evaluate instead of running the method.
    """

    def __init__(
        self,
        classifier: Classifier,
        request: Request,
        explainer: Explainer,
        *,
        live_curves: bool = True,
        full_curves: bool = True,
        earlier: RunState | None = None,
    ) -> None:
        self._classifier, self._request, self.explainer = classifier, request, explainer
        self._live_curves, self._full_curves = live_curves, full_curves
        self._snapshot = earlier.snapshot if earlier else None
        self._seconds = earlier.seconds if earlier else 0.0
        self._live_seconds = 0.0
        self._live: Iterator[bool] | None = None
        self._curves: dict[CurveKind, Curve] = {}
        self._shown: tuple[Snapshot, FloatArray, float | None] | None = None
        self._states = self._run()

    def __next__(self) -> RunState:
        return next(self._states)

    def close(self) -> None:
        """End the run where it stands."""
        self._states.close()

    def retarget(self, target: int) -> None:
        """Turn to another class without losing the masks scored so far.

        Only for runs whose snapshots answer for it. Call it between two steps.
        """
        self._request = replace(self._request, target=target)
        self._curves, self._live, self._shown = {}, None, None

    def _run(self) -> Generator[RunState, None, None]:
        snapshot = self._snapshot
        if snapshot is None:
            snapshot = yield from self._explain()
        if self._full_curves:
            yield from self._evaluate(snapshot)
        yield self._state(Stage.FINISHED, snapshot)

    def _explain(self) -> Generator[RunState, None, Snapshot]:
        """Run the method; its time alone is counted."""
        snapshots = self.explainer.explain(self._classifier, self._request)
        last: Snapshot | None = None
        while True:
            started = time.perf_counter()
            snapshot = next(snapshots, None)
            self._seconds += time.perf_counter() - started
            if snapshot is None:
                break
            last = snapshot
            yield self._state(Stage.EXPLAINING, snapshot)
            if self._advance_live_curve(snapshot):
                yield self._state(Stage.EXPLAINING, snapshot)
        if last is None:
            raise ModelError(tr("{name} gave no result", name=self.explainer.name))
        return last

    def _evaluate(self, snapshot: Snapshot) -> Iterator[RunState]:
        """Draw the full curves, again from the start where the target changes meanwhile."""
        request = None
        while request is not self._request:
            request = self._request
            for partial in self._draw(snapshot, FULL_STEPS):
                self._show(partial)
                yield self._state(Stage.EVALUATING, snapshot)
                if request is not self._request:
                    break

    def _advance_live_curve(self, snapshot: Snapshot) -> bool:
        """Draw a little of the coarse curves if the method has had its share of the time."""
        enough = self._live_seconds > LIVE_SHARE * self._seconds
        early = snapshot.done < min(LEAST_LIVE_STEPS, snapshot.total // 4)
        if not self._live_curves or enough or early or snapshot.is_final:
            return False
        started = time.perf_counter()
        if self._live is None:
            self._live = self._draw_live(snapshot)
        if not next(self._live, False):  # drawn: the next one is of a newer map
            self._live = None
        self._live_seconds += time.perf_counter() - started
        return True

    def _draw_live(self, snapshot: Snapshot) -> Iterator[bool]:
        for partial in self._draw(snapshot, COARSE_STEPS):
            self._show(partial)
            yield True

    def _draw(self, snapshot: Snapshot, steps: int) -> Iterator[Curve]:
        saliency, _ = self._map(snapshot)
        for kind in CURVE_KINDS:
            yield from curve(kind, self._classifier, self._request, saliency, steps)

    def _show(self, curve: Curve) -> None:
        """Show a curve; one that is still being drawn does not replace a complete one."""
        known = self._curves.get(curve.kind)
        if curve.is_complete or known is None or not known.is_complete:
            self._curves[curve.kind] = curve

    def _map(self, snapshot: Snapshot) -> tuple[FloatArray, float | None]:
        """Map and stability of the target, computed once a snapshot."""
        if self._shown is None or self._shown[0] is not snapshot:
            target = self._request.target
            self._shown = (snapshot, snapshot.saliency(target), snapshot.stability(target))
        return self._shown[1:]

    def _engine_use(self) -> EngineUse:
        """What answers the method's queries; those that need more than probabilities ask torch."""
        use = engine_use(self._classifier)
        original = getattr(self._classifier, "original", None)
        if self.explainer.access == "probabilities" or original is None:
            return use
        return replace(engine_use(original), note=use.note)

    def _state(self, stage: Stage, snapshot: Snapshot) -> RunState:
        saliency, stability = self._map(snapshot)
        return RunState(
            stage,
            self.explainer,
            self._request.target,
            snapshot,
            saliency,
            stability,
            dict(self._curves),
            self._seconds,
            self._engine_use(),
        )
