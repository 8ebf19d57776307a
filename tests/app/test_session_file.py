"""What is saved is opened again: to the bit, whatever it is, and nothing else is let in."""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from fragscope import archive as archive_module
from fragscope.archive import FACTS
from fragscope.arrangement import Detached
from fragscope.colours import COLOUR_MAPS, SIGNS, Display
from fragscope.painting import Painting
from fragscope.panels import Panel, Status
from fragscope.pictures import Picture
from fragscope.restoring import Restored, restored
from fragscope.session import Session
from fragscope.session_file import is_session, write_session
from fragscope.session_reading import read_session
from fragscope.stored_session import Scrubbed, StoredEdit, StoredSession, View, stored_session
from fragscope_explainers.classifiers.absent import AbsentClassifier
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import FragScopeError, ModelError, SessionError
from fragscope_explainers.images import image_from_array

from .session_files import rewritten


@pytest.fixture
def saved(explained: Session, tmp_path: Path) -> Path:
    """The session file of `explained`."""
    path = tmp_path / "work.fragscope"
    write_session(stored_session(explained, View()), path)
    return path


def opened(path: Path, session: Session) -> Restored:
    return restored(read_session(path), session.classifier, session.model_spec)


def assert_same_panel(found: Panel, expected: Panel) -> None:
    assert (found.number, found.method, found.status) == (
        *(expected.number, expected.method),
        expected.status,
    )
    assert found.settings == expected.settings
    assert found.is_stale == expected.is_stale
    first, second = found.state, expected.state
    assert first is not None
    assert second is not None
    assert first.explainer == second.explainer
    for name in ("stage", "target", "stability", "seconds", "engine"):
        assert getattr(first, name) == getattr(second, name)
    assert first.saliency.tobytes() == second.saliency.tobytes()
    assert first.snapshot.saliency(first.target).tobytes() == second.saliency.tobytes()
    assert first.curves.keys() == second.curves.keys()
    for kind, curve in first.curves.items():
        for name in ("fractions", "scores", "ranks"):
            values = getattr(curve, name), getattr(second.curves[kind], name)
            assert np.array_equal(*values)
        assert curve.auc == second.curves[kind].auc
        assert (curve.fill, curve.tied_fraction) == (
            second.curves[kind].fill,
            second.curves[kind].tied_fraction,
        )


def test_a_session_comes_back_to_the_bit(explained: Session, saved: Path) -> None:
    found = opened(saved, explained)
    assert found.classifier is explained.classifier
    assert found.note == ""
    assert found.front.image.pixels.tobytes() == explained.image.pixels.tobytes()
    assert found.front.image.sha256 == explained.image.sha256
    assert found.front.prediction.top == explained.prediction.top
    first, second = found.front.prediction, explained.prediction
    assert first.probabilities.tobytes() == second.probabilities.tobytes()
    assert first.model_input.values.tobytes() == second.model_input.values.tobytes()
    assert found.front.pyramid.is_like(explained.pyramid)
    assert len(found.front.panels) == 4
    for panel, expected in zip(found.front.panels, explained.panels, strict=True):
        assert_same_panel(panel, expected)


