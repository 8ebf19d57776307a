"""Read session files, which may come from anybody: everything is checked before it is used. No Qt.

Reading is what the worker does: results load torch. What does not fit raises one of the errors
that `read_archive` turns into a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import numpy as np
from numpy.typing import NDArray

from fragscope_explainers.counts import Window, WindowShape
from fragscope_explainers.errors import FragScopeError, SessionError
from fragscope_explainers.fills import FILLS
from fragscope_explainers.preprocessing import (
    ChannelOrder,
    ElementType,
    Interpolation,
    Layout,
    Preprocessing,
    ResizeMode,
)
from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve, CurveKind, read_only
from fragscope_explainers.what_if import ERASER_FILLS

from .archive import Archive, read_archive
from .colours import COLOUR_MAPS, SIGNS, Display
from .edits import Edit, KeptEdit
from .painting import MOST_WEIGHT, Painting
from .panels import Status
from .pictures import Answer, Photo
from .session_file import FORMAT, VERSION
from .stored_session import (
    StoredEdit,
    StoredModel,
    StoredPanel,
    StoredPicture,
    StoredSession,
    View,
)

if TYPE_CHECKING:
    from fragscope_explainers.explainer import Explainer
    from fragscope_explainers.fragments import Pyramid

    from .ranges import Scale
    from .runs import RunState

Kind = TypeVar("Kind")
Facts = Mapping[str, Any]
_MOST_PICTURES, _MOST_PANELS, _MOST_NUMBER = 2_000, 100, 10_000
_MOST_CLASSES, _MOST_SIDE = 1_000_000, 16_384
_MOST_TEXT = 100_000
_FAR = 1e7
_ENDED = (Status.EMPTY, Status.FINISHED, Status.CANCELLED, Status.FAILED)


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
        if _whole(facts["version"], 1) > VERSION:
            raise SessionError(
                tr(
                    "{name} was written by a newer FragScope than this one; update this one",
                    name=path.name,
                )
            )
        return _session(facts, archive)

    return read_archive(path, take)


def _session(facts: Facts, archive: Archive) -> StoredSession:
    pictures = tuple(_picture(entry, archive) for entry in _many(facts["pictures"], _MOST_PICTURES))
    model = None if facts["model"] is None else _model(facts["model"])
    view = _view(facts["view"], archive)
    for picture in pictures:
        _check_classes(picture, len(model.labels) if model is not None else 0)
        _check_grids(picture, view.edit, model.preprocessing.input_size if model else None)
    front = _whole(facts["front"], 0, max(len(pictures) - 1, 0))
    painting = Painting(
        tuple(_number(w, 0, MOST_WEIGHT) for w in _many(facts["painting"]["weights"], 1000)),
        _number(facts["painting"]["softness"], 0, 1),
    )
    seed = _whole(facts["seed"], 0, 2**63)
    return StoredSession(model, pictures, front, seed, painting, view, _path(facts.get("origin")))


def _check_classes(picture: StoredPicture, classes: int) -> None:
    """Refuse classes that the model does not have."""
    held = [panel.held for panel in picture.panels]
    asked = [i for i in (picture.target, picture.against, *held) if i is not None]
    asked += [panel.state.target for panel in picture.panels if panel.state is not None]
    answer = picture.answer
    if answer is not None:
        asked += answer.top
        if answer.probabilities.shape != (classes,) or not answer.top:
            raise ValueError(tr("an answer is not about the model's classes"))
    if any(index >= classes for index in asked):
        raise ValueError(tr("a result is of a class that the model does not have"))


def _check_grids(
    picture: StoredPicture, edit: StoredEdit | None, grid: tuple[int, int] | None
) -> None:
    """Refuse maps, fragments and edits that are not on the grid of the model's input."""
    grids = [panel.state.saliency.shape for panel in picture.panels if panel.state is not None]
    grids += [] if picture.pyramid is None else [picture.pyramid.labels.shape[1:]]
    grids += [] if edit is None else [edit.marked.shape]
    if any(found != grid for found in grids):
        raise ValueError(tr("a result is not on the grid of the model's input"))


