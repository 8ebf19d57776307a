"""Read session files, which may come from anybody: everything is checked before it is used. No Qt.

Reading is what the worker does: results load torch. What does not fit raises one of the errors
that `read_archive` turns into a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from fragscope_explainers.errors import SessionError
from fragscope_explainers.preprocessing import (
    ChannelOrder,
    ElementType,
    Interpolation,
    Layout,
    Preprocessing,
    ResizeMode,
)
from fragscope_explainers.translation import tr
from fragscope_explainers.types import read_only

from . import checked_values as checked
from .archive import Archive, read_archive
from .checked_values import Facts
from .model_choice import ModelChoice
from .painting import MOST_WEIGHT, Painting
from .pictures import Answer, Photo
from .result_reading import read_panel
from .session_file import FORMAT, VERSION
from .stored_session import StoredModel, StoredOwnModel, StoredPicture, StoredSession
from .view_reading import read_kept_edit, read_view

if TYPE_CHECKING:
    from fragscope_explainers.fragments import Pyramid

_MOST_PICTURES, _MOST_MODELS, _MOST_SETTINGS = 100_000, 1_000, 100
_MOST_SIDE = 16_384


def read_session(path: Path) -> StoredSession:
    """Read a session file.

    Raises
    ------
    SessionError
        It cannot be read, is damaged, is no session of FragScope, or is of a newer one.
    """

    def take(archive: Archive) -> StoredSession:
        facts = archive.facts()
        if facts.get("format") != FORMAT:
            raise ValueError(tr("it does not say that it is a session"))
        if checked.whole(facts["version"], 1) > VERSION:
            raise SessionError(
                tr(
                    "{name} was written by a newer FragScope than this one; update this one",
                    name=path.name,
                )
            )
        return _session(facts, archive)

    return read_archive(path, take)


def _session(facts: Facts, archive: Archive) -> StoredSession:
    pictures = tuple(
        _picture(entry, archive) for entry in checked.many(facts["pictures"], _MOST_PICTURES)
    )
    model = None if facts["model"] is None else _model(facts["model"])
    own = checked.many(facts.get("own_models", []), _MOST_MODELS)
    models = tuple(_own_model(entry) for entry in own)
    view = read_view(facts["view"], archive)
    _check(pictures, model, models)
    if view.edit is not None and pictures:
        _check_grids([view.edit.marked.shape], model)
    front = checked.whole(facts["front"], 0, max(len(pictures) - 1, 0))
    weights = checked.many(facts["painting"]["weights"], 1000)
    painting = Painting(
        tuple(checked.number(weight, 0, MOST_WEIGHT) for weight in weights),
        checked.number(facts["painting"]["softness"], 0, 1),
    )
    seed, origin = checked.whole(facts["seed"], 0, 2**63), checked.path(facts.get("origin"))
    return StoredSession(model, pictures, front, seed, painting, view, origin, models)


def _check(
    pictures: Sequence[StoredPicture], model: StoredModel | None, own: Sequence[StoredOwnModel]
) -> None:
    """Refuse results that are not of the model that they are said to be of."""
    known: dict[int | None, StoredModel | None] = {entry.number: entry.facts for entry in own}
    known[None] = model
    if len(known) <= len(own):
        raise ValueError(tr("two models have one number"))
    for picture in pictures:
        _check_answers(picture, known)
        _check_classes([c for c in (picture.target, picture.against) if c is not None], model)
        if picture.pyramid is not None:
            _check_grids([picture.pyramid.labels.shape[1:]], model)
        for panel in picture.panels:
            if panel.model not in known:
                raise ValueError(tr("a panel asks a model that is not listed"))
            state, asked = panel.state, known[panel.model]
            if panel.held is not None:
                _check_classes([panel.held], asked)
            if state is not None:
                _check_classes([state.target], asked)
                _check_grids([state.saliency.shape], asked)


def _check_answers(picture: StoredPicture, known: Mapping[int | None, StoredModel | None]) -> None:
    """Refuse answers that are not about a model's classes."""
    answers = [] if picture.answer is None else [(None, picture.answer)]
    for number, answer in (*answers, *picture.others.items()):
        model = known.get(number)
        if model is None or answer.probabilities.shape != (len(model.labels),) or not answer.top:
            raise ValueError(tr("an answer is not about the model's classes"))
        _check_classes(answer.top, model)


def _check_classes(classes: Iterable[int], model: StoredModel | None) -> None:
    known = 0 if model is None else len(model.labels)
    if any(index >= known for index in classes):
        raise ValueError(tr("a result is of a class that the model does not have"))


def _check_grids(grids: Iterable[tuple[int, ...]], model: StoredModel | None) -> None:
    """Refuse maps, fragments and edits that are not on the grid of the model's input."""
    grid = None if model is None else model.preprocessing.input_size
    if any(found != grid for found in grids):
        raise ValueError(tr("a result is not on the grid of the model's input"))


