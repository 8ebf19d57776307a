"""The window of pictures of more than 8 bits: tried, set, undone, stored, reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from pytestqt.qtbot import QtBot

from fragscope.colours import Display
from fragscope.panels import Status
from fragscope.pictures import Progress
from fragscope.restoring import restored
from fragscope.session import Session
from fragscope.session_file import write_session
from fragscope.session_reading import read_session
from fragscope.session_report import session_report
from fragscope.stored_session import View, stored_session
from fragscope.windowing import Windowing
from fragscope_explainers.counts import SET, Window
from fragscope_explainers.errors import ParameterError

from ..conftest import is_done
from .another_model import another_model
from .two_models import OTHER, Loads, another, hold

HEIGHT, WIDTH = 90, 140
NARROW = Window(1000, 800)
MakeScan = Callable[..., Path]


def scan(seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """Counts of a bright box and a dark disc, all below 2,000."""
    counts = np.random.default_rng(seed).integers(600, 900, (HEIGHT, WIDTH), dtype=np.uint16)
    counts[18:45, 45:70] += 900
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    counts[(rows - 58) ** 2 + (columns - 86) ** 2 < 18**2] -= 500
    return counts


@pytest.fixture
def make_scan(tmp_path: Path) -> MakeScan:
    """Writes a picture of 16 bits; arguments are its name and seed."""

    def make(name: str = "scan.png", seed: int = 0) -> Path:
        PillowImage.fromarray(scan(seed)).save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def scanned(session: Session, qtbot: QtBot, make_scan: MakeScan) -> Session:
    """A session that has explained a picture of 16 bits."""
    session.load_model()
    session.open_file(make_scan())
    qtbot.waitUntil(lambda: is_done(session), timeout=30_000)
    return session


@pytest.fixture
def windowing(scanned: Session, qtbot: QtBot) -> Windowing:
    found = Windowing(scanned)
    found._restart()
    qtbot.waitUntil(lambda: bool(found.presets))
    return found


def wait_window(session: Session, qtbot: QtBot, window: Window | None) -> None:
    """Wait until the model was asked about the picture through a window."""

    def is_asked() -> bool:
        prediction = session.prediction
        return (
            prediction is not None
            and session.picture.job is None
            and prediction.model_input.image.window == window
            and session.pyramid is not None
        )

    qtbot.waitUntil(is_asked, timeout=10_000)


def outdated(session: Session) -> set[bool]:
    return {session.picture.is_outdated(panel) for panel in session.panels}


def test_a_window_that_is_tried_changes_nothing_but_the_screen(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    image = scanned.image
    with qtbot.waitSignal(windowing.tried) as told:
        windowing.try_window(NARROW)
    assert image.counts is not None
    np.testing.assert_array_equal(told.args[0], image.through(NARROW).pixels)
    assert windowing.window == NARROW
    assert (scanned.image, scanned.picture.window) == (image, None)
    assert outdated(scanned) == {False}
    with qtbot.waitSignal(windowing.dropped):
        windowing.drop()
    assert windowing.window == image.counts.window


def test_a_settled_window_asks_the_model_and_keeps_the_results(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    states = [panel.state for panel in scanned.panels]
    before = scanned.prediction
    windowing.try_window(NARROW)
    windowing.settle()
    wait_window(scanned, qtbot, NARROW)
    assert scanned.image.counts.source == SET
    assert not np.array_equal(scanned.prediction.probabilities, before.probabilities)
    assert [panel.state for panel in scanned.panels] == states
    assert {panel.status for panel in scanned.panels} == {Status.FINISHED}
    assert outdated(scanned) == {True}
    assert scanned.picture.progress is Progress.PARTIAL
    assert windowing.window == NARROW
    scanned.run_all()
    qtbot.waitUntil(lambda: is_done(scanned), timeout=30_000)
    assert outdated(scanned) == {False}
    assert scanned.picture.progress is Progress.DONE


def test_what_runs_begins_again_with_the_new_window(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    panel = scanned.panels[0]
    scanned.configure(panel.number, "mfpp", {"masks": 10**6})
    qtbot.waitUntil(lambda: panel.status is Status.RUNNING, timeout=20_000)
    windowing.use(NARROW)
    assert (panel.status, panel.job) == (Status.EMPTY, None)
    qtbot.waitUntil(lambda: panel.status is Status.RUNNING, timeout=20_000)
    assert panel.asked_window == NARROW
    assert not scanned.picture.is_outdated(panel)
    scanned.stop_all()


def test_another_class_runs_outdated_panels_anew(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    """Curves of an old map on new pixels would be of neither."""
    windowing.use(NARROW)
    wait_window(scanned, qtbot, NARROW)
    scanned.set_target(next(n for n in range(10) if n != scanned.target))
    qtbot.waitUntil(lambda: is_done(scanned), timeout=30_000)
    assert outdated(scanned) == {False}


def test_the_window_as_read_is_none_of_the_user(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    windowing.use(NARROW)
    wait_window(scanned, qtbot, NARROW)
    windowing.use(windowing.presets[0].window)
    wait_window(scanned, qtbot, None)
    assert scanned.image.counts.source == "12 bits, by its greatest count"
    assert outdated(scanned) == {False}, "the results are of this very window"


def test_another_model_and_reading_again_keep_the_window(
    windowing: Windowing,
    scanned: Session,
    qtbot: QtBot,
    make_photo: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    windowing.use(NARROW)
    wait_window(scanned, qtbot, NARROW)
    own = scanned.picture
    scanned.open_file(make_photo())
    qtbot.waitUntil(lambda: scanned.image.name == "photo" and is_done(scanned), timeout=30_000)
    assert windowing.counts is None
    own.forget_pixels()
    assert own.image is None
    scanned.album.show(own.number)
    qtbot.waitUntil(lambda: scanned.picture is own)
    wait_window(scanned, qtbot, NARROW)
    monkeypatch.setattr("fragscope.preparation.load_model", lambda *_: iter([another_model()]))
    scanned.load_model()
    qtbot.waitUntil(lambda: scanned.classifier.input_size == (40, 40), timeout=10_000)
    wait_window(scanned, qtbot, NARROW)


def test_a_model_of_a_panel_is_asked_again(scanned: Session, loads: Loads, qtbot: QtBot) -> None:
    loads[OTHER.spec] = another
    panel = scanned.panels[0]
    hold(scanned, qtbot, panel.number)
    Windowing(scanned).use(NARROW)
    wait_window(scanned, qtbot, NARROW)
    scanned.run_all()
    qtbot.waitUntil(lambda: is_done(scanned), timeout=30_000)
    assert scanned.prediction_of(panel).model_input.image.window == NARROW
    assert panel.asked_window == NARROW


def test_a_window_that_is_set_twice_quickly_ends_with_the_second(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    windowing.use(NARROW)
    windowing.use(Window(900, 100))
    wait_window(scanned, qtbot, Window(900, 100))


def test_a_drag_makes_the_window_wider_and_moves_its_centre(windowing: Windowing) -> None:
    windowing.try_window(NARROW)
    windowing.drag(128, 0)
    assert windowing.window == Window(1000, 1600)
    windowing.drag(128, 64)
    assert windowing.window == Window(1200, 1600), "it goes on from where the drag began"
    windowing.drag(-10_000, 0)
    assert windowing.window == Window(1000, windowing.step)


def test_pictures_of_one_kind_share_a_window(
    windowing: Windowing,
    scanned: Session,
    qtbot: QtBot,
    make_scan: MakeScan,
    make_photo: Callable[..., Path],
) -> None:
    album, first = scanned.album, scanned.picture
    album.open_files([make_photo(), make_scan("second.png", 1), make_scan("third.png", 2)])
    photo, second, third = album.pictures[1:]
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in album.pictures), timeout=10_000)
    album.show(first.number)
    thumbnails = [second.thumbnail, third.thumbnail]
    windowing.use(NARROW)
    assert windowing.alike == 2
    windowing.use_for_alike()
    assert [p.window for p in album.pictures] == [NARROW, None, NARROW, NARROW]
    qtbot.waitUntil(
        lambda: second.thumbnail is not None and third.thumbnail is not None, timeout=10_000
    )
    for before, picture in zip(thumbnails, (second, third), strict=True):
        assert not np.array_equal(before, picture.thumbnail)
    assert photo.kind is None
    album.show(third.number)
    qtbot.waitUntil(lambda: scanned.picture is third)
    wait_window(scanned, qtbot, NARROW)


def test_a_session_file_keeps_windows(
    windowing: Windowing, scanned: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    asked = scanned.prediction.probabilities
    windowing.use(Window(1000, 800, "sigmoid"))
    wait_window(scanned, qtbot, Window(1000, 800, "sigmoid"))
    scanned.run(scanned.panels[0])
    qtbot.waitUntil(lambda: is_done(scanned), timeout=30_000)
    stored = stored_session(scanned, View())
    path = tmp_path / "work.fragscope"
    write_session(stored, path)
    again = restored(read_session(path), scanned.classifier, "")
    assert again.front.window == Window(1000, 800, "sigmoid")
    np.testing.assert_array_equal(again.front.image.pixels, scanned.image.pixels)
    found = again.front.prediction.probabilities
    np.testing.assert_array_equal(found, scanned.prediction.probabilities)
    assert not np.array_equal(found, asked)
    flags = [again.front.is_outdated(panel) for panel in again.front.panels]
    assert flags == [False, True, True, True]


def test_a_window_of_a_picture_behind_is_a_change_of_the_session(
    scanned: Session, make_scan: MakeScan, qtbot: QtBot
) -> None:
    album, first = scanned.album, scanned.picture
    album.open_files([make_scan("second.png", 1)])
    qtbot.waitUntil(lambda: scanned.picture is not first and is_done(scanned), timeout=30_000)
    before = stored_session(scanned, View())
    with qtbot.waitSignal(album.windows_changed):
        album.use_windows({first.number: NARROW})
    assert stored_session(scanned, View()) != before
    album.use_windows({first.number: None})
    assert stored_session(scanned, View()) == before


def test_a_session_without_windows_is_as_older_programs_know_it(
    scanned: Session, tmp_path: Path
) -> None:
    from zipfile import ZipFile

    path = tmp_path / "work.fragscope"
    write_session(stored_session(scanned, View()), path)
    with ZipFile(path) as file:
        assert b'"version": 1' in file.read("session.json")
    assert read_session(path).pictures[0].window is None


def test_results_of_an_earlier_window_are_not_reported(
    windowing: Windowing, scanned: Session, qtbot: QtBot
) -> None:
    windowing.use(NARROW)
    wait_window(scanned, qtbot, NARROW)
    with pytest.raises(ParameterError, match=r"Grad-CAM: of an earlier window .*; run again or"):
        session_report(scanned, Display())
    scanned.run(scanned.panels[0])
    qtbot.waitUntil(lambda: is_done(scanned), timeout=30_000)
    report = session_report(scanned, Display(), only=scanned.panels[0].number)
    assert report.model_input.image.counts.describe()["window"] == {
        "centre": 1000,
        "width": 800,
        "shape": "exact",
        "source": "set by you",
    }


def test_the_file_s_own_window_outdates_nothing(scanned: Session) -> None:
    picture = scanned.picture
    own = picture.image.counts.as_read
    scanned.album.use_windows({picture.number: own})
    assert picture.window is None
    assert outdated(scanned) == {False}


def test_answers_of_panels_models_know_their_window(
    scanned: Session, loads: Loads, qtbot: QtBot
) -> None:
    loads[OTHER.spec] = another
    hold(scanned, qtbot, scanned.panels[0].number)
    number = next(iter(scanned.picture.others))
    said = scanned.picture.answers[number]
    assert said.window is None
    scanned.picture.other_answers = {number: said}
    assert scanned.picture.known_answer_of(number) is said
    scanned.picture.window = NARROW
    assert scanned.picture.known_answer_of(number) is None
    scanned.picture.window = None