def _model(facts: Facts) -> StoredModel:
    from fragscope_explainers.classifiers.outputs import Activation, Outputs

    labels = tuple(_text(label) for label in _many(facts["labels"], _MOST_CLASSES))
    spec, name, sha256 = (_text(facts[word]) for word in ("spec", "name", "weights_sha256"))
    outputs = facts["outputs"]
    return StoredModel(
        spec,
        name,
        sha256,
        _preprocessing(facts["preprocessing"]),
        Outputs(_one_of(outputs["activation"], get_args(Activation)), _text(outputs["pick"])),
        labels,
    )


def _preprocessing(facts: Facts) -> Preprocessing:
    rows, columns = (_whole(side, 1, _MOST_SIDE) for side in _many(facts["input_size"], 2))
    return Preprocessing(
        (rows, columns),
        tuple(_number(value, -1e6, 1e6) for value in _many(facts["mean"], 4)),
        tuple(_number(value, 1e-9, 1e6) for value in _many(facts["std"], 4)),
        _one_of(facts["resize"], get_args(ResizeMode)),
        _whole(facts["short_side"], 1, _MOST_SIDE),
        _one_of(facts["interpolation"], get_args(Interpolation)),
        _one_of(facts["order"], get_args(ChannelOrder)),
        _number(facts["range"], 1e-9, 1e6),
        _one_of(facts["layout"], get_args(Layout)),
        _one_of(facts["dtype"], get_args(ElementType)),
    )


# -- how it is shown ------------------------------------------------------------------------


def _view(facts: Facts, archive: Archive) -> View:
    sizes = facts["sizes"]
    return View(
        _display(facts["display"]),
        None if facts["edit"] is None else _edit(facts["edit"], archive),
        tuple(_whole(pin) for pin in _many(facts["pins"], _MOST_CLASSES)),
        _spans(_many(facts["spans"], _MOST_NUMBER)),
        _whole(facts["level"]),
        _truth(facts["fragments"]),
        _whole_or_none(facts["maximised"]),
        tuple(
            (_whole(first), _whole(second))
            for first, second in _many(facts["differences"], _MOST_PANELS)
        ),
        None if facts["region"] is None else _region(_many(facts["region"], 4)),
        {_text(name): [_whole(size) for size in _many(sizes[name], 20)] for name in sizes},
        _text(facts["tab"]),
    )


def _region(numbers: Sequence[Any]) -> tuple[float, float, float, float]:
    left, top = (_number(place, -_FAR, _FAR) for place in numbers[:2])
    width, height = (_number(side, 1 / _FAR, _FAR) for side in numbers[2:])
    return left, top, width, height


def _display(facts: Facts) -> Display:
    return Display(
        _one_of(facts["colour_map"], COLOUR_MAPS),
        _number(facts["opacity"], 0, 1),
        _one_of(facts["sign"], SIGNS),
        _number(facts["clip"], 50, 100),
        _number(facts["top"], 0.001, 1),
        _number(facts["threshold"], 0, 1),
        *(_truth(facts[name]) for name in ("shared", "locked", "contours", "fade")),
    )


def _spans(rows: Sequence[Any]) -> dict[int, dict[Scale, tuple[float, float]]]:
    found: dict[int, dict[Scale, tuple[float, float]]] = {}
    for number, unit, signed, sign, low, high in rows:
        scale = (_text(unit), _truth(signed), _one_of(sign, SIGNS))
        bottom, top = _number(low), _number(high)
        if bottom >= top:
            raise ValueError(tr("a range of colours is empty"))
        found.setdefault(_whole(number), {})[scale] = (bottom, top)
    return found