def _own_model(facts: Facts) -> StoredOwnModel:
    """A model of panels; it is only read about, and trusted with nothing."""
    settings = facts["settings"]
    if not isinstance(settings, dict) or len(settings) > _MOST_SETTINGS:
        raise ValueError(tr("a model's settings are missing or too many"))
    texts = {checked.text(name): checked.text(value) for name, value in settings.items()}
    choice = ModelChoice(checked.text(facts["spec"]), texts, device=checked.text(facts["device"]))
    known = None if facts["known"] is None else _model(facts["known"])
    return StoredOwnModel(checked.whole(facts["number"], 0, checked.MOST_NUMBER), choice, known)


def _model(facts: Facts) -> StoredModel:
    from fragscope_explainers.classifiers.outputs import Activation, Outputs

    labels = tuple(
        checked.text(label) for label in checked.many(facts["labels"], checked.MOST_CLASSES)
    )
    spec, name, sha256 = (checked.text(facts[word]) for word in ("spec", "name", "weights_sha256"))
    outputs = facts["outputs"]
    return StoredModel(
        spec,
        name,
        sha256,
        _preprocessing(facts["preprocessing"]),
        Outputs(
            checked.one_of(outputs["activation"], get_args(Activation)),
            checked.text(outputs["pick"]),
        ),
        labels,
    )


def _preprocessing(facts: Facts) -> Preprocessing:
    rows, columns = (
        checked.whole(side, 1, _MOST_SIDE) for side in checked.many(facts["input_size"], 2)
    )
    return Preprocessing(
        (rows, columns),
        tuple(checked.number(value, -1e6, 1e6) for value in checked.many(facts["mean"], 4)),
        tuple(checked.number(value, 1e-9, 1e6) for value in checked.many(facts["std"], 4)),
        checked.one_of(facts["resize"], get_args(ResizeMode)),
        checked.whole(facts["short_side"], 1, _MOST_SIDE),
        checked.one_of(facts["interpolation"], get_args(Interpolation)),
        checked.one_of(facts["order"], get_args(ChannelOrder)),
        checked.number(facts["range"], 1e-9, 1e6),
        checked.one_of(facts["layout"], get_args(Layout)),
        checked.one_of(facts["dtype"], get_args(ElementType)),
    )


# -- pictures -------------------------------------------------------------------------------


def _picture(facts: Facts, archive: Archive) -> StoredPicture:
    panels = tuple(
        read_panel(entry, archive) for entry in checked.many(facts["panels"], checked.MOST_PANELS)
    )
    if len({panel.number for panel in panels}) < len(panels):
        raise ValueError(tr("two panels have one number"))
    name, path = checked.text(facts["name"]), checked.path(facts["path"])
    window = checked.window(facts.get("window"))
    return StoredPicture(
        name,
        path,
        panels,
        checked.whole_or_none(facts["target"]),
        checked.whole_or_none(facts["against"]),
        None if facts["edit"] is None else read_kept_edit(facts["edit"], archive),
        checked.text(facts["failure"]),
        None if facts["photo"] is None else _photo(facts["photo"], name, path, archive),
        window,
        answer=None if facts["answer"] is None else _answer(facts["answer"], archive),
        others=_others(checked.many(facts.get("others", []), _MOST_MODELS), archive),
        pyramid=None if facts["pyramid"] is None else _pyramid(facts["pyramid"], archive),
        sha256=checked.text(facts.get("sha256", "")),
    )


def _photo(facts: Facts, name: str, path: Path | None, archive: Archive) -> Photo:
    notes = tuple(checked.text(note) for note in checked.many(facts["notes"], 100))
    data = archive.data(checked.text(facts["data"]))
    return Photo(
        data, checked.truth(facts["file"]), name, path, checked.text(facts["sha256"]), notes
    )


def _answer(facts: Facts, archive: Archive) -> Answer:
    probabilities = archive.array(facts["probabilities"])
    if probabilities.ndim != 1 or not np.isfinite(probabilities).all():
        raise ValueError(tr("the model's answer is none"))
    top = tuple(checked.whole(index) for index in checked.many(facts["top"], checked.MOST_NUMBER))
    return Answer(read_only(probabilities), top, checked.window(facts.get("window")))


def _others(rows: Sequence[Any], archive: Archive) -> dict[int, Answer]:
    return {checked.whole(row["model"]): _answer(row, archive) for row in rows}


def _pyramid(facts: Facts, archive: Archive) -> Pyramid:
    from fragscope_explainers.stored_snapshots import pyramid_of

    scales = [checked.whole(scale) for scale in checked.many(facts["scales"], 1000)]
    return pyramid_of(archive.array(facts["labels"]), scales)