def test_the_file_holds_no_pickle_and_the_picture_s_own_bytes(saved: Path, photo: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        assert file.read("pictures/1/photo.png") == photo.read_bytes()
        for name in file.namelist():
            assert Path(name).suffix in (".npy", ".json", ".png")
            if name.endswith(".npy"):
                with file.open(name) as member:
                    np.load(member, allow_pickle=False)


def test_arrays_that_are_shared_are_stored_once(saved: Path) -> None:
    with zipfile.ZipFile(saved) as file:
        assert sum(name.endswith("labels.npy") for name in file.namelist()) == 1


def test_a_session_opens_where_its_pictures_are_gone(
    explained: Session, saved: Path, photo: Path
) -> None:
    pixels = explained.image.pixels.tobytes()
    photo.unlink()
    assert opened(saved, explained).front.image.pixels.tobytes() == pixels


def test_pictures_whose_files_are_there_can_be_left_out(
    explained: Session, tmp_path: Path, photo: Path
) -> None:
    path = tmp_path / "light.fragscope"
    write_session(stored_session(explained, View()), path, embeds=False)
    assert read_session(path).pictures[0].photo is None
    assert opened(path, explained).front.image.sha256 == explained.image.sha256
    photo.unlink()
    write_session(stored_session(explained, View()), path, embeds=False)
    assert opened(path, explained).front.image.sha256 == explained.image.sha256


def test_pasted_pixels_are_stored_too(explained: Session, qtbot: QtBot, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    explained.open_image(image_from_array(pixels, "pasted picture"))
    qtbot.waitUntil(lambda: explained.image.name == "pasted picture")
    path = tmp_path / "pasted.fragscope"
    write_session(stored_session(explained, View()), path)
    front = opened(path, explained).front
    assert np.array_equal(front.image.pixels, pixels)
    assert front.image.sha256 == explained.image.sha256
    assert front.image.path is None
    explained.stop_all()


def test_without_its_model_all_is_shown_and_nothing_is_answered(
    explained: Session, saved: Path, small_classifier: TorchClassifier
) -> None:
    other = TorchClassifier(
        small_classifier.module, small_classifier.labels, small_classifier.preprocessing, "other"
    )
    found = restored(read_session(saved), other, "builtin:other")
    assert isinstance(found.classifier, AbsentClassifier)
    assert "small, which is not loaded here" in found.note
    assert found.classifier.labels == small_classifier.labels
    assert found.model_spec == explained.model_spec
    state = explained.panels[0].state
    again = found.front.panels[0].state
    for target in range(10):
        assert np.array_equal(state.snapshot.saliency(target), again.snapshot.saliency(target))
    batch = found.front.prediction.model_input.tensor()[None]
    with pytest.raises(ModelError, match="small, the model of this session, is not loaded"):
        found.front.prediction.classifier.probabilities(batch)


def test_equal_sessions_are_equal_until_something_changes(explained: Session) -> None:
    before = stored_session(explained, View())
    assert stored_session(explained, View()) == before
    explained.paint(Painting((0.5, 1.0), 0.2))
    assert stored_session(explained, View()) != before
    explained.paint(before.painting)
    assert stored_session(explained, View()) == before
    explained.panels[0].settings = {"masks": 61}
    assert stored_session(explained, View()) != before


def test_a_run_under_way_is_stored_as_stopped(session: Session, qtbot: QtBot, photo: Path) -> None:
    session.panel(0).settings = {"masks": 10**6}
    session.load_model()
    session.open_file(photo)
    qtbot.waitUntil(lambda: session.panel(0).state is not None, timeout=20_000)
    stored = stored_session(session, View())
    session.stop_all()
    first = stored.pictures[0].panels[0]
    assert first.status is Status.CANCELLED
    assert not first.state.snapshot.is_final


def empty(**changes: Any) -> StoredSession:
    return replace(StoredSession(None, ()), **changes)


shares = st.floats(0, 1)
displays = st.builds(
    Display,
    st.sampled_from(COLOUR_MAPS),
    shares,
    st.sampled_from(SIGNS),
    st.floats(50, 100),
    st.floats(0.001, 1),
    shares,
    *[st.booleans()] * 4,
)
regions = st.tuples(*[st.floats(-1e6, 1e6)] * 2, *[st.floats(0.1, 1e6)] * 2)
views = st.builds(
    View,
    display=displays,
    pins=st.lists(st.integers(0, 999)).map(tuple),
    level=st.integers(0, 9),
    fragments=st.booleans(),
    maximised=st.none() | st.integers(0, 9),
    differences=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3).map(tuple),
    region=st.none() | regions,
    sizes=st.dictionaries(st.text(max_size=9), st.lists(st.integers(0, 5000), max_size=4)),
    tab=st.text(),
    detached=st.lists(
        st.builds(
            Detached,
            st.integers(0, 9),
            st.tuples(*[st.integers(-9999, 9999)] * 2, *[st.integers(1, 9999)] * 2),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    alone=st.dictionaries(st.integers(0, 9), st.none() | regions, max_size=3),
    swipe=st.none() | shares,
    hidden=st.lists(st.integers(0, 9), max_size=4).map(tuple),
    scrubber=st.none()
    | st.builds(Scrubbed, st.sampled_from(("deletion", "insertion")), shares, st.booleans()),
    spans=st.dictionaries(
        st.integers(0, 9),
        st.dictionaries(
            st.tuples(st.text(), st.booleans(), st.sampled_from(SIGNS)),
            st.tuples(st.floats(-9, -1), st.floats(1, 9)),
        ).filter(bool),
    ),
)
paintings = st.builds(Painting, st.lists(st.floats(0, 2)).map(tuple), shares)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(views, paintings, st.integers(0, 2**40))
def test_how_it_is_shown_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, view: View, painting: Painting, seed: int
) -> None:
    path = tmp_path_factory.mktemp("view") / "view.fragscope"
    write_session(empty(view=view, painting=painting, seed=seed), path)
    found = read_session(path)
    assert found.painting == painting
    assert found.seed == seed
    for name in (*("display", "pins", "level", "fragments", "maximised", "differences"),):
        assert getattr(found.view, name) == getattr(view, name)
    assert (found.view.region, found.view.sizes, found.view.tab) == (
        *(view.region, view.sizes),
        view.tab,
    )
    assert found.view.spans == view.spans
    assert (found.view.alone, found.view.swipe) == (view.alone, view.swipe)
    assert (found.view.hidden, found.view.scrubber) == (view.hidden, view.scrubber)
    assert [astuple(one) for one in found.view.detached] == [astuple(d) for d in view.detached]


@pytest.mark.parametrize("side", [1e-12, 0.0, -3.0])
def test_a_view_of_nothing_comes_back_whole_and_spoils_no_file(tmp_path: Path, side: float) -> None:
    region = (3.0, 4.0, side, side)
    path = tmp_path / "view.fragscope"
    write_session(empty(view=View(level=3, region=region, alone={1: region})), path)
    found = read_session(path).view
    assert (found.level, found.region, found.alone) == (3, None, {1: None})


# -- writing --------------------------------------------------------------------------------


def test_a_write_that_fails_keeps_the_old_file(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_module.ArchiveWriter, "facts", full)
    with pytest.raises(SessionError, match=r"work\.fragscope cannot be written: No space left"):
        write_session(empty(), saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_is_not_there_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot be written"):
        write_session(empty(), tmp_path / "gone" / "work.fragscope")


# -- files from anywhere --------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        read_session(path)
    text = str(caught.value)
    assert path.name in text
    assert "\n" not in text
    return text


def test_what_is_no_session_is_refused(tmp_path: Path, photo: Path) -> None:
    for name, data in (("empty", b""), ("text", b"hello"), ("zip", b"PK\x05\x06" + 18 * b"\0")):
        path = tmp_path / f"{name}.fragscope"
        path.write_bytes(data)
        assert "damaged or no session of FragScope" in refused(path)
    refused(photo)
    assert "cannot be read" in refused(tmp_path / "missing.fragscope")
    assert "cannot be read" in refused(tmp_path)


def test_a_file_that_is_cut_short_is_refused_wherever_it_is_cut(saved: Path) -> None:
    data, cut = saved.read_bytes(), saved.with_name("cut.fragscope")
    for share in (0.01, 0.3, 0.7, 0.99):
        cut.write_bytes(data[: int(share * len(data))])
        refused(cut)


def test_flipped_bytes_are_refused_or_harmless(saved: Path) -> None:
    data, bad = bytearray(saved.read_bytes()), saved.with_name("bad.fragscope")
    places = np.random.default_rng(2).integers(0, len(data), 30)
    for place in places.tolist():
        flipped = bytearray(data)
        flipped[place] ^= 0x5A
        bad.write_bytes(flipped)
        with contextlib.suppress(SessionError):
            read_session(bad)


def test_a_newer_file_says_what_to_do(saved: Path) -> None:
    newer = rewritten(saved, lambda facts: facts.update(version=99))
    assert "newer FragScope" in refused(newer)


@pytest.mark.parametrize("name", ["../outside.npy", "/etc/passwd", "a\\..\\b", "C:x", "a/../b"])
def test_names_that_lead_out_of_the_file_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.fragscope"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo(name), b"x")
    assert "outside" in refused(path)


def test_a_file_that_unpacks_to_too_much_is_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "_FREE_GROWTH", 1 << 20)
    bomb = saved.with_name("bomb.fragscope")
    shutil.copy(saved, bomb)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(400 << 20))
    assert "far too many bytes" in refused(bomb)


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (117 - len(text)) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "data",
    [
        header("(1000000000000,)"),
        header("(-4, 2)") + bytes(16),
        header("(1,)", "'|O'") + bytes(8),
        header("(2,)", "[('a', '<f4')]") + bytes(8),
        header("(2,") + bytes(8),
        b"\x80\x04K\x01.",
        b"",
    ],
)
def test_arrays_that_are_none_are_refused(saved: Path, data: bytes) -> None:
    other = saved.with_name("array.fragscope")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            bad = name.endswith("panel-0/map.npy")
            new.writestr(name, data if bad else old.read(name))
    refused(other)


