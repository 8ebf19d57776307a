"""The state behind the window: picture, model, prediction, and one run for every panel.

The session lives on the GUI thread and never computes: it submits jobs and keeps what they yield.
Values of jobs that were replaced are dropped by their id. Only QtCore is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.errors import ParameterError
from fragscope_explainers.images import Image, UInt8Array
from fragscope_explainers.registry import methods
from fragscope_explainers.types import Precision, Request

from . import preparation
from .aspects import Aspect
from .jobs import Cancelled, Failed, Finished, JobRunner, Outcome
from .painting import PLAIN, Painting
from .panel_set import PanelSet
from .panels import ACTIVE, Clock, Panel, Status
from .preparation import OpenedImage, Prediction
from .presets import Choice

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
    from fragscope_explainers.fragments import Pyramid

    from .runs import MethodRun, RunState

DEFAULT_MODEL = "builtin:efficientnet-lite0"
DEFAULT_PANELS = ("mfpp", "rise", "integrated-gradients", "grad-cam")


class Session(QObject):
    """All state of one window. All signals fire on the GUI thread.

    Signals
    -------
    image_changed() : another picture is shown; its prediction follows.
    model_changed() : the classifier is there, or could not be loaded.
    engine_changed() : a faster engine is there, or will not come.
    predicted() : prediction, geometry and target are there.
    pyramid_changed() : the fragments are there.
    target_changed() : another class is explained, or another one is subtracted from it.
    painting_changed() : maps that are made of fragments look different.
    panels_changed() : panels were added, removed or replaced.
    panel_changed(int) : a panel has a new state.
    noticed(str) : a sentence to show.
    """

    image_changed = Signal()
    model_changed = Signal()
    engine_changed = Signal()
    predicted = Signal()
    pyramid_changed = Signal()
    target_changed = Signal()
    painting_changed = Signal()
    panels_changed = Signal()
    panel_changed = Signal(int)
    noticed = Signal(str)

    def __init__(
        self,
        panels: Sequence[str] = DEFAULT_PANELS,
        parent: QObject | None = None,
        precision: Precision = "f32",
    ) -> None:
        super().__init__(parent)
        self.image: Image | None = None
        self.preview: UInt8Array | None = None
        self.model_spec = DEFAULT_MODEL
        self.precision: Precision = precision
        self.classifier: TorchClassifier | None = None
        self.prediction: Prediction | None = None
        self.pyramid: Pyramid | None = None
        self.target: int | None = None
        self.against: int | None = None
        self.seed = 0
        self.painting = PLAIN
        self.panels = PanelSet((name, {}) for name in panels)
        self._jobs = JobRunner(self)
        self._jobs.updated.connect(self._on_update)
        self._jobs.ended.connect(self._on_end)
        self._loading: dict[int, Callable[[Any], None]] = {}
        self._model_job: int | None = None
        self._opening: int | None = None
        self._asking: int | None = None
        self._converter = JobRunner(self)  # a thread of its own: runs go on meanwhile
        self._converter.updated.connect(lambda _, sentence: self._note(sentence))
        self._converter.ended.connect(self._on_engine)
        self._notes: set[str] = set()

    # -- picture and model ------------------------------------------------------------------

    def load_model(self) -> None:
        """Load the bundled model on the worker."""
        self._model_job = self._load(preparation.load_model, self._take_classifier)

    def open_file(self, path: Path) -> None:
        """Read a picture file on the worker, then explain it."""
        self._open(lambda: preparation.open_file(path))

    def open_image(self, image: Image) -> None:
        """Explain a picture that is in memory already."""
        self._open(lambda: preparation.open_image(image))

    @property
    def is_loading(self) -> bool:
        """Whether a picture or the model is on its way."""
        return bool(self._loading)

    # -- target -----------------------------------------------------------------------------

    def set_target(self, target: int) -> None:
        """Explain another class; one that is subtracted stays so, unless it is that one."""
        self.set_classes(target, None if target == self.against else self.against)

    def set_against(self, against: int | None) -> None:
        """Subtract a class's maps from those of the explained one, or none; no query."""
        if self.target is not None:
            self.set_classes(self.target, None if against == self.target else against)

    def set_classes(self, target: int, against: int | None) -> None:
        """Explain a class, and subtract another: at once where a panel's run answers for it."""
        if self.classifier is None or (target, against) == (self.target, self.against):
            return
        switched = target != self.target
        self.target, self.against = target, against
        if switched:
            self.pause_all(False)  # else some panels would follow and others wait
        self.target_changed.emit()
        for panel in self.panels if switched else ():
            self._follow_target(panel, target)

    @property
    def aspect(self) -> Aspect | None:
        """Which of their maps the panels show, or None before a class is explained."""
        return None if self.target is None else Aspect(self.target, self.against, self.painting)

    def label(self, target: int) -> str:
        """Name of a class."""
        return self.classifier.labels[target] if self.classifier is not None else str(target)

    # -- panels -----------------------------------------------------------------------------

    def panel(self, number: int) -> Panel:
        """The panel of this number; KeyError where it was removed."""
        return self.panels.of(number)

    def add_panel(self, name: str) -> None:
        """Add a panel for a method and run it."""
        panel = self.panels.add((name, {}))
        self.panels_changed.emit()
        self.run(panel)

    def duplicate_panel(self, number: int) -> None:
        """Add a copy of a panel with what it shows; it runs if it has nothing whole to show."""
        panel = self.panels.duplicate(number)
        self.panels_changed.emit()
        if panel.status is not Status.FINISHED:
            self.run(panel)

    def move_panel(self, number: int, place: int) -> None:
        """Put a panel in another place of the order."""
        self.panels.move(number, place)
        self.panels_changed.emit()

    def use_panels(self, choices: Iterable[Choice]) -> None:
        """Put others in the place of all panels, and run them."""
        for panel in self.panels:
            self._drop_job(panel)
        self.panels.replace(choices)
        self.panels_changed.emit()
        self.run_all()

    def remove_panel(self, number: int) -> None:
        """Remove a panel and end its run."""
        self._drop_job(self.panel(number))
        self.panels.remove(number)
        self.panels_changed.emit()

    def double_masks(self, number: int) -> None:
        """Run a panel with twice its masks; methods without masks just run again."""
        panel = self.panel(number)
        settings = dict(panel.settings)
        if panel.state is not None and hasattr(panel.state.explainer, "masks"):
            settings["masks"] = 2 * panel.state.snapshot.total
        self.configure(number, panel.method.name, settings)

    def configure(self, number: int, name: str, settings: dict[str, Any]) -> None:
        """Give a panel another method or other parameters, and run it."""
        panel = self.panel(number)
        self._drop_job(panel)
        if panel.method.name != name:
            panel.state = None
        panel.method, panel.settings = methods.method(name), settings
        self.panels_changed.emit()
        self.run(panel)

    def paint(self, painting: Painting) -> None:
        """Paint all maps that are made of fragments in another way; no model query."""
        self.painting = painting
        self.painting_changed.emit()

    # -- runs -------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether a panel runs or waits, paused ones left out."""
        return any(p.status in (Status.WAITING, Status.RUNNING) for p in self.panels)

    @property
    def is_paused(self) -> bool:
        """Whether a panel is paused."""
        return any(panel.status is Status.PAUSED for panel in self.panels)

    def run_all(self) -> None:
        """Run every panel from its beginning."""
        for panel in self.panels:
            self.run(panel)

    def run(self, panel: Panel) -> None:
        """Run a panel from its beginning."""
        if self.prediction is None or self.target is None:
            return
        self._drop_job(panel)
        classifier, request = self.prediction.classifier, self._request(self.target)
        method, settings = panel.method.name, dict(panel.settings)

        def begin() -> MethodRun:
            from .runs import MethodRun

            return MethodRun(classifier, request, methods.create(method, **settings))

        self._start(panel, begin)

    def pause_all(self, paused: bool = True) -> None:
        """Hold all runs, or let them go on."""
        before = (Status.WAITING, Status.RUNNING) if paused else (Status.PAUSED,)
        after = Status.PAUSED if paused else Status.RUNNING
        for panel in self.panels:
            if panel.status in before and panel.job is not None:
                self._jobs.pause(panel.job, paused)
                panel.clock.stop() if paused else panel.clock.start()
                self._set_status(panel, after)

    def stop_all(self) -> None:
        """Cancel all runs; what they have so far stays."""
        for panel in self.panels:
            self.stop(panel)

    def stop(self, panel: Panel) -> None:
        """Cancel a panel's run; what it has so far stays."""
        if panel.status in ACTIVE and panel.job is not None:
            self._jobs.cancel(panel.job)

    def in_background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Run a function on the worker and hand its value to `done` on the GUI thread."""
        self._load(lambda: iter([work()]), done)

    def close(self) -> None:
        """Cancel everything and join the threads."""
        self._jobs.close()
        self._converter.close()

    @property
    def jobs(self) -> JobRunner:
        """The worker, for those who follow jobs of their own beside the panels' runs."""
        return self._jobs

    # -- inside -----------------------------------------------------------------------------

    def _request(self, target: int) -> Request:
        prediction = self.prediction
        if prediction is None:
            raise ParameterError("there is no picture to explain yet; open one")
        return Request(prediction.model_input, target, seed=self.seed, watch=prediction.top)

    def _load(self, steps: Callable[[], Iterator[Any]], take: Callable[[Any], None]) -> int:
        job = self._jobs.submit(steps)
        self._loading[job] = take
        return job

    def _open(self, steps: Callable[[], Iterator[OpenedImage]]) -> None:
        self._forget(self._opening)
        self._opening = self._load(steps, self._take_image)

    def _forget(self, job: int | None) -> None:
        """Cancel a loading job; what it still sends is dropped."""
        if job is not None:
            self._jobs.cancel(job)
            self._loading.pop(job, None)

    def _take_classifier(self, classifier: TorchClassifier) -> None:
        self.classifier = classifier
        self.model_changed.emit()
        self._predict()
        self._converter.submit(lambda: preparation.prepare_engine(classifier, self.precision))

    def _on_engine(self, _: int, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self._note(f"{outcome.sentence}; torch answers instead, which takes longer")
        self.engine_changed.emit()

    def _note(self, sentence: str) -> None:
        """Show a sentence once."""
        if sentence and sentence not in self._notes:
            self._notes.add(sentence)
            self.noticed.emit(sentence)

    def _take_image(self, opened: OpenedImage) -> None:
        self._forget(self._asking)
        self._notes.clear()
        for panel in self.panels:
            self._drop_job(panel)
            panel.state, panel.failure = None, None
            panel.status = Status.EMPTY
        self.image, self.preview = opened.image, opened.preview
        self.prediction, self.pyramid, self.target, self.against = None, None, None, None
        self.image_changed.emit()
        self._predict()

    def _predict(self) -> None:
        if self.image is None or self.classifier is None:
            return
        image, classifier = self.image, self.classifier
        self._forget(self._asking)
        self._asking = self._load(
            lambda: preparation.predict(image, classifier), self._take_prediction
        )

    def _take_prediction(self, prediction: Prediction) -> None:
        self.prediction, self.target, self.against = prediction, prediction.top[0], None
        self._asking = self._load(
            lambda: preparation.cut_pyramid(prediction.model_input), self._take_pyramid
        )
        self.predicted.emit()
        self.run_all()

    def _take_pyramid(self, pyramid: Pyramid) -> None:
        self.pyramid = pyramid
        self.pyramid_changed.emit()

    def _start(self, panel: Panel, begin: Callable[[], MethodRun]) -> None:
        """Submit a run; it is made on the worker, where torch may be imported."""
        panel.first_done = 0
        panel.failure, panel.clock, panel.scores_partial = None, Clock(), False
        panel.job = self._jobs.submit(begin)
        self._set_status(panel, Status.WAITING)

    def _follow_target(self, panel: Panel, target: int) -> None:
        state = panel.state
        if state is None or target not in state.snapshot.targets:
            self.run(panel)
        elif panel.status in ACTIVE and panel.job is not None:
            self._jobs.call(panel.job, lambda run: run.retarget(target))
            self.panel_changed.emit(panel.number)
        else:
            self._evaluate(panel, state, target)

    def _evaluate(self, panel: Panel, state: RunState, target: int) -> None:
        """Draw curves for another class of a run that has ended."""
        if self.prediction is None:
            return
        classifier, request = self.prediction.classifier, self._request(target)

        def begin() -> MethodRun:
            from .runs import MethodRun

            return MethodRun(classifier, request, state.explainer, earlier=state)

        self._start(panel, begin)

    def _drop_job(self, panel: Panel) -> None:
        """Forget a panel's job: it is cancelled, and what it still sends is not shown."""
        if panel.job is not None:
            self._jobs.cancel(panel.job)
            panel.job = None

    def _on_update(self, job: int, value: Any) -> None:
        if job in self._loading:
            self._loading[job](value)
            return
        panel = self._panel_of(job)
        if panel is None:
            return
        panel.state = value
        self._note(value.engine.note)
        self._follow_pyramid()
        if panel.status is Status.WAITING:
            panel.clock.start()
            panel.first_done = value.snapshot.done
            panel.status = Status.RUNNING
        self.panel_changed.emit(panel.number)

    def _follow_pyramid(self) -> None:
        """Show the fragments that the first panel with any really uses."""
        used = next((p.pyramid for p in self.panels if p.pyramid is not None), None)
        known = self.pyramid
        if used is not None and known is not None and not used.is_like(known):
            self._take_pyramid(used)

    def _on_end(self, job: int, outcome: Outcome) -> None:
        if self._loading.pop(job, None) is not None:
            if isinstance(outcome, Failed):
                self.noticed.emit(outcome.sentence)
                if job == self._model_job:
                    self.model_changed.emit()  # there is none, and none is on its way
            return
        panel = self._panel_of(job)
        if panel is None:
            return
        panel.job = None
        panel.clock.stop()
        panel.failure = outcome if isinstance(outcome, Failed) else None
        behind = panel.state is not None and panel.state.target != self.target
        if isinstance(outcome, Finished) and behind and self.target is not None:
            self._follow_target(panel, self.target)
        elif isinstance(outcome, Cancelled) and (state := panel.stopped_among_masks):
            self._evaluate(panel, state, state.target if self.target is None else self.target)
            panel.scores_partial = True
            self.panel_changed.emit(panel.number)
        else:
            if isinstance(outcome, Failed) and panel.status is Status.WAITING:
                panel.state = None  # an earlier result, of other parameters
            self._set_status(panel, panel.status_at_end(isinstance(outcome, Cancelled)))

    def _panel_of(self, job: int) -> Panel | None:
        return next((panel for panel in self.panels if panel.job == job), None)

    def _set_status(self, panel: Panel, status: Status) -> None:
        panel.status = status
        self.panel_changed.emit(panel.number)
