"""Results of pictures out of sight go to the disk and come back with their picture."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.pictures import MOST_DECODED, Progress
from fragscope.result_memory import remove_leftovers, results_folder
from fragscope.session import Session
from fragscope.session_file import write_session
from fragscope.session_reading import read_session
from fragscope.stored_session import View, stored_session

PICTURES = MOST_DECODED + 2


@pytest.fixture
def many(session: Session, qtbot: QtBot, make_photo: Callable[..., Path]) -> Session:
    """More pictures are open than are kept decoded; all are explained, the first is in front."""
    session.use_panels([("mfpp", {"masks": 30, "scales": (4, 9)}), ("saliency", {})])
    session.load_model()
    photos = [make_photo(f"{n}.png", 80 + n, 100, n) for n in range(PICTURES)]
    session.album.open_files(photos)
    qtbot.waitUntil(lambda: session.picture.progress is Progress.DONE, timeout=30_000)
    session.album.run_pictures()
    qtbot.waitUntil(
        lambda: all(p.progress is Progress.DONE for p in session.album.pictures), timeout=30_000
    )
    return session


@pytest.fixture
def spilled(many: Session, qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    """The same, with all results on the disk but those of the picture in front."""
    many.memory.start(0, tmp_path / "results")
    with qtbot.waitSignal(many.memory.went):
        many.album.picture_changed.emit(1)
    return many


def on_disk(session: Session) -> list[bool]:
    return [
        all(panel.state is not None and not panel.state.is_here for panel in picture.panels)
        for picture in session.album.pictures
    ]


def show(session: Session, qtbot: QtBot, place: int) -> None:
    picture = session.album.pictures[place]
    session.album.show(picture.number)
    qtbot.waitUntil(lambda: session.picture is picture and session.prediction is not None)


def test_all_but_the_picture_in_front_goes(spilled: Session, tmp_path: Path) -> None:
    assert on_disk(spilled) == [False] + [True] * (PICTURES - 1)
    files = list((tmp_path / "results").rglob("*.npy"))
    assert len(files) == 2 * (PICTURES - 1)


def test_results_come_back_with_their_picture(many: Session, qtbot: QtBot, tmp_path: Path) -> None:
    last = many.album.pictures[-1]
    states = [panel.state for panel in last.panels]
    maps = [state.saliency.copy() for state in states]
    many.memory.start(0, tmp_path)
    with qtbot.waitSignal(many.memory.went):
        many.album.picture_changed.emit(1)
    jobs: list[object] = []
    show(many, qtbot, -1)
    many.panel_changed.connect(jobs.append)
    assert [panel.state for panel in last.panels] == states
    assert all(state.is_here for state in states)
    for state, values in zip(states, maps, strict=True):
        assert np.array_equal(state.saliency, values)
    assert last.progress is Progress.DONE
    assert not jobs


def test_what_lies_on_the_disk_already_is_not_written_again(
    spilled: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*.npy"))
    for place in [*range(1, PICTURES), 0]:
        show(spilled, qtbot, place)
    qtbot.waitUntil(lambda: on_disk(spilled)[1], timeout=5_000)
    assert set(before) <= set(tmp_path.rglob("*.npy"))


def test_within_the_budget_everything_stays(many: Session, qtbot: QtBot, tmp_path: Path) -> None:
    many.memory.start(1 << 30, tmp_path)
    many.album.picture_changed.emit(1)
    qtbot.waitUntil(lambda: many.memory.is_settled)
    assert not any(on_disk(many))
    assert not list(tmp_path.rglob("*.npy"))


def test_a_lost_result_runs_again_and_is_told(
    spilled: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    for path in tmp_path.rglob("*.npy"):
        path.unlink()
    with qtbot.waitSignal(spilled.noticed) as told:
        spilled.album.show(spilled.album.pictures[-1].number)
    assert "runs again" in told.args[0]
    picture = spilled.album.pictures[-1]
    qtbot.waitUntil(lambda: picture.progress is Progress.DONE, timeout=20_000)
    assert all(panel.state.is_here for panel in picture.panels)


def test_a_full_disk_keeps_results_in_memory_and_is_told_once(
    many: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fragscope.spilling._write", full)
    told: list[str] = []
    many.noticed.connect(told.append)
    many.memory.start(0, tmp_path)
    many.album.picture_changed.emit(1)
    qtbot.waitUntil(lambda: bool(told))
    many.album.picture_changed.emit(1)
    qtbot.waitUntil(lambda: many.memory.is_settled)
    assert len(told) == 1
    assert "stay in memory" in told[0]
    assert not any(on_disk(many))


def test_a_session_file_holds_what_lies_on_the_disk(spilled: Session, tmp_path: Path) -> None:
    stored = stored_session(spilled, View())
    write_session(stored, tmp_path / "a.fragscope")
    assert on_disk(spilled) == [False] + [True] * (PICTURES - 1)
    found = read_session(tmp_path / "a.fragscope")
    for entry, picture in zip(found.pictures, spilled.album.pictures, strict=True):
        for panel, own in zip(entry.panels, picture.panels, strict=True):
            assert np.array_equal(panel.state.saliency, own.state.saliency)
    assert stored_session(spilled, View()) == stored


def test_files_are_gone_at_the_end(spilled: Session, tmp_path: Path) -> None:
    spilled.close()
    assert not list((tmp_path / "results").iterdir())


def test_what_a_crash_left_goes_at_the_next_start_and_what_is_in_use_stays(
    spilled: Session, tmp_path: Path
) -> None:
    above = tmp_path / "results"
    used = next(path for path in above.iterdir() if path.is_dir())
    left = above / "1-abc"
    left.mkdir()
    (left / "a.npy").write_bytes(b"x")
    remove_leftovers(above)
    assert not left.exists()
    assert list(used.glob("*.npy"))


def test_nothing_is_written_before_it_is_started(many: Session) -> None:
    assert many.memory.is_settled
    assert not any(on_disk(many))
    assert results_folder().name == "results"


def test_a_lost_result_hinders_no_saving(spilled: Session, tmp_path: Path) -> None:
    for path in (tmp_path / "results").rglob("*.npy"):
        path.unlink()
    target = tmp_path / "work.fragscope"
    write_session(stored_session(spilled, View()), target)
    found = read_session(target)
    assert [panel.state is not None for panel in found.pictures[0].panels] == [True, True]
    assert [panel.state for panel in found.pictures[-1].panels] == [None, None]


def test_pictures_that_rest_keep_what_the_model_said(many: Session, tmp_path: Path) -> None:
    resting = [picture for picture in many.album.pictures if picture.prediction is None]
    assert resting
    target = tmp_path / "work.fragscope"
    write_session(stored_session(many, View()), target)
    assert all(picture.answer is not None for picture in read_session(target).pictures)


def test_a_cache_that_was_emptied_is_used_again(
    spilled: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    for folder in [path for path in (tmp_path / "results").iterdir() if path.is_dir()]:
        shutil.rmtree(folder)
    spilled.memory._make_folder()
    assert spilled.memory._folder.is_dir()
