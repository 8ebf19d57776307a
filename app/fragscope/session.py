"""The state behind the window: pictures, model, predictions, and one run for every panel.

The session lives on the GUI thread and never computes: it submits jobs and keeps what they yield.
Only QtCore is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.images import Image, UInt8Array
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Precision

from .album import Album
from .aspects import Aspect
from .jobs import Failed, JobRunner
from .latest import Latest
from .loading import Loader
from .model_choice import ModelChoice
from .painting import PLAIN, Painting
from .panel_runs import RUNS, PanelRuns
from .panel_set import PanelSet
from .panels import Panel, Status
from .pictures import Picture
from .preparation import Prediction
from .result_memory import ResultMemory
from .session_panels import SessionPanels

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.fragments import Pyramid

    from .restoring import Restored

DEFAULT_PANELS = ("mfpp", "rise", "integrated-gradients", "grad-cam")


class Session(SessionPanels):
    """All state of one window. All signals fire on the GUI thread.

    What is said of "the" picture, its panels and its classes is about the one in front of `album`.

    Signals
    -------
    image_changed() : another picture is in front; its prediction follows.
    model_changed() : the classifier is there, or could not be loaded.
    engine_changed() : a faster engine is there, or will not come.
    recalled() : an earlier model was brought back, with all that the pictures showed of it.
    model_closed() : a model was closed that nobody can bring back.
    predicted() : prediction, geometry and target are there.
    pyramid_changed() : the fragments are there.
    target_changed() : another class is explained, or another one is subtracted from it.
    painting_changed() : maps that are made of fragments look different.
    panels_changed() : panels were added, removed or replaced.
    panel_added(int) : people added the panel of this number, and will want to see it.
    panel_changed(int) : a panel has a new state.
    changing(object) : people are about to make this `Change`, which can be undone.
    noticed(str) : a sentence to show.
    restored() : all that was open gives way to what a session file holds.
    """

    image_changed = Signal()
    model_changed = Signal()
    engine_changed = Signal()
    recalled = Signal()
    model_closed = Signal()
    predicted = Signal()
    pyramid_changed = Signal()
    target_changed = Signal()
    painting_changed = Signal()
    panels_changed = Signal()
    panel_added = Signal(int)
    panel_changed = Signal(int)
    changing = Signal(object)
    noticed = Signal(str)
    restored = Signal()

    def __init__(
        self,
        panels: Sequence[str] = DEFAULT_PANELS,
        parent: QObject | None = None,
        precision: Precision = "f32",
        choice: ModelChoice | None = None,
    ) -> None:
        super().__init__(parent)
        self.choice = choice or ModelChoice()
        self.model_spec = self.choice.spec
        self.precision: Precision = precision
        self.classifier: LoadedClassifier | None = None
        self.painting = PLAIN
        self._notes: set[str] = set()
        self._jobs = JobRunner(self)
        self._loader = Loader(self._jobs, self._notice_failure, self)
        self._runs = PanelRuns(self._jobs, self)
        self._runs.noted.connect(self._note)
        panel_set = PanelSet((name, {}) for name in panels)
        self.album = Album(self._loader, self._runs, panel_set, self)
        self.memory = ResultMemory(self.album, self)
        """Sends results to the disk, once it is started with a budget."""
        self.memory.noticed.connect(self.noticed)
        self._follow_album()
        self.add_shelf(self._loader)
        self.add_loading()
        self.screen_work = Latest(self)
        """Computes what is to be seen at once, while the worker is busy with runs."""
        self.screen_work.failed.connect(self._notice_failure)

    # -- pictures ---------------------------------------------------------------------------

    @property
    def picture(self) -> Picture:
        """The picture in front; an empty one before the first is opened."""
        return self.album.picture

    @property
    def image(self) -> Image | None:
        """Pixels of the picture in front, or None while there are none."""
        return self.picture.image

    @property
    def preview(self) -> UInt8Array | None:
        """Fewer pixels of it, for the screen."""
        return self.picture.preview

    @property
    def prediction(self) -> Prediction | None:
        """What the model says of the picture in front."""
        return self.picture.prediction

    @property
    def pyramid(self) -> Pyramid | None:
        """The fragments of the picture in front."""
        return self.picture.pyramid

    @property
    def target(self) -> int | None:
        """The explained class of the picture in front."""
        return self.picture.target

    @property
    def against(self) -> int | None:
        """The class that is subtracted from it, or None."""
        return self.picture.against

    @property
    def panels(self) -> PanelSet:
        """The panels with their results on the picture in front."""
        return self.picture.panels

    def open_file(self, path: Path) -> None:
        """Read a picture file on the worker, then explain it."""
        self.album.open_files([path])

    def open_image(self, image: Image) -> None:
        """Explain a picture that is in memory already."""
        self.album.open_image(image)

    @property
    def is_loading(self) -> bool:
        """Whether a picture or the model is on its way."""
        return self._loader.is_busy or self.models.is_busy or self.shelf.loading.is_busy

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
        if self.target is not None:
            subtracts = (
                tr("end the contrast")
                if against is None
                else tr("subtract {label}", label=self.label(against))
            )
            self._tell(
                "classes",
                tr("explain {label}", label=self.label(target)) if switched else subtracts,
            )
        self.picture.target, self.picture.against = target, against
        if switched:
            self.pause_all(False)  # else some panels would follow and others wait
        self.target_changed.emit()
        for panel in self.panels if switched else ():
            if panel.held is None:
                self._runs.follow_target(self.picture, panel)

    @property
    def aspect(self) -> Aspect | None:
        """Which of their maps the panels show that follow the window, or None without a class."""
        return None if self.target is None else Aspect(self.target, self.against, self.painting)

    def target_of(self, panel: Panel) -> int | None:
        """The class that a panel explains: the one it is held at, or the window's."""
        return self.picture.target_of(panel)

    def aspect_of(self, panel: Panel) -> Aspect | None:
        """Which of its maps a panel shows; one that is held at a class shows that one alone."""
        return self.picture.aspect_of(panel, self.painting)

    def label(self, target: int) -> str:
        """Name of a class."""
        labels = self.classifier.labels if self.classifier is not None else ()
        return labels[target] if target < len(labels) else str(target)

    # -- panels -----------------------------------------------------------------------------

    def restore(self, restored: Restored) -> None:
        """Put what a session file holds in the place of all that is open; nothing is run again."""
        earlier, model = self.classifier, restored.classifier
        is_other = model is not earlier
        self.models.cancel()  # it would drop the results that come now
        self.classifier, self.model_spec = model, restored.model_spec
        self.restored.emit()  # no step can go back; the model must not be closed with them
        if is_other:  # a file from elsewhere is trusted with nothing
            self.choice = ModelChoice(
                restored.model_spec, restored.settings, device=self.choice.device
            )
        self.painting, self._runs.seed = restored.painting, restored.seed
        self.adopt_models(restored)
        self.album.replace(restored.pictures, restored.front, model)
        if is_other:
            self.model_changed.emit()
        self.tidy_models()
        self.album.announce()
        self.painting_changed.emit()
        if is_other and not restored.note:
            self.models.convert(model, self.precision)
        self._retire(earlier)
        if restored.notice:
            self.noticed.emit(restored.notice)

    def paint(self, painting: Painting) -> None:
        """Paint all maps that are made of fragments in another way; no model query."""
        self.painting = painting
        self.painting_changed.emit()

    # -- runs -------------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """Seed of every random choice."""
        return self._runs.seed

    @property
    def is_running(self) -> bool:
        """Whether a panel runs or waits, paused ones left out."""
        return any(panel.status in RUNS for panel in self.panels)

    @property
    def is_paused(self) -> bool:
        """Whether a panel is paused."""
        return any(panel.status is Status.PAUSED for panel in self.panels)

    def run_all(self) -> None:
        """Run every panel from its beginning; a picture that the model failed on is asked again."""
        if self.prediction is None:
            self.album.ask_again()
            return
        for panel in self.panels:
            self.run(panel)

    def run(self, panel: Panel) -> None:
        """Run a panel of the picture in front from its beginning; its model is opened for it."""
        if panel.model is None:
            self.album.ask_again()
        self._models_of_panels.order(panel)
        self._runs.run(self.picture, panel)

    def pause_all(self, paused: bool = True) -> None:
        """Hold all runs of the picture in front, or let them go on."""
        self._runs.pause(self.picture, paused)

    def stop_all(self) -> None:
        """Cancel all runs of the picture in front; what they have so far stays."""
        for panel in self.panels:
            self.stop(panel)

    def stop(self, panel: Panel) -> None:
        """Cancel a panel's run; what it has so far stays."""
        self._runs.stop(panel)

    def in_background(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Failed], None] | None = None,
    ) -> None:
        """Run a function on the worker and hand its value to `done` on the GUI thread.

        A failure is told to `failed`, or to the user where that is not given.
        """
        self._loader.load(lambda: iter([work()]), done, failed)

    def close(self) -> None:
        """Cancel everything and join the threads."""
        self._earlier.clear()
        self._jobs.close()
        self.models.close()
        self.shelf.close()
        self.screen_work.close()
        self.memory.close()

    @property
    def jobs(self) -> JobRunner:
        """The worker, for those who follow jobs of their own beside the panels' runs."""
        return self._jobs

    # -- inside -----------------------------------------------------------------------------

    def _notice_failure(self, failed: Failed) -> None:
        self.noticed.emit(failed.sentence)

    def _note(self, sentence: str) -> None:
        """Show a sentence once."""
        if sentence and sentence not in self._notes:
            self._notes.add(sentence)
            self.noticed.emit(sentence)

    def _follow_album(self) -> None:
        """Pass on what is said of the picture in front."""
        album = self.album
        album.front_changed.connect(self._notes.clear)
        album.front_changed.connect(self.panels_changed)
        album.front_changed.connect(self.image_changed)
        album.predicted.connect(self.predicted)
        album.pyramid_changed.connect(self.pyramid_changed)
        album.panel_changed.connect(self.panel_changed)
        album.noticed.connect(self.noticed)
