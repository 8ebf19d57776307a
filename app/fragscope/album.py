"""The pictures of a session: read, shown, explained one after another. Only QtCore."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fragscope_explainers.errors import SessionError
from fragscope_explainers.images import Image
from fragscope_explainers.translation import tr

from . import preparation
from .album_models import AlbumModels
from .jobs import Failed
from .loading import Loader
from .panel_memory import Memories, forget, rest
from .panel_runs import PanelRuns
from .panel_set import PanelSet
from .panels import Panel, Status
from .pictures import MOST_DECODED, Picture, Progress, changed_note, modified
from .preparation import OpenedImage, Prediction

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.fragments import Pyramid

_WITH_RESULT = (Status.FINISHED, Status.RUNNING)


class Album(AlbumModels):
    """All open pictures, one of which is in front. Lives on the GUI thread, as do its signals.

    Results stay with their picture: what runs goes on behind the picture in front, whenever that
    one has nothing to do.

    Signals
    -------
    pictures_changed() : pictures were added or removed.
    picture_changed(int) : the picture of this number has another name, thumbnail or progress.
    front_changed() : another picture is in front; its prediction follows.
    predicted() : prediction, geometry and target of the picture in front are there.
    pyramid_changed() : its fragments are there.
    panel_changed(int) : one of its panels has a new state.
    closing(object) : people are about to take this `Picture` out.
    queue_changed() : `queue_state` is another one.
    noticed(str) : a sentence to show.
    """

    pictures_changed = Signal()
    picture_changed = Signal(int)
    front_changed = Signal()
    predicted = Signal()
    pyramid_changed = Signal()
    panel_changed = Signal(int)
    closing = Signal(object)
    queue_changed = Signal()
    noticed = Signal(str)

    def __init__(
        self, loader: Loader, runs: PanelRuns, panels: PanelSet, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._loader, self._runs = loader, runs
        self._classifier: LoadedClassifier | None = None
        self.picture = Picture(0, "", panels)
        """The picture in front; an empty one before the first is opened."""
        self.pictures: list[Picture] = []
        self._wanted = self.picture
        self._shown: list[Picture] = []
        self._queue: list[Picture] = []
        self._batch: list[Picture] = []
        """What the queue began with, and what was being explained then."""
        self._numbers = itertools.count(1)
        self._thumbnail_job: int | None = None
        runs.changed.connect(self._on_run)
        self.picture_changed.connect(lambda _: self.tell_queue())
        self.pictures_changed.connect(self.tell_queue)

    def replace(self, pictures: Sequence[Picture], front: Picture, model: LoadedClassifier) -> None:
        """Put others, with their results, in the place of all pictures; `announce` shows them.

        Parameters
        ----------
        front : one of them that has its pixels.
        model : what answers for them from now on.
        """
        self._let_go()
        self._classifier = model
        for picture in pictures:
            picture.number = next(self._numbers)
        self.pictures, self._shown = list(pictures), [front]
        self.picture = self._wanted = front

    def announce(self) -> None:
        """Show the pictures that took the place of others; what has a result is not run again."""
        self.pictures_changed.emit()
        self.front_changed.emit()
        if self.picture.prediction is None:
            self._predict(self.picture)
        else:
            self._show_prediction(self.picture)

    def open_files(self, paths: Iterable[Path]) -> None:
        """Add picture files, and show and explain the first of them.

        A file that is open already is shown as it is, unless it was changed since.
        """
        known = {picture.path: picture for picture in reversed(self.pictures)}
        opened: list[Picture] = []
        for path in paths:
            here = known.get(path) and self._known(path)
            known[path] = here or self._add(path.stem, path)
            opened.append(known[path])
        if opened:
            self.pictures_changed.emit()
            self.show(opened[0].number)

    def is_open(self, path: Path | None) -> bool:
        """Whether a file is among the pictures as it is on the disk now."""
        return path is not None and self._known(path) is not None

    def _known(self, path: Path) -> Picture | None:
        """The open picture of a file as it is on the disk now."""
        same = (picture for picture in self.pictures if picture.path == path)
        return next((picture for picture in same if picture.modified == modified(path)), None)

    def open_image(self, image: Image) -> None:
        """Explain a picture that is in memory already."""
        self._wanted = picture = self._add(image.name, None)
        self.pictures_changed.emit()
        self._read(picture, lambda: preparation.open_image(image))

    def show(self, number: int) -> None:
        """Bring a picture to the front, with what is known of it."""
        self._wanted = picture = self._picture(number)
        if picture is self.picture:
            return
        if picture.image is None:
            self._read_file(picture)
        else:
            self._bring_to_front(picture)

    def close_picture(self, number: int) -> None:
        """Take a picture out as `remove_picture` does, so that it can be brought back."""
        self.closing.emit(self._picture(number))
        self.remove_picture(number)

    def bring_back(self, picture: Picture, place: int, *, shows: bool = True) -> None:
        """Put a picture that was closed in its place again, with the results it had.

        Those of a file that was written since are of other pixels, and are forgotten.
        """
        if picture.path is not None and modified(picture.path) != picture.modified:
            picture.start_over(modified(picture.path))
        self.pictures.insert(place, picture)
        self.pictures_changed.emit()
        if shows or self.picture.is_placeholder:
            self.show(picture.number)

    def remove_picture(self, number: int) -> None:
        """Take a picture out, end its runs, and show the one beside it if it was in front."""
        picture = self._picture(number)
        place = self.pictures.index(picture)
        self._loader.forget(picture.job)
        picture.job = None
        for panel in picture.active:
            self._runs.drop(panel)
            rest(panel)
        self.pictures.remove(picture)
        self._queue = [waiting for waiting in self._queue if waiting is not picture]
        self._batch = [known for known in self._batch if known is not picture]
        self._shown = [shown for shown in self._shown if shown is not picture]
        self.pictures_changed.emit()
        if not self.pictures:
            self.picture = self._wanted = Picture(0, "", self.picture.panels.blank())
            self.front_changed.emit()
        elif self.picture not in self.pictures or picture is self._wanted:
            self.show(self.pictures[min(place, len(self.pictures) - 1)].number)

    # -- inside -----------------------------------------------------------------------------

    def _let_go(self) -> None:
        """End all that is under way, for all pictures."""
        self._queue.clear()
        self._batch.clear()
        self._is_held = False
        self._loader.forget(self._thumbnail_job)
        self._thumbnail_job = None
        for picture in (self.picture, *self.pictures):
            self._loader.forget(picture.job)
            for panel in picture.panels:
                self._runs.drop(panel)

    def _picture(self, number: int) -> Picture:
        return {picture.number: picture for picture in self.pictures}[number]

    def _add(self, name: str, path: Path | None) -> Picture:
        changed = modified(path) if path is not None else None
        panels = self.picture.panels.blank()
        picture = Picture(next(self._numbers), name, panels, path, changed)
        self.pictures.append(picture)
        return picture

    def _fail(self, picture: Picture, failed: Failed) -> None:
        """Tell why a picture cannot be explained; one that never was in front is not kept."""
        picture.job, picture.failure = None, failed.sentence
        if picture.prediction is not None and not picture.is_current(picture.prediction):
            picture.prediction = None
        self.noticed.emit(failed.sentence)
        if picture is self._wanted and picture not in self._shown:
            self._wanted = self.picture
            self.remove_picture(picture.number)
        self.picture_changed.emit(picture.number)
        if picture is self.picture:
            for panel in picture.panels:
                self.panel_changed.emit(panel.number)
        self._next_of_queue()

    def _take_image(self, picture: Picture, opened: OpenedImage) -> None:
        if picture.is_other(opened.image):
            window = picture.window  # its pixels were made through this one
            picture.start_over(None if picture.path is None else modified(picture.path))
            picture.window = window
            self.noticed.emit(changed_note(picture.name))
        picture.take(opened)
        picture.job = None
        self.picture_changed.emit(picture.number)
        if picture is self._wanted:
            self._bring_to_front(picture)
        else:
            self._predict(picture)

    def _bring_to_front(self, picture: Picture) -> None:
        """Show a picture with what is known of it, and find out the rest."""
        self._follow_panels(picture)
        self._bring_results_back(picture)
        self.picture = self._wanted = picture
        self._shown = [picture, *(shown for shown in self._shown if shown is not picture)]
        self._forget_pixels()
        self.front_changed.emit()
        if picture.prediction is None or not picture.is_current(picture.prediction):
            self._predict(picture)
        else:
            self._show_prediction(picture)

    def _bring_results_back(self, picture: Picture) -> None:
        """Have all results in memory; one that cannot be read from the disk runs again."""
        for panel in picture.panels:
            try:
                if panel.state is not None:
                    panel.state.come_back()
            except SessionError as error:
                forget(panel)
                again = tr("The method {name} runs again.", name=panel.method.label)
                self.noticed.emit(f"{error} {again}")

    def _follow_panels(self, picture: Picture) -> None:
        """Give a picture the panels of the one in front; results stay where they fit."""
        if self.picture.is_placeholder and picture.progress is Progress.EMPTY:
            picture.panels = self.picture.panels
        else:
            self.catch_up(picture)

    def _forget_pixels(self) -> None:
        """Keep in memory what was shown lately and what runs need; the rest is read again."""
        for picture in self.pictures:
            if picture not in self._shown[:MOST_DECODED]:
                picture.forget_pixels()

    def _predict(self, picture: Picture) -> None:
        image, classifier = picture.image, self._classifier
        if image is not None and not picture.is_seen_in(image):
            self._look_through_window(picture, image)
            return
        if image is None or classifier is None:
            return
        answer, picture.failure = picture.known_answer(), ""
        self._loader.forget(picture.job)
        picture.job = self._loader.load(
            (lambda: preparation.predict(image, classifier))
            if answer is None
            else (lambda: preparation.recall(image, classifier, answer)),
            lambda prediction: self._take_prediction(picture, prediction),
            lambda failed: self._fail(picture, failed),
        )

    def _take_prediction(self, picture: Picture, prediction: Prediction) -> None:
        picture.prediction, picture.job = prediction, None
        if picture.target is None:
            picture.target = prediction.top[0]
        if picture is self.picture:
            self._show_prediction(picture)
        else:
            self._run_missing(picture)
        self._next_of_queue()  # nothing runs, and tells so, where all results are known

    def _show_prediction(self, picture: Picture) -> None:
        prediction = picture.prediction
        self.predicted.emit()
        if picture.pyramid is not None:
            self.pyramid_changed.emit()
        elif prediction is not None:
            self._loader.load(
                lambda: preparation.cut_pyramid(prediction.model_input),
                lambda pyramid: self._take_cut(picture, prediction, pyramid),
            )
        self._run_missing(picture)
        for panel in picture.panels:  # those with a result are not run, and waited all the same
            self.panel_changed.emit(panel.number)
        self._share_worker()
        self._next_thumbnail()

    def _take_cut(self, picture: Picture, cut: Prediction, pyramid: Pyramid) -> None:
        """Take fragments, unless another model sees another part of the picture by now."""
        if picture.prediction is cut:
            self._take_pyramid(picture, pyramid)

    def _take_pyramid(self, picture: Picture, pyramid: Pyramid) -> None:
        picture.pyramid = pyramid
        if picture is self.picture:
            self.pyramid_changed.emit()

    def put_panels(self, picture: Picture, memories: Memories) -> None:
        """Arrange a picture's panels as they were, with their results; the front one follows."""
        shares = picture.panels is self.picture.panels  # as the first one does with no picture
        open_still = shares or picture in self.pictures
        panels = picture.panels if open_still else PanelSet(())
        gone = panels.recall(memories)
        if panels is not self.picture.panels:
            gone += self.picture.panels.follow(panels)
        for panel in gone:
            self._runs.drop(panel)
        self._bring_results_back(self.picture)
        self._follow_pyramid(self.picture)

    def catch_up(self, picture: Picture) -> None:
        """Give a picture behind the panels of the one in front, as when it comes there."""
        if picture.panels is not self.picture.panels:
            for panel in picture.panels.follow(self.picture.panels):
                self._runs.drop(panel)

    def run_missing(self) -> None:
        """Run the panels of the picture in front that have nothing to show yet."""
        self._run_missing(self.picture)
        self.go_on()

    def _run_missing(self, picture: Picture) -> None:
        """Run the panels that have nothing to show yet; results of another class turn to theirs."""
        self._runs.ask_missing(picture)
        for panel in picture.panels:
            target, is_asked = picture.target_of(panel), picture.prediction_of(panel) is not None
            if panel.status in (Status.EMPTY, Status.UNSUPPORTED):
                self._runs.run(picture, panel)
            elif panel.model is not None and not is_asked:
                continue  # it turns to its class once its model has answered
            elif panel.status in _WITH_RESULT and panel.answers_for != target:
                self._runs.follow_target(picture, panel)

    def _on_run(self, picture: Picture, panel: Panel) -> None:
        self.picture_changed.emit(picture.number)
        if picture is self.picture:
            self._follow_pyramid(picture)
            self.panel_changed.emit(panel.number)
        if panel.job is None or panel.status is Status.WAITING:
            self.go_on()

    def _follow_pyramid(self, picture: Picture) -> None:
        """Show the fragments that the first panel with any really uses."""
        own = (p for p in picture.panels if p.model is None and not picture.is_outdated(p))
        used = next((panel.pyramid for panel in own if panel.pyramid), None)
        known = picture.pyramid
        if used is not None and known is not None and not used.is_like(known):
            self._take_pyramid(picture, used)
