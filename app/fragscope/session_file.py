"""Session files: everything that is open in one zip file, without a pickle in it. No Qt.

`session.json` says what there is; its entries name the .npy files that hold the arrays and the
files of the pictures. Paths are told to find the original again; the bytes in the file are what is
read. Runs on any thread but that of the window: results load torch.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image as PillowImage

from fragscope_explainers.counts import Window
from fragscope_explainers.errors import ImageError, ReportError, SessionError
from fragscope_explainers.images import Image, file_bytes
from fragscope_explainers.parameters import parameters
from fragscope_explainers.translation import tr
from fragscope_explainers.types import Curve

from . import __version__
from .archive import AnyArray, ArchiveWriter
from .files import write_file
from .panels import Status
from .pictures import Answer, Photo
from .stored_session import (
    StoredEdit,
    StoredModel,
    StoredOwnModel,
    StoredPanel,
    StoredPicture,
    StoredSession,
    View,
)

if TYPE_CHECKING:
    from .runs import RunState

SUFFIX = ".fragscope"
FORMAT = "fragscope session"
VERSION = 2
"""Raised where an older FragScope could not read a file rightly: 2 knows windows and models of "
"panels."""
_FIRST = 1
"""What a file says that has neither: an older FragScope reads it, too."""
Facts = dict[str, Any]


def is_session(path: Path) -> bool:
    """Whether a file's name says that it is a session."""
    return path.suffix.lower() == SUFFIX


def write_session(stored: StoredSession, path: Path, *, embeds: bool = True) -> None:
    """Write a session file whole or not at all; an earlier one stays until then.

    Parameters
    ----------
    embeds : whether to put in pictures whose own files are there; without them it takes less time.

    Raises
    ------
    SessionError
        It cannot be written.
    """

    def write(fresh: Path) -> None:
        with zipfile.ZipFile(fresh, "w") as file:
            archive = ArchiveWriter(file)
            archive.facts(_session(stored, archive, embeds))

    try:
        write_file(path, write)
    except ReportError as error:
        raise SessionError(str(error)) from error
    except MemoryError as error:
        raise SessionError(tr("{name} was not written: memory ran out", name=path.name)) from error


def _session(stored: StoredSession, archive: ArchiveWriter, embeds: bool) -> Facts:
    return {
        "format": FORMAT,
        "version": VERSION if stored.models or _has_windows(stored) else _FIRST,
        "written_by": f"FragScope {__version__}",
        "origin": None if stored.origin is None else str(stored.origin),
        "model": None if stored.model is None else _model(stored.model),
        "own_models": [_own_model(model) for model in stored.models],
        "seed": stored.seed,
        "painting": asdict(stored.painting),
        "view": _view(stored.view, archive),
        "front": stored.front,
        "pictures": [
            _picture(picture, f"pictures/{place + 1}", archive, embeds)
            for place, picture in enumerate(stored.pictures)
        ],
    }


def _has_windows(stored: StoredSession) -> bool:
    """Whether people set the window of a picture, now or for one of its results."""
    pictures = stored.pictures
    asked = (panel.asked_window for picture in pictures for panel in picture.panels)
    return any(window is not None for window in (*(p.window for p in pictures), *asked))


def _window(window: Window | None) -> Facts | None:
    return None if window is None else asdict(window)


def _model(model: StoredModel) -> Facts:
    return {
        "spec": model.spec,
        "name": model.name,
        "weights_sha256": model.weights_sha256,
        "preprocessing": model.preprocessing.describe(),
        "outputs": asdict(model.outputs),
        "labels": list(model.labels),
    }


def _own_model(model: StoredOwnModel) -> Facts:
    return {
        "number": model.number,
        "spec": model.choice.spec,
        "settings": dict(model.choice.settings),
        "device": model.choice.device,
        "known": None if model.facts is None else _model(model.facts),
    }


def _view(view: View, archive: ArchiveWriter) -> Facts:
    spans = [
        [number, *scale, *span]
        for number, known in view.spans.items()
        for scale, span in known.items()
    ]
    return {
        "display": asdict(view.display),
        "edit": None if view.edit is None else _edit(view.edit, archive),
        "pins": list(view.pins),
        "spans": spans,
        "level": view.level,
        "fragments": view.fragments,
        "maximised": view.maximised,
        "differences": [list(pair) for pair in view.differences],
        "region": None if view.region is None else list(view.region),
        "sizes": dict(view.sizes),
        "tab": view.tab,
        "detached": [
            {"number": one.number, "place": list(one.place), "maximised": one.maximised}
            for one in view.detached
        ],
        "hidden": list(view.hidden),
        "scrubber": None if view.scrubber is None else asdict(view.scrubber),
        "alone": [
            {"number": number, "region": None if region is None else list(region)}
            for number, region in view.alone.items()
        ],
        "swipe": view.swipe,
    }


def _edit(edit: StoredEdit, archive: ArchiveWriter) -> Facts:
    found: Facts = {"keeps": edit.keeps, "fill": edit.fill}
    for name in ("marked", "probabilities", "altered"):
        values = getattr(edit, name)
        found[name] = None if values is None else archive.array(f"edit/{name}", values)
    return found


# -- pictures -------------------------------------------------------------------------------


