"""Runs of panels on their pictures: started, held, stopped, and followed to their end. Only QtCore.

Values of jobs that were replaced are dropped by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.access import why_unsupported
from fragscope_explainers.registry import methods
from fragscope_explainers.translation import shown, tr
from fragscope_explainers.types import Request

from .jobs import Cancelled, Failed, Finished, JobRunner, Outcome
from .panels import ACTIVE, Clock, Panel, Status
from .pictures import Picture
from .preparation import Prediction

if TYPE_CHECKING:
    from .runs import MethodRun, RunState

RUNS = (Status.WAITING, Status.RUNNING)


class PanelRuns(QObject):
    """All runs of a session. Lives on the GUI thread, as do its signals.

    Signals
    -------
    changed(object, object) : a `Picture`, and its `Panel` that has a new state or status.
    noted(str) : a sentence about how a run goes on.
    unanswered(object, int) : a panel's own model, of this number, is to be asked about a `Picture`.
    """

    changed = Signal(object, object)
    unanswered = Signal(object, int)
    noted = Signal(str)

    def __init__(self, jobs: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._places: dict[int, tuple[Picture, Panel]] = {}
        self._evaluations: set[int] = set()
        self._unscored: set[int] = set()
        self.seed = 0
        jobs.updated.connect(self._on_update)
        jobs.ended.connect(self._on_end)

    def run(self, picture: Picture, panel: Panel) -> None:
        """Run a panel from its beginning, or, where the model was not asked yet, after that."""
        self.drop(panel)
        panel.obstacle = ""
        prediction, target = picture.prediction_of(panel), picture.target_of(panel)
        why = _obstacle(picture, panel)
        known = prediction is not None and picture.is_current(prediction) and prediction.can_ask
        if prediction is None or target is None or why or not known:
            self._wait_or_refuse(picture, panel, why)
            return
        request = self._request(prediction, target)
        method, settings = panel.method.name, dict(panel.settings)
        panel.asked, panel.asked_window = settings, prediction.model_input.image.window

        def begin() -> MethodRun:
            from .runs import MethodRun

            explainer = methods.create(method, **settings)
            return MethodRun(prediction.classifier, request, explainer)

        self._start(picture, panel, begin)

    def refuse(self, picture: Picture, panel: Panel, why: str) -> None:
        """Say in a panel why it cannot run, which is no failure of a run.

        A result stays whose model is not open: nothing could bring it back.
        """
        self.drop(panel)
        panel.failure, panel.obstacle = None, why
        prediction, target = picture.prediction_of(panel), picture.target_of(panel)
        if prediction is None or prediction.can_ask:
            panel.state = None
        shows = panel.state is not None and target in panel.state.snapshot.targets
        self._set_status(
            picture, panel, panel.status_at_end(False) if shows else Status.UNSUPPORTED
        )

    def ask_missing(self, picture: Picture) -> None:
        """Have the models of panels asked about a picture where that was not done."""
        for panel in picture.panels:
            if panel.model is not None and picture.prediction_of(panel) is None:
                self.unanswered.emit(picture, panel.model)

    def follow_target(self, picture: Picture, panel: Panel) -> None:
        """Turn to the class that a panel explains: at once where its run answers for it."""
        state, target = panel.state, picture.target_of(panel)
        if target is None and panel.model is None:
            return
        answers = state is not None and target in state.snapshot.targets
        if target is None or state is None or not answers or picture.is_outdated(panel):
            self.run(picture, panel)
        elif panel.status in ACTIVE and panel.job is not None:
            self._jobs.call(panel.job, lambda run: run.retarget(target))
            self.changed.emit(picture, panel)
        elif panel.model is not None and not picture.can_ask(panel):
            self._set_status(picture, panel, panel.status_at_end(False))
        else:
            self._evaluate(picture, panel, state, target)

    def pause(self, picture: Picture, paused: bool) -> None:
        """Hold all runs of a picture, or let them go on."""
        before = RUNS if paused else (Status.PAUSED,)
        after = Status.PAUSED if paused else Status.RUNNING
        for panel in picture.panels:
            if panel.status in before and panel.job is not None:
                self._jobs.pause(panel.job, paused)
                panel.clock.stop() if paused else panel.clock.start()
                self._set_status(picture, panel, after)

    def give_way(self, front: Picture, others: Iterable[Picture], *, held: bool = False) -> None:
        """Hold what runs behind the picture in front while that one's runs are under way.

        What was held behind goes on once its picture is in front.

        Parameters
        ----------
        held : whether what is behind is held in any case.
        """
        busy = held or any(panel.status in RUNS for panel in front.panels)
        self._hold([front], False)
        self._hold(others, busy)

    def stop(self, panel: Panel, *, scores: bool = True) -> None:
        """Cancel a panel's run; what it has so far stays.

        Parameters
        ----------
        scores : whether curves are drawn of what it has.
        """
        if panel.status in ACTIVE and panel.job is not None:
            if not scores:
                self._unscored.add(panel.job)
            self._jobs.cancel(panel.job)

    def drop(self, panel: Panel) -> None:
        """Forget a panel's job: it is cancelled, and what it still sends is not shown."""
        if panel.job is not None:
            self._jobs.cancel(panel.job)
            self._places.pop(panel.job, None)
            self._unscored.discard(panel.job)
            panel.job = None

    # -- inside -----------------------------------------------------------------------------

    def _hold(self, pictures: Iterable[Picture], held: bool) -> None:
        """Hold runs of pictures, or let them go on, but for those that people have paused."""
        for panel in (panel for picture in pictures for panel in picture.active):
            if panel.job is not None and panel.status is not Status.PAUSED:
                self._jobs.pause(panel.job, held)

    def _wait_or_refuse(self, picture: Picture, panel: Panel, why: str) -> None:
        """Let a panel wait for its model's answer, or say why it cannot run."""
        if why:
            self.refuse(picture, panel, why)
            return
        if panel.status is not Status.EMPTY:
            self._set_status(picture, panel, Status.EMPTY)
        if panel.model is not None and not picture.can_ask(panel):
            self.unanswered.emit(picture, panel.model)

    def _request(self, prediction: Prediction, target: int) -> Request:
        return Request(prediction.model_input, target, seed=self.seed, watch=prediction.top)

    def _start(self, picture: Picture, panel: Panel, begin: Callable[[], MethodRun]) -> None:
        """Submit a run; it is made on the worker, where torch may be imported."""
        panel.first_done = 0
        panel.failure, panel.clock, panel.scores_partial = None, Clock(), False
        panel.job = self._jobs.submit(begin)
        self._places[panel.job] = (picture, panel)
        self._set_status(picture, panel, Status.WAITING)

    def _evaluate(self, picture: Picture, panel: Panel, state: RunState, target: int) -> None:
        """Draw curves of a run that has ended, for this class."""
        prediction = picture.prediction_of(panel)
        if prediction is None:
            return
        request = self._request(prediction, target)

        def begin() -> MethodRun:
            from .runs import MethodRun

            return MethodRun(prediction.classifier, request, state.explainer, earlier=state)

        self._start(picture, panel, begin)
        if panel.job is not None:
            self._evaluations.add(panel.job)

    def _on_update(self, job: int, value: RunState) -> None:
        if job not in self._places:
            return
        picture, panel = self._places[job]
        panel.state = value
        self.noted.emit(shown(value.engine.note))
        if panel.status is Status.WAITING:
            panel.clock.start()
            panel.first_done = value.snapshot.done
            panel.status = Status.RUNNING
        self.changed.emit(picture, panel)

    def _on_end(self, job: int, outcome: Outcome) -> None:
        if job not in self._places:
            return
        picture, panel = self._places.pop(job)
        evaluates = job in self._evaluations
        self._evaluations.discard(job)
        scores = job not in self._unscored
        self._unscored.discard(job)
        panel.job = None
        panel.clock.stop()
        panel.failure = outcome if isinstance(outcome, Failed) else None
        target = picture.target_of(panel)
        behind = panel.state is not None and panel.state.target != target
        if isinstance(outcome, Finished) and behind and target is not None:
            self.follow_target(picture, panel)
        elif scores and isinstance(outcome, Cancelled) and (state := panel.stopped_among_masks):
            self._evaluate(picture, panel, state, state.target if target is None else target)
            panel.scores_partial = True
            self.changed.emit(picture, panel)
        else:
            if isinstance(outcome, Failed) and panel.status is Status.WAITING and not evaluates:
                panel.state = None  # an earlier result, of other parameters
            status = panel.status_at_end(isinstance(outcome, Cancelled))
            self._set_status(picture, panel, status)

    def _set_status(self, picture: Picture, panel: Panel, status: Status) -> None:
        panel.status = status
        self.changed.emit(picture, panel)


def _obstacle(picture: Picture, panel: Panel) -> str:
    """Why a panel cannot run on what is known of a picture, and what to do; else empty."""
    prediction, own = picture.prediction_of(panel), picture.prediction
    if prediction is None:
        return ""
    why = why_unsupported(panel.method.name, prediction.classifier)
    if why or own is None or picture.target is None or picture.target_of(panel) is not None:
        return why
    model = prediction.classifier.original.name
    return tr(
        "{model} has no class called '{labels}'; "
        "explain another class, or give this panel one of its own in its menu",
        model=model,
        labels=own.classifier.labels[picture.target],
    )
