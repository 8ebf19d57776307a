"""Pictures of a session, each with its own prediction and results. No Qt."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fragscope_explainers.counts import Window
from fragscope_explainers.images import Image, UInt8Array
from fragscope_explainers.translation import tr
from fragscope_explainers.types import FloatArray

from .aspects import Aspect
from .class_match import same_class
from .painting import Painting
from .panel_set import PanelSet
from .panels import ACTIVE, Panel, Status

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid

    from .edits import KeptEdit
    from .preparation import OpenedImage, Prediction

_DONE = (Status.FINISHED, Status.UNSUPPORTED)
MOST_DECODED = 4
"""Pictures whose pixels stay in memory; others are read again when they are shown."""


class Progress(enum.Enum):
    """How far a picture is; its words are those of the strip of pictures."""

    EMPTY = "empty"
    BUSY = "busy"
    PARTIAL = "partial"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A picture as a session file holds it, from which its pixels can be read again.

    Attributes
    ----------
    data : bytes of the picture's own file, or of a PNG with its pixels.
    is_file : which of the two.
    path : its file, which may be gone; None for pasted pixels.
    sha256, notes : as `Image` has them.
    """

    data: bytes
    is_file: bool
    name: str
    path: Path | None
    sha256: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the model said of a picture: probabilities [C] and the most probable classes.

    Attributes
    ----------
    window : the one that people had set when it was asked, or None.
    """

    probabilities: FloatArray
    top: tuple[int, ...]
    window: Window | None = None


@dataclass(slots=True, eq=False)
class Picture:
    """One picture with all that is known of it.

    Attributes
    ----------
    number : stays its own while others come and go; 0 stands for no picture.
    path, modified : its file and when that was written; None for pasted pixels.
    image, preview : pixels, and fewer of them for the screen; None while they are not in memory.
    thumbnail : uint8 [h, w, 3], small, or None before the file was read.
    others : what the models of panels say, by their number on the shelf.
    other_answers : the same without pixels, for models that are not open.
    prediction, pyramid : what the model says, and the fragments; None before that is known.
    target, against : explained class, and the one that is subtracted from it.
    panels : results of every panel on this picture.
    edit : what people erased of its input, or None before they could.
    failure : why it could not be read or asked about, else "".
    job : the job that reads it or asks the model about it.
    photo : its bytes, where it came in a session file.
    answer : what the model said of it when that file was written, so that it need not be asked.
    window : which of its counts people made black and white, or None where they left it alone.
    sha256 : of the file that its results are of, or "" before it was read.
    kind : what its counts are, as `Counts.kind` tells; None before it was read, and for 8 bits.
    as_read : the window that was found on reading; None where `kind` is.
    """

    number: int
    name: str
    panels: PanelSet
    path: Path | None = None
    modified: float | None = None
    image: Image | None = None
    preview: UInt8Array | None = None
    thumbnail: UInt8Array | None = None
    prediction: Prediction | None = None
    pyramid: Pyramid | None = None
    target: int | None = None
    against: int | None = None
    edit: KeptEdit | None = None
    failure: str = ""
    job: int | None = None
    photo: Photo | None = None
    answer: Answer | None = None
    window: Window | None = None
    kind: tuple[str, str, int] | None = None
    as_read: Window | None = None
    others: dict[int, Prediction] = field(default_factory=dict)
    other_answers: dict[int, Answer] = field(default_factory=dict)
    sha256: str = ""

    @property
    def can_be_read(self) -> bool:
        """Whether its pixels can be read, again or for the first time."""
        return self.photo is not None or self.path is not None

    @property
    def progress(self) -> Progress:
        """How far it is, for the strip of pictures."""
        if self.failure:
            return Progress.FAILED
        statuses = [panel.status for panel in self.panels]  # a strip asks this of all, often
        if self.job is not None or any(status in ACTIVE for status in statuses):
            return Progress.BUSY
        if statuses and all(status in _DONE for status in statuses):
            outdated = any(self.is_outdated(panel) for panel in self.panels)
            return Progress.PARTIAL if outdated else Progress.DONE
        bare = all(status is Status.EMPTY for status in statuses)
        return Progress.EMPTY if bare else Progress.PARTIAL

    @property
    def is_placeholder(self) -> bool:
        """Whether it stands for no picture, before the first is opened and after the last."""
        return self.number == 0

    @property
    def active(self) -> list[Panel]:
        """Panels that run, wait or are paused."""
        return [panel for panel in self.panels if panel.status in ACTIVE]

    def take(self, opened: OpenedImage) -> None:
        """Take over pixels that were read."""
        self.image, self.preview = opened.image, opened.preview
        self.thumbnail, self.name = opened.thumbnail, opened.image.name
        self.sha256 = opened.image.sha256
        self.note_kind(opened.image)

    def is_other(self, image: Image) -> bool:
        """Whether pixels that were read are of another file than the results: it was changed."""
        return bool(self.sha256) and image.sha256 != self.sha256

    def note_kind(self, image: Image) -> None:
        """Remember what its counts are, also while its pixels are not in memory."""
        counts = image.counts
        self.kind, self.as_read = (None, None) if counts is None else (counts.kind, counts.as_read)

    def is_seen_in(self, image: Image) -> bool:
        """Whether pixels of it were made through the window that it has now."""
        return image.counts is None or image.window == self.window

    def is_current(self, prediction: Prediction) -> bool:
        """Whether a model was asked about the picture as it is seen now."""
        return self.is_seen_in(prediction.model_input.image)

    def is_outdated(self, panel: Panel) -> bool:
        """Whether a panel's result is of the picture through another window."""
        counted = panel.state is not None and self.kind is not None
        return counted and panel.asked_window != self.window

    def known_answer(self) -> Answer | None:
        """What the model said of the picture as it is seen now, where a session file told."""
        answer = self.answer
        return answer if answer is not None and answer.window == self.window else None

    def known_answer_of(self, model: int) -> Answer | None:
        """What the model of panels of this number said of it as it is seen now."""
        answer = self.other_answers.get(model)
        return answer if answer is not None and answer.window == self.window else None

    def prediction_of(self, panel: Panel) -> Prediction | None:
        """What a panel's model says: its own, or the window's; None before that is known."""
        return self.prediction if panel.model is None else self.others.get(panel.model)

    def can_ask(self, panel: Panel) -> bool:
        """Whether a panel's model has been asked about the picture, and can be asked more."""
        prediction = self.prediction_of(panel)
        return prediction is not None and prediction.can_ask

    @property
    def answers(self) -> dict[int, Answer]:
        """All that the models of panels said of it, by their number on the shelf."""
        return {**self.other_answers, **{n: p.answer for n, p in self.others.items()}}

    def forget_model(self, number: int) -> None:
        """Forget what a model of panels said."""
        self.others.pop(number, None)
        self.other_answers.pop(number, None)

    def target_of(self, panel: Panel) -> int | None:
        """The class that a panel explains, as its model counts: the one it is held at, or the
        picture's; None where its model has none of that name."""
        if panel.held is not None:
            return panel.held
        return self.as_panel_counts(panel, self.target)

    def as_panel_counts(self, panel: Panel, target: int | None) -> int | None:
        """The class of a panel's model that has the name of one of the window's, or None."""
        own, mine = self.prediction, self.prediction_of(panel)
        if panel.model is None or target is None:
            return target
        if own is None or mine is None:
            return None
        return same_class(target, own.classifier.labels, mine.classifier.labels)

    def label_of(self, panel: Panel, target: int) -> str:
        """Name of a class of a panel's model."""
        prediction = self.prediction_of(panel)
        return str(target) if prediction is None else prediction.classifier.labels[target]

    def aspect_of(self, panel: Panel, painting: Painting) -> Aspect | None:
        """Which of its maps a panel shows; one that is held at a class shows that one alone."""
        target = self.target_of(panel)
        if target is None or self.target is None:
            return None
        against = None if panel.held is not None else self.as_panel_counts(panel, self.against)
        return Aspect(target, against, painting)

    def start_over(self, changed: float | None) -> None:
        """Forget all that is known of a file which was written since, at this time."""
        self.panels, self.modified = self.panels.blank(), changed
        self.image, self.preview, self.prediction, self.pyramid = None, None, None, None
        self.target, self.against, self.edit, self.failure = None, None, None, ""
        self.window, self.kind, self.as_read = None, None, None
        self.answer, self.photo, self.thumbnail, self.sha256 = None, None, None, ""
        self.others.clear()
        self.other_answers.clear()

    def change_model(self, earlier: Sequence[str], labels: Sequence[str]) -> None:
        """Forget what the window's model said; its classes go over to those of the same name."""
        self.prediction, self.pyramid, self.answer, self.edit = None, None, None, None
        self.failure = ""
        pairs = zip(self.panels, self.panels.blank(), strict=True)
        self.panels = PanelSet.holding(new if old.model is None else old for old, new in pairs)
        for panel in self.panels:
            if panel.model is None:
                panel.held = same_class(panel.held, earlier, labels)
        self.target = same_class(self.target, earlier, labels)
        self.against = same_class(self.against, earlier, labels)
        if self.target is None or self.target == self.against:
            self.against = None

    def forget_pixels(self) -> None:
        """Let go of what can be read again, unless it is in use; the results stay."""
        if self.can_be_read and self.job is None and not self.active:
            if self.prediction is not None:
                self.answer = self.prediction.answer
            self.image, self.preview, self.prediction = None, None, None
            self.other_answers = self.answers
            self.others.clear()


def changed_note(name: str) -> str:
    """A sentence on a picture whose file is another one than that of its results."""
    return tr(
        "{name} was changed on the disk since it was explained; the results of before are gone.",
        name=name,
    )


def modified(path: Path) -> float | None:
    """When a file was written last, or None where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None
