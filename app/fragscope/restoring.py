"""From what a session file holds to pictures with their results. Only QtCore; for the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fragscope_explainers.errors import FragScopeError, ImageError, SessionError
from fragscope_explainers.registry import methods

from . import preparation
from .jobs import Failed
from .painting import Painting
from .panel_set import PanelSet
from .panels import Clock, Panel, Status
from .pictures import Picture, modified
from .stored_session import StoredModel, StoredPanel, StoredPicture, StoredSession

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """What takes the place of all that is open.

    Attributes
    ----------
    front : one of the pictures; its pixels and its prediction are there.
    classifier, model_spec : what answers, and its specification.
    note : what is to be said of the model, or nothing.
    """

    pictures: Sequence[Picture]
    front: Picture
    classifier: LoadedClassifier
    model_spec: str
    painting: Painting
    seed: int
    note: str = ""


def restored(stored: StoredSession, known: LoadedClassifier | None, spec: str) -> Restored:
    """Make pictures of a stored session, without a model query.

    Parameters
    ----------
    known, spec : the classifier that is loaded, if any, and its specification.

    Raises
    ------
    SessionError
        There is nothing to show, or nothing to show it with.
    ImageError
        The picture in front is neither in the file nor in its old place.
    """
    if not stored.pictures:
        raise SessionError("this session holds no picture; there is nothing to open")
    classifier, note = _classifier(stored.model, known)
    pictures = [_picture(entry) for entry in stored.pictures]
    front = pictures[stored.front]
    opened = _opened(front)
    front.image, front.preview, front.thumbnail = opened.image, opened.preview, opened.thumbnail
    if front.answer is not None:
        front.prediction = next(preparation.recall(opened.image, classifier, front.answer))
    for panel in front.panels:
        if panel.status is Status.EMPTY:
            panel.status = Status.CANCELLED  # an empty one would run by itself
    used = stored.model.spec if stored.model is not None else spec
    return Restored(pictures, front, classifier, used, stored.painting, stored.seed, note)


def _classifier(
    model: StoredModel | None, known: LoadedClassifier | None
) -> tuple[LoadedClassifier, str]:
    """The model of the results where it is here; else one that only stands for it, and why."""
    from fragscope_explainers.classifiers.absent import AbsentClassifier

    if model is None:
        if known is None:
            raise SessionError("this session cannot be shown while no model is loaded; load one")
        return known, ""
    is_here = known is not None and not isinstance(known, AbsentClassifier)
    if known is not None and is_here and _is_same(model, known):
        return known, ""
    found = _bundled(model)
    if found is not None:
        return found, ""
    return AbsentClassifier(
        model.labels, model.preprocessing, model.outputs, model.name, model.weights_sha256
    ), (
        f"The results are of the model {model.name}, which is not loaded here. All maps are shown; "
        f"to run methods again, open {model.spec or 'that model'} first, then this session again."
    )


def _bundled(model: StoredModel) -> LoadedClassifier | None:
    """The model where it comes with FragScope; a file from elsewhere must not load any other."""
    from fragscope_explainers.classifiers.catalog import load_classifier

    if not model.spec.startswith("builtin:"):
        return None
    try:
        found = load_classifier(model.spec)
    except FragScopeError:
        return None
    return found if _is_same(model, found) else None


def _is_same(model: StoredModel, known: LoadedClassifier) -> bool:
    """Whether a classifier gives the answers that the results are made of."""
    named = (model.name, model.weights_sha256, model.preprocessing, model.outputs, model.labels)
    of_known = (known.name, known.weights_hash, known.preprocessing, known.outputs)
    if named != (*of_known, tuple(known.labels)):
        return False
    return bool(known.weights_hash) or model.spec == known.spec


def _opened(picture: Picture) -> preparation.OpenedImage:
    if picture.photo is not None:
        return next(preparation.open_photo(picture.photo))
    if picture.path is not None:
        return next(preparation.open_file(picture.path))
    raise ImageError(f"{picture.name} is not in the session file; it cannot be shown")


def _picture(stored: StoredPicture) -> Picture:
    return Picture(
        0,
        stored.name,
        PanelSet.holding(_panel(panel) for panel in stored.panels),
        stored.path,
        modified(stored.path) if stored.path is not None else None,
        pyramid=stored.pyramid,
        target=stored.target,
        against=stored.against,
        edit=stored.edit,
        failure=stored.failure,
        photo=stored.photo,
        answer=stored.answer,
    )


def _panel(stored: StoredPanel) -> Panel:
    return Panel(
        stored.number,
        methods.method(stored.method),
        dict(stored.settings),
        stored.held,
        stored.status,
        stored.state,
        Failed(stored.failure, "") if stored.failure else None,
        clock=Clock(stored.seconds),
        first_done=stored.first_done,
        scores_partial=stored.scores_partial,
        asked=None if stored.asked is None else dict(stored.asked),
    )
