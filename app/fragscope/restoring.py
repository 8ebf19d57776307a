"""From what a session file holds to pictures with their results. Only QtCore; for the worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fragscope_explainers.errors import FragScopeError, ImageError, SessionError
from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr

from . import preparation
from .jobs import Failed
from .model_choice import ModelChoice
from .painting import Painting
from .panel_set import PanelSet
from .panels import Clock, Panel, Status
from .pictures import Picture, changed_note, modified
from .stored_session import (
    StoredModel,
    StoredOwnModel,
    StoredPanel,
    StoredPicture,
    StoredSession,
)

if TYPE_CHECKING:
    from fragscope_explainers.classifiers.loaded import LoadedClassifier


@dataclass(frozen=True, slots=True, eq=False)
class StoodIn:
    """A model of panels that is not opened, and what shows its results in its place.

    Attributes
    ----------
    number : that of the file.
    stands_in : None where there are no results.
    """

    number: int
    choice: ModelChoice
    facts: StoredModel | None
    stands_in: LoadedClassifier | None


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """What takes the place of all that is open.

    Attributes
    ----------
    front : one of the pictures; its pixels and its prediction are there.
    classifier, model_spec : what answers, and its specification.
    note : what is to be said of the model, or nothing.
    settings : those of the model that the user had set, as texts.
    models : those of panels, by whose numbers panels name them.
    """

    pictures: Sequence[Picture]
    front: Picture
    classifier: LoadedClassifier
    model_spec: str
    painting: Painting
    seed: int
    note: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[StoodIn] = ()
    notice: str = ""


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
        raise SessionError(tr("this session holds no picture; there is nothing to open"))
    classifier, note, settings = _classifier(stored.model, known)
    pictures = [_picture(entry) for entry in stored.pictures]
    front = pictures[stored.front]
    opened = _opened(front)
    changed = front.is_other(opened.image)
    if changed:
        front.start_over(modified(front.path) if front.path is not None else None)
    front.take(opened)
    answer = front.known_answer()
    if answer is not None:
        front.prediction = next(preparation.recall(opened.image, classifier, answer))
    for panel in front.panels:
        if panel.status is Status.EMPTY and panel.model is None:
            panel.status = Status.CANCELLED  # an empty one would run by itself
    models = [_stood_in(model) for model in stored.models]
    _recall_others(front, models)
    used = stored.model.spec if stored.model is not None else spec
    whole = (pictures, front, classifier, used, stored.painting, stored.seed, note, settings)
    return Restored(*whole, models, changed_note(front.name) if changed else "")


def _stood_in(model: StoredOwnModel) -> StoodIn:
    facts = model.facts
    stands_in = None if facts is None else _absent(facts)
    return StoodIn(model.number, model.choice, facts, stands_in)


def _recall_others(front: Picture, models: Sequence[StoodIn]) -> None:
    """Bring back what the models of panels said of the picture in front."""
    for model in models:
        answer, image = front.known_answer_of(model.number), front.image
        if model.stands_in is not None and answer is not None and image is not None:
            recalled = preparation.recall(image, model.stands_in, answer, can_ask=False)
            front.others[model.number] = next(recalled)


def _classifier(
    model: StoredModel | None, known: LoadedClassifier | None
) -> tuple[LoadedClassifier, str, dict[str, str]]:
    """The model of the results where it is here; else one that only stands for it, and why.

    The texts are those of the settings in which it differs from the model as it states itself.
    """
    from fragscope_explainers.classifiers.absent import AbsentClassifier

    if model is None:
        if known is None:
            raise SessionError(
                tr("this session cannot be shown while no model is loaded; load one")
            )
        return known, "", {}
    here = known if known is not None and not isinstance(known, AbsentClassifier) else None
    for found in (here, _bundled(model)):
        used = None if found is None else _as_it_was(model, found)
        if used is not None:
            return used[0], "", used[1]
    spec = model.spec or tr("that model")
    return (
        _absent(model),
        tr(
            "The results are of the model {name}, which is not loaded here. All maps are shown; "
            "to run methods again, open {spec} first, then this session again.",
            name=model.name,
            spec=spec,
        ),
        {},
    )


def _absent(model: StoredModel) -> LoadedClassifier:
    """What only stands for a model."""
    from fragscope_explainers.classifiers.absent import AbsentClassifier

    return AbsentClassifier(
        model.labels, model.preprocessing, model.outputs, model.name, model.weights_sha256
    )


def _as_it_was(
    model: StoredModel, found: LoadedClassifier
) -> tuple[LoadedClassifier, dict[str, str]] | None:
    """A loaded model in the settings of the stored one, or None where it is another."""
    from fragscope_explainers.classifiers.catalog import with_settings

    if _is_same(model, found):
        return found, {}
    weights = (found.name, found.weights_hash)
    if found.recipe is None or weights != (model.name, model.weights_sha256) or not weights[1]:
        return None
    texts = _differing(model, found)
    try:
        changed = with_settings(found, texts)
    except FragScopeError:
        return None
    return (changed, texts) if _is_same(model, changed) else None


def _differing(model: StoredModel, found: LoadedClassifier) -> dict[str, str]:
    """Texts of the settings that the stored model has otherwise."""
    from fragscope_explainers.classifiers.model_settings import stated

    form, outputs = model.preprocessing, model.outputs
    texts = {
        "size": "x".join(map(str, form.input_size)),
        "channels": str(form.channels),
        "mean": ",".join(map(repr, form.mean)),
        "std": ",".join(map(repr, form.std)),
        "range": repr(form.range),
        "activation": outputs.activation,
        "output": outputs.pick,
    }
    for name in ("resize", "short_side", "interpolation", "order", "layout", "dtype"):
        texts[name] = str(getattr(form, name))
    wanted, now = stated(texts, ""), found.settings.known
    return {n: t for n, t in texts.items() if n not in now or wanted[n].value != now[n].value}


def _bundled(model: StoredModel) -> LoadedClassifier | None:
    """The model where it comes with FragScope; a file from elsewhere must not load any other."""
    from fragscope_explainers.classifiers.catalog import load_classifier

    if not model.spec.startswith("builtin:"):
        return None
    try:
        return load_classifier(model.spec)
    except FragScopeError:
        return None


def _is_same(model: StoredModel, known: LoadedClassifier) -> bool:
    """Whether a classifier gives the answers that the results are made of."""
    named = (model.name, model.weights_sha256, model.preprocessing, model.outputs, model.labels)
    of_known = (known.name, known.weights_hash, known.preprocessing, known.outputs)
    if named != (*of_known, tuple(known.labels)):
        return False
    return bool(known.weights_hash) or model.spec == known.spec


def _opened(picture: Picture) -> preparation.OpenedImage:
    if picture.photo is not None:
        return next(preparation.open_photo(picture.photo, picture.window))
    if picture.path is not None:
        return next(preparation.open_file(picture.path, picture.window))
    raise ImageError(tr("{name} is not in the session file; it cannot be shown", name=picture.name))


def _picture(stored: StoredPicture) -> Picture:
    answer, window, others = stored.answer, stored.window, dict(stored.others)
    if stored.photo is not None and not stored.photo.is_file:  # its pixels are made already
        answer, window = None if answer is None else replace(answer, window=None), None
        others = {number: replace(other, window=None) for number, other in others.items()}
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
        answer=answer,
        window=window,
        other_answers=others,
        sha256=stored.sha256,
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
        asked_window=stored.asked_window,
        model=stored.model,
    )
