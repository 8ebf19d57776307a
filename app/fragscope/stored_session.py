"""All that a session file holds, as values that can be compared and handed to other threads. No Qt.

Two of them are equal where nothing has changed that would be missed: what was computed is compared
by identity, and how the window looks at it is left out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fragscope_explainers.counts import Window
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing

from .arrangement import Arrangement, Detached, Region
from .colours import Display, Span, UInt8Array
from .edits import KeptEdit
from .model_choice import ModelChoice
from .painting import PLAIN, Painting
from .panels import Panel, Status
from .pictures import Answer, Photo, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fragscope_explainers.classifiers.loaded import LoadedClassifier
    from fragscope_explainers.classifiers.outputs import Outputs
    from fragscope_explainers.fragments import Pyramid
    from fragscope_explainers.types import CurveKind, FloatArray

    from .ranges import Scale
    from .runs import RunState
    from .session import Session

_ENDED = (Status.EMPTY, Status.FINISHED, Status.CANCELLED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """Which model the results are of, and what it takes to show them without it."""

    spec: str
    name: str
    weights_sha256: str
    preprocessing: Preprocessing
    outputs: Outputs
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredOwnModel:
    """A model that panels ask beside the window's.

    Attributes
    ----------
    number : what panels and answers name it by.
    choice : where it comes from, without trust and secrets.
    facts : which model the results are of, or None where it was never loaded.
    """

    number: int
    choice: ModelChoice
    facts: StoredModel | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StoredPanel:
    """A panel with its result on one picture; attributes as `Panel` has them.

    Attributes
    ----------
    failure : the sentence alone: details name folders of this machine.
    seconds : of the panel's clock.
    """

    number: int
    method: str
    settings: Mapping[str, Any]
    status: Status
    state: RunState | None = None
    asked: Mapping[str, Any] | None = None
    failure: str = ""
    scores_partial: bool = False
    held: int | None = None
    asked_window: Window | None = None
    first_done: int = field(default=0, compare=False)
    seconds: float = field(default=0.0, compare=False)
    model: int | None = None


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture with its results; attributes as `Picture` has them.

    Attributes
    ----------
    others : what the models of panels said of it, by number.
    """

    name: str
    path: Path | None
    panels: tuple[StoredPanel, ...]
    target: int | None = None
    against: int | None = None
    edit: KeptEdit | None = None
    failure: str = ""
    photo: Photo | None = None
    window: Window | None = None
    image: Image | None = field(default=None, compare=False)
    answer: Answer | None = field(default=None, compare=False)
    pyramid: Pyramid | None = field(default=None, compare=False)
    others: Mapping[int, Answer] = field(default_factory=dict, compare=False)
    sha256: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Where the scrubber stands: a kind of curve, a share of pixels in [0, 1], whether it is on."""

    kind: CurveKind
    share: float
    on: bool


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """What is erased of the picture in front, and what is known of that.

    Attributes
    ----------
    source : what it was made from; another edit has another one.
    marked : bool [h, w]; keeps, fill : as `Edit` has them.
    probabilities : [C] of the altered input, or None before it was asked about.
    altered : uint8 [h, w, 3], the altered input.
    """

    source: object
    marked: NDArray[np.bool_] = field(compare=False)
    keeps: bool
    fill: str
    probabilities: FloatArray | None = field(default=None, compare=False)
    altered: UInt8Array | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class View:
    """How the window shows it all.

    Attributes
    ----------
    edit : what is erased, or None where nothing is.
    spans : locked colour ranges by the panel's number and the scale of its map.
    pins : pinned classes of the model.
    level, fragments : level of the pyramid that is looked at, and whether it is outlined.
    maximised : number of the panel that has all the space, or None.
    differences : pairs of numbers of panels whose difference is shown.
    region : (x, y, width, height) that all pictures show, or None where they are whole.
    sizes, tab : as `LayoutMemory` has them.
    detached : panels in windows of their own.
    hidden : numbers of panels whose curves are not drawn.
    scrubber : where it stands, or None where that is not known.
    alone : panels that zoom on their own, with the region that each shows, or None where the
        picture is whole.
    swipe : where the line between maps and picture stands, or None where there is none.
    """

    display: Display = field(default_factory=Display)
    edit: StoredEdit | None = None
    pins: tuple[int, ...] = ()
    spans: Mapping[int, Mapping[Scale, Span]] = field(default_factory=dict, compare=False)
    level: int = field(default=0, compare=False)
    fragments: bool = field(default=False, compare=False)
    maximised: int | None = field(default=None, compare=False)
    differences: tuple[tuple[int, int], ...] = ()
    region: Region | None = field(default=None, compare=False)
    sizes: Mapping[str, list[int]] = field(default_factory=dict, compare=False)
    tab: str = field(default="", compare=False)
    detached: tuple[Detached, ...] = field(default=(), compare=False)
    hidden: tuple[int, ...] = field(default=(), compare=False)
    scrubber: Scrubbed | None = field(default=None, compare=False)
    alone: Mapping[int, Region | None] = field(default_factory=dict, compare=False)
    swipe: float | None = field(default=None, compare=False)

    @property
    def arrangement(self) -> Arrangement:
        """How the panels share the window."""
        return Arrangement(self.maximised, self.differences, self.detached)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session.

    Attributes
    ----------
    front : place of the picture in front.
    origin : session file that it was opened from or saved to, or None.
    models : those that panels ask beside the window's.
    """

    model: StoredModel | None
    pictures: tuple[StoredPicture, ...]
    front: int = field(default=0, compare=False)
    seed: int = 0
    painting: Painting = PLAIN
    view: View = field(default_factory=View)
    origin: Path | None = field(default=None, compare=False)
    models: tuple[StoredOwnModel, ...] = ()