def _kept_edit(facts: Facts, archive: Archive) -> KeptEdit:
    fill = _one_of(facts["fill"], ERASER_FILLS)
    return KeptEdit.of(Edit(_marked(facts, archive), _truth(facts["keeps"]), fill))


def _marked(facts: Facts, archive: Archive) -> NDArray[np.bool_]:
    marked = archive.array(facts["marked"])
    if marked.ndim != 2 or marked.dtype != np.bool_:
        raise ValueError(tr("the edit is no mask"))
    return marked


def _edit(facts: Facts, archive: Archive) -> StoredEdit:
    marked = _marked(facts, archive)
    probabilities = _array_or_none(facts["probabilities"], archive)
    altered = _array_or_none(facts["altered"], archive)
    if altered is not None and (altered.shape != (*marked.shape, 3) or altered.dtype != np.uint8):
        raise ValueError(tr("the altered picture is not of the edit's size"))
    fill = _one_of(facts["fill"], ERASER_FILLS)
    return StoredEdit(object(), marked, _truth(facts["keeps"]), fill, probabilities, altered)


# -- pictures -------------------------------------------------------------------------------


def _picture(facts: Facts, archive: Archive) -> StoredPicture:
    panels = tuple(_panel(entry, archive) for entry in _many(facts["panels"], _MOST_PANELS))
    if len({panel.number for panel in panels}) < len(panels):
        raise ValueError(tr("two panels have one number"))
    name, path = _text(facts["name"]), _path(facts["path"])
    window = _window(facts.get("window"))
    return StoredPicture(
        name,
        path,
        panels,
        _whole_or_none(facts["target"]),
        _whole_or_none(facts["against"]),
        None if facts["edit"] is None else _kept_edit(facts["edit"], archive),
        _text(facts["failure"]),
        None if facts["photo"] is None else _photo(facts["photo"], name, path, archive),
        window,
        answer=None if facts["answer"] is None else _answer(facts["answer"], archive),
        pyramid=None if facts["pyramid"] is None else _pyramid(facts["pyramid"], archive),
    )


def _photo(facts: Facts, name: str, path: Path | None, archive: Archive) -> Photo:
    notes = tuple(_text(note) for note in _many(facts["notes"], 100))
    data = archive.data(_text(facts["data"]))
    return Photo(data, _truth(facts["file"]), name, path, _text(facts["sha256"]), notes)


def _answer(facts: Facts, archive: Archive) -> Answer:
    probabilities = archive.array(facts["probabilities"])
    if probabilities.ndim != 1 or not np.isfinite(probabilities).all():
        raise ValueError(tr("the model's answer is none"))
    top = tuple(_whole(index) for index in _many(facts["top"], _MOST_NUMBER))
    return Answer(read_only(probabilities), top, _window(facts.get("window")))


def _window(facts: Facts | None) -> Window | None:
    """A window; files of an earlier FragScope have none."""
    if facts is None:
        return None
    shape = _one_of(facts["shape"], get_args(WindowShape))
    return Window(_number(facts["centre"]), _number(facts["width"]), shape)


def _pyramid(facts: Facts, archive: Archive) -> Pyramid:
    from fragscope_explainers.stored_snapshots import pyramid_of

    scales = [_whole(scale) for scale in _many(facts["scales"], 1000)]
    return pyramid_of(archive.array(facts["labels"]), scales)


# -- results --------------------------------------------------------------------------------


def _panel(facts: Facts, archive: Archive) -> StoredPanel:
    asked = facts["asked"]
    method = methods.method(_text(facts["method"]))
    return StoredPanel(
        _whole(facts["number"], 0, _MOST_NUMBER),
        method.name,
        _usable(method.name, _settings(facts["settings"])),
        _one_of(Status(facts["status"]), _ENDED),
        None if facts["state"] is None else _state(facts["state"], archive),
        None if asked is None else _settings(asked),
        _text(facts["failure"]),
        _truth(facts["scores_partial"]),
        _whole_or_none(facts["held"]),
        _window(facts.get("asked_window")),
        _whole(facts["first_done"]),
        _number(facts["seconds"], 0),
    )