def _picture(picture: StoredPicture, folder: str, archive: ArchiveWriter, embeds: bool) -> Facts:
    spared = not embeds and picture.path is not None and picture.path.is_file()
    photo = None if spared else picture.photo or _photo(picture)
    found: Facts = {
        "name": picture.name,
        "path": None if picture.path is None else str(picture.path),
        "photo": None,
        "target": picture.target,
        "against": picture.against,
        "failure": picture.failure,
        "answer": None,
        "others": [
            {"model": number, **_answer(answer, f"{folder}/probabilities-{number}", archive)}
            for number, answer in picture.others.items()
        ],
        "pyramid": None,
        "edit": None,
        "window": _window(picture.window),
        "sha256": picture.sha256,
        "panels": [
            _panel(panel, f"{folder}/panel-{panel.number}", archive) for panel in picture.panels
        ],
    }
    if photo is not None:
        suffix = Path(photo.path or photo.name).suffix if photo.is_file else ".png"
        member = archive.data(f"{folder}/photo{_plain(suffix)}", photo.data)
        facts = {"file": photo.is_file, "sha256": photo.sha256, "notes": list(photo.notes)}
        found["photo"] = {"data": member, **facts}
    if picture.edit is not None:
        marked = archive.array(f"{folder}/edit", picture.edit.edit().marked)
        found["edit"] = {"marked": marked, "keeps": picture.edit.keeps, "fill": picture.edit.fill}
    if picture.answer is not None:
        found["answer"] = _answer(picture.answer, f"{folder}/probabilities", archive)
    if picture.pyramid is not None:
        labels = archive.array(f"{folder}/labels", picture.pyramid.labels)
        found["pyramid"] = {"labels": labels, "scales": list(picture.pyramid.scales)}
    return found


def _answer(answer: Answer, name: str, archive: ArchiveWriter) -> Facts:
    values = archive.array(name, answer.probabilities)
    window = _window(answer.window)
    return {"probabilities": values, "top": list(answer.top), "window": window}


def _plain(suffix: str) -> str:
    """A suffix that any system takes as a part of a name."""
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ""


def with_photos(stored: StoredSession) -> StoredSession:
    """The same with the pixels of pictures that have no file, which can be shown from it then."""
    return replace(
        stored,
        pictures=tuple(
            picture
            if picture.path is not None or picture.photo is not None
            else replace(picture, photo=_photo(picture))
            for picture in stored.pictures
        ),
    )


def _photo(picture: StoredPicture) -> Photo | None:
    """The bytes of a picture: its own file's while it is as it was read, else its pixels'."""
    path, image = picture.path, picture.image
    if path is not None:
        try:
            data = file_bytes(path)
        except ImageError:
            data = b""
        sha256 = hashlib.sha256(data).hexdigest()
        if data and (image is None or image.sha256 == sha256):
            return Photo(data, True, picture.name, path, sha256)
    return None if image is None else pixels_photo(image)


def pixels_photo(image: Image) -> Photo:
    """A picture as the bytes of a PNG with its very pixels."""
    buffer = io.BytesIO()
    PillowImage.fromarray(image.pixels).save(buffer, "PNG", compress_level=1)
    facts = (image.name, image.path, image.sha256, image.notes)
    return Photo(buffer.getvalue(), False, *facts)


# -- results --------------------------------------------------------------------------------


def _panel(panel: StoredPanel, folder: str, archive: ArchiveWriter) -> Facts:
    try:
        state = None if panel.state is None else _state(panel.state, folder, archive)
    except SessionError:  # it lay on the disk and is lost; all else is still to be saved
        bare = replace(panel, status=Status.EMPTY, state=None, asked=None, asked_window=None)
        return _panel(bare, folder, archive)
    return {
        "number": panel.number,
        "method": panel.method,
        "settings": dict(panel.settings),
        "asked": None if panel.asked is None else dict(panel.asked),
        "asked_window": _window(panel.asked_window),
        "status": panel.status.value,
        "failure": panel.failure,
        "scores_partial": panel.scores_partial,
        "held": panel.held,
        "model": panel.model,
        "first_done": panel.first_done,
        "seconds": panel.seconds,
        "state": state,
    }


def _state(state: RunState, folder: str, archive: ArchiveWriter) -> Facts:
    from fragscope_explainers.stored_snapshots import store

    whole = state.whole()
    add = partial(archive.array, passing=whole is not state)
    stored = store(whole.snapshot)
    arrays = stored.arrays.items()
    explainer = state.explainer
    return {
        "stage": state.stage.value,
        "method": explainer.name,
        "parameters": {p.name: getattr(explainer, p.name) for p in parameters(explainer)},
        "target": state.target,
        "stability": state.stability,
        "seconds": state.seconds,
        "engine": asdict(state.engine),
        "saliency": add(f"{folder}/map", whole.saliency),
        "curves": [_curve(curve, f"{folder}/{curve.kind}", add) for curve in whole.curves.values()],
        "snapshot": {
            "kind": stored.kind,
            "facts": dict(stored.facts),
            "arrays": {name: add(f"{folder}/{name}", values) for name, values in arrays},
        },
    }


def _curve(curve: Curve, stem: str, add: Callable[[str, AnyArray], str]) -> Facts:
    return {
        "kind": curve.kind,
        "fill": curve.fill,
        "tied_fraction": float(curve.tied_fraction),
        "fractions": add(f"{stem}-fractions", curve.fractions),
        "scores": add(f"{stem}-scores", curve.scores),
        "ranks": None if curve.ranks is None else add(f"{stem}-ranks", curve.ranks),
    }