def stored_session(session: Session, view: View, origin: Path | None = None) -> StoredSession:
    """What the session holds at this moment. Takes no time: nothing is copied."""
    pictures = session.album.pictures
    front = pictures.index(session.picture) if session.picture in pictures else 0
    models = _own_models(session)
    known = {model.number for model in models if model.facts is not None}
    return StoredSession(
        _model(session),
        tuple(_picture(picture, known) for picture in pictures),
        front,
        session.seed,
        session.painting,
        view,
        origin,
        models,
    )


def _model(session: Session) -> StoredModel | None:
    model = session.classifier
    return None if model is None else facts_of(model, session.model_spec)


def facts_of(model: LoadedClassifier, spec: str) -> StoredModel:
    """What tells a loaded model from others, and shows its results without it."""
    facts = (model.name, model.weights_hash, model.preprocessing, model.outputs)
    return StoredModel(spec, *facts, tuple(model.labels))


def _own_models(session: Session) -> tuple[StoredOwnModel, ...]:
    """The models that panels of any picture ask."""
    panels = (panel for picture in session.album.pictures for panel in picture.panels)
    numbers = sorted({panel.model for panel in panels if panel.model is not None})
    shelved = (session.shelf[number] for number in numbers)
    return tuple(StoredOwnModel(m.number, m.choice.without_trust, m.facts) for m in shelved)


def _picture(picture: Picture, models: Container[int]) -> StoredPicture:
    prediction, answer = picture.prediction, picture.answer
    if prediction is not None:
        answer = prediction.answer
    return StoredPicture(
        picture.name,
        picture.path,
        tuple(_panel(panel, models) for panel in picture.panels),
        picture.target,
        picture.against,
        picture.edit,
        picture.failure,
        picture.photo,
        picture.window,
        picture.image,
        answer,
        picture.pyramid,
        {number: said for number, said in picture.answers.items() if number in models},
        picture.sha256,
    )


def _panel(panel: Panel, models: Container[int]) -> StoredPanel:
    """A panel; one whose run goes on is stored as if it had been stopped now.

    Parameters
    ----------
    models : numbers of the models of panels of which enough is known to show results.
    """
    status, asked, state = panel.status, panel.asked, panel.state
    if panel.model is not None and panel.model not in models:
        status, asked, state = Status.EMPTY, None, None  # nothing could show it
    if status not in _ENDED:
        if status is Status.WAITING and not panel.scores_partial:
            asked = None  # it is of the run that waits, not of the result that is shown
        status = Status.EMPTY if state is None else Status.CANCELLED
    return StoredPanel(
        panel.number,
        panel.method.name,
        dict(panel.settings),
        status,
        state,
        None if asked is None else dict(asked),
        panel.failure.sentence if panel.failure is not None else "",
        panel.scores_partial,
        panel.held if panel.model is None or panel.model in models else None,
        panel.asked_window,
        panel.first_done,
        panel.clock.seconds,
        panel.model,
    )