def _settings(facts: Facts) -> dict[str, Any]:
    """Parameters by name; JSON has lists where they are tuples."""
    return {
        _text(name): tuple(value) if isinstance(value, list) else value
        for name, value in facts.items()
    }


def _usable(method: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The parameters, or none of them where the method does not take them."""
    try:
        methods.create(method, **settings)
    except (FragScopeError, TypeError):
        return {}
    return settings


def _state(facts: Facts, archive: Archive) -> RunState:
    from fragscope_explainers.classifiers.engines import EngineUse
    from fragscope_explainers.stored_snapshots import StoredSnapshot, restore

    from .runs import RunState, Stage

    explainer: Explainer = methods.create(_text(facts["method"]), **_settings(facts["parameters"]))
    parts = facts["snapshot"]
    arrays = {_text(name): archive.array(_text(at)) for name, at in parts["arrays"].items()}
    snapshot = restore(StoredSnapshot(_text(parts["kind"]), parts["facts"], arrays))
    target, saliency = _whole(facts["target"]), archive.array(facts["saliency"])
    # Sums that do not belong together are found out here, not while a pointer moves.
    known = snapshot.saliency(target)
    snapshot.standard_error(target)
    if known.shape != saliency.shape or not np.isfinite(saliency).all():
        raise ValueError(tr("a map is not of its run"))
    curves = [_curve(entry, archive, known.shape) for entry in _many(facts["curves"], 2)]
    stability = facts["stability"]
    return RunState(
        Stage(facts["stage"]),
        explainer,
        target,
        snapshot,
        read_only(saliency),
        None if stability is None else _number(stability),
        {curve.kind: curve for curve in curves},
        _number(facts["seconds"], 0),
        EngineUse(_text(facts["engine"]["name"]), _text(facts["engine"]["note"])),
    )


def _curve(facts: Facts, archive: Archive, shape: tuple[int, ...]) -> Curve:
    fractions, scores = archive.array(facts["fractions"]), archive.array(facts["scores"])
    ranks = _array_or_none(facts["ranks"], archive)
    if fractions.ndim != 1 or scores.ndim != 1 or not 0 < len(scores) <= len(fractions):
        raise ValueError(tr("a curve has more scores than points"))
    if ranks is not None and (ranks.shape != shape or ranks.dtype != np.int32):
        raise ValueError(tr("a curve is not of its map"))
    return Curve(
        _one_of(facts["kind"], get_args(CurveKind)),
        read_only(fractions),
        read_only(scores),
        _one_of(facts["fill"], FILLS),
        _number(facts["tied_fraction"], 0, 1),
        ranks,
    )


# -- checks ---------------------------------------------------------------------------------


def _many(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(tr("a list is missing or too long"))
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError(tr("a text is missing"))
    return value


def _path(value: object) -> Path | None:
    text = None if value is None else _text(value)
    if text is not None and "\0" in text:
        raise ValueError(tr("a path is none"))
    return None if text is None else Path(text)


def _whole(value: object, least: int = 0, most: int = 2**53) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(tr("a whole number is missing or out of range"))
    return value


def _whole_or_none(value: object) -> int | None:
    return None if value is None else _whole(value)


def _number(value: object, least: float = -1e300, most: float = 1e300) -> float:
    if type(value) not in (int, float) or not least <= cast(float, value) <= most:
        raise ValueError(tr("a number is missing or out of range"))
    return float(cast(float, value))


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(tr("what should be true or false is neither"))  # noqa: TRY004
    return value


def _one_of(value: object, choices: Sequence[Kind]) -> Kind:
    for choice in choices:
        if choice == value:
            return choice
    raise ValueError(tr("'{value}' is none of the choices", value=value))


def _array_or_none(name: object, archive: Archive) -> NDArray[Any] | None:
    return None if name is None else archive.array(_text(name))
