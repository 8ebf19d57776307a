"""The line at the bottom: model and device, what is loading, what runs and how long it takes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from fragscope_explainers.translation import shown, tr, trn

from ..album_queue import QueueState
from ..panels import Panel, Status
from ..session import Session
from . import theme
from .elided_label import ElidedLabel
from .progress_text import duration, seconds_left

_TOLD_MS = 5000


class StatusLine(QStatusBar):
    """Follows a session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = QLabel(tr("Loading the model ..."), self)
        self.picture = ElidedLabel("", self)
        self.work = QLabel(self)
        for label in (self.model, self.picture, self.work):
            label.setFont(theme.tabular(label.font()))
            label.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self.model)
        self.addWidget(self.picture, 1)
        self.addPermanentWidget(self.work)
        self.setSizeGripEnabled(False)
        session.model_changed.connect(self._show_model)
        session.engine_changed.connect(self._show_model)
        session.image_changed.connect(self._show_picture)
        session.album.pixels_changed.connect(self._show_picture)
        session.panel_changed.connect(self._show_work)
        session.panels_changed.connect(self._show_work)
        session.album.queue_changed.connect(self._show_work)

    def tell(self, sentence: str) -> None:
        """Show a sentence for some seconds in place of model and picture."""
        self.showMessage(sentence, _TOLD_MS)

    def _show_model(self) -> None:
        classifier = self._session.classifier
        if classifier is None:
            if not self._session.is_loading:
                self.model.setText(tr("No model"))
            return
        rows, columns = classifier.input_size
        device = str(classifier.device).upper()
        prediction = self._session.prediction
        used = None if prediction is None else prediction.classifier.use.name
        if used is None:
            used = classifier.engine_name if classifier.engine is None else classifier.engine.name
        self.model.setText(f"{classifier.name}, {columns} x {rows}, {device}, {used}")
        described = classifier.preprocessing.describe()
        self.model.setToolTip("\n".join(f"{key}: {value}" for key, value in described.items()))

    def _show_picture(self) -> None:
        image = self._session.image
        if image is None:
            return
        self._show_work()
        facts = [
            tr(
                "{name}, {width:,} x {height:,} px",
                name=image.name,
                width=image.width,
                height=image.height,
            ),
            *map(shown, image.notes),
        ]
        self.picture.setText("; ".join(facts))
        self.picture.setToolTip("; ".join(facts))

    def _show_work(self, *_: object) -> None:
        self._show_model()  # another engine may answer by now
        state = self._session.album.queue_state
        told = [] if state is None else [_pictures_text(state)]
        panels = self._session.panels
        active = [p for p in panels if p.status in (Status.RUNNING, Status.WAITING)]
        told.append(_running_text(active) if active else self._idle_text())
        self.work.setText("; ".join(filter(None, told)))

    def _idle_text(self) -> str:
        if self._session.is_paused:
            return tr("paused")
        waiting = self._session.image is not None and self._session.prediction is None
        failed = bool(self._session.picture.failure)
        return tr("asking the model ...") if waiting and not failed else ""


def _running_text(active: Sequence[Panel]) -> str:
    left = [seconds for p in active if (seconds := seconds_left(p)) is not None]
    text = trn("{count} method running", "{count} methods running", len(active))
    return text + (tr(", {duration} left", duration=duration(max(left))) if left else "")


def _pictures_text(state: QueueState) -> str:
    told = {"done": state.done, "total": state.total}
    if state.is_held:
        return tr("{done} of {total} pictures explained, paused", **told)
    return tr("{done} of {total} pictures explained", **told)