def entries(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all that stands in nested facts, but of what the classes are called."""
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    found = [path] if path else []
    for key, entry in inner:
        if key not in ("labels", "origin", "written_by"):
            found += entries(entry, (*path, key))
    return found


def test_facts_that_are_none_are_refused_or_harmless(explained: Session, saved: Path) -> None:
    """Whatever a file says, it is read as a session or refused with a sentence."""
    with zipfile.ZipFile(saved) as file:
        places = entries(json.loads(file.read(FACTS)))
    odd = ("x", -1, 10**30, 0.5, None, True, [], {}, [[[]]], float("nan"))
    random = np.random.default_rng(6)
    for place in [places[int(n)] for n in random.integers(0, len(places), 60)]:
        value = odd[int(random.integers(len(odd)))]

        def spoil(facts: Any, place: tuple[Any, ...] = place, value: Any = value) -> None:
            for key in place[:-1]:
                facts = facts[key]
            facts[place[-1]] = value

        with contextlib.suppress(FragScopeError):
            stored = read_session(rewritten(saved, spoil))
            restored(stored, explained.classifier, explained.model_spec)


def test_parameters_that_a_method_does_not_take_are_left_out(saved: Path) -> None:
    def spoil(facts: dict[str, Any]) -> None:
        facts["pictures"][0]["panels"][0]["settings"] = {"masks": "many", "odd": []}

    panel = read_session(rewritten(saved, spoil)).pictures[0].panels[0]
    assert panel.settings == {}
    assert panel.state is not None


def test_facts_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.fragscope"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(FACTS, "[" * 200_000 + "]" * 200_000)
    refused(path)


def test_results_of_another_grid_or_class_are_refused(saved: Path) -> None:
    def shrink(facts: dict[str, Any]) -> None:
        facts["model"]["preprocessing"]["input_size"] = [32, 32]

    assert "grid" in refused(rewritten(saved, shrink))
    assert "class" in refused(rewritten(saved, lambda facts: facts["model"]["labels"].pop()))


def test_sessions_are_known_by_their_name() -> None:
    assert is_session(Path("a/Work.FRAGSCOPE"))
    assert not is_session(Path("a/work.zip"))


def test_an_edit_is_stored(tmp_path: Path) -> None:
    marked = np.eye(6, dtype=bool)
    altered = np.full((6, 6, 3), 7, np.uint8)
    edit = StoredEdit(object(), marked, True, "blur", np.full(4, 0.25, np.float32), altered)
    path = tmp_path / "edit.fragscope"
    write_session(empty(view=View(edit=edit)), path)
    found = read_session(path).view.edit
    assert np.array_equal(found.marked, marked)
    assert np.array_equal(found.altered, altered)
    assert np.array_equal(found.probabilities, edit.probabilities)
    assert (found.keeps, found.fill) == (True, "blur")


def test_a_picture_that_is_nowhere_keeps_its_results(explained: Session, tmp_path: Path) -> None:
    """One whose pixels were let go, and whose file is gone, is stored without them."""
    picture = Picture(9, "gone", explained.panels, tmp_path / "gone.png")
    stored = stored_session(explained, View())
    ghost = replace(stored.pictures[0], path=picture.path, image=None, photo=None)
    path = tmp_path / "ghost.fragscope"
    write_session(replace(stored, pictures=(stored.pictures[0], ghost)), path)
    found = read_session(path)
    assert found.pictures[1].photo is None
    assert found.pictures[1].panels[0].state is not None


def test_a_picture_that_was_changed_meanwhile_loses_its_results(
    explained: Session, photo: Path, make_photo: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "light.fragscope"
    write_session(stored_session(explained, View()), path, embeds=False)
    assert not opened(path, explained).notice
    make_photo(photo.name, 90, 140, 77)
    found = opened(path, explained)
    assert "was changed on the disk" in found.notice
    assert found.front.prediction is None
    assert all(panel.state is None for panel in found.front.panels)
