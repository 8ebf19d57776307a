"""All that a session file holds, as values that can be compared and handed to other threads. No Qt.

Two of them are equal where nothing has changed that would be missed: what was computed is compared
by identity, and how the window looks at it is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fragscope_explainers.counts import Window
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing

from .colours import Display, Span, UInt8Array
from .edits import KeptEdit
from .painting import PLAIN, Painting
from .panels import Panel, Status
from .pictures import Answer, Photo, Picture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fragscope_explainers.classifiers.outputs import Outputs
    from fragscope_explainers.fragments import Pyramid
    from fragscope_explainers.types import FloatArray

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


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture with its results; attributes as `Picture` has them."""

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
    """

    display: Display = field(default_factory=Display)
    edit: StoredEdit | None = None
    pins: tuple[int, ...] = ()
    spans: Mapping[int, Mapping[Scale, Span]] = field(default_factory=dict, compare=False)
    level: int = field(default=0, compare=False)
    fragments: bool = field(default=False, compare=False)
    maximised: int | None = field(default=None, compare=False)
    differences: tuple[tuple[int, int], ...] = ()
    region: tuple[float, float, float, float] | None = field(default=None, compare=False)
    sizes: Mapping[str, list[int]] = field(default_factory=dict, compare=False)
    tab: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session.

    Attributes
    ----------
    front : place of the picture in front.
    origin : session file that it was opened from or saved to, or None.
    """

    model: StoredModel | None
    pictures: tuple[StoredPicture, ...]
    front: int = field(default=0, compare=False)
    seed: int = 0
    painting: Painting = PLAIN
    view: View = field(default_factory=View)
    origin: Path | None = field(default=None, compare=False)


def stored_session(session: Session, view: View, origin: Path | None = None) -> StoredSession:
    """What the session holds at this moment. Takes no time: nothing is copied."""
    pictures = session.album.pictures
    front = pictures.index(session.picture) if session.picture in pictures else 0
    return StoredSession(
        _model(session),
        tuple(_picture(picture) for picture in pictures),
        front,
        session.seed,
        session.painting,
        _without_other_models(session, view),
        origin,
    )


def _without_other_models(session: Session, view: View) -> View:
    """A view of the panels that are stored: a file names one model, the window's."""
    gone = {panel.number for panel in session.panels if panel.model is not None}
    if not gone:
        return view
    return replace(
        view,
        differences=tuple(pair for pair in view.differences if not gone & set(pair)),
        spans={number: spans for number, spans in view.spans.items() if number not in gone},
        maximised=None if view.maximised in gone else view.maximised,
    )


def _model(session: Session) -> StoredModel | None:
    model = session.classifier
    if model is None:
        return None
    facts = (model.name, model.weights_hash, model.preprocessing, model.outputs)
    return StoredModel(session.model_spec, *facts, tuple(model.labels))


def _picture(picture: Picture) -> StoredPicture:
    prediction, answer = picture.prediction, picture.answer
    if prediction is not None:
        window = prediction.model_input.image.window
        answer = Answer(prediction.probabilities, prediction.top, window)
    return StoredPicture(
        picture.name,
        picture.path,
        tuple(_panel(panel) for panel in picture.panels if panel.model is None),
        picture.target,
        picture.against,
        picture.edit,
        picture.failure,
        picture.photo,
        picture.window,
        picture.image,
        answer,
        picture.pyramid,
    )


def _panel(panel: Panel) -> StoredPanel:
    """A panel; one whose run goes on is stored as if it had been stopped now."""
    status, asked, state = panel.status, panel.asked, panel.state
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
        panel.held,
        panel.asked_window,
        panel.first_done,
        panel.clock.seconds,
    )
