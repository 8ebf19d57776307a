"""A session is saved to a file and opened again in its place, and nothing is run by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.jobs import JobRunner
from fragscope.painting import Painting
from fragscope.panels import Status
from fragscope.pictures import MOST_DECODED
from fragscope.session import Session
from fragscope.session_keeper import SessionKeeper
from fragscope.stored_session import View
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ModelError


@pytest.fixture
def keeper(session: Session) -> Iterator[SessionKeeper]:
    found = SessionKeeper(session, View)
    yield found
    found.close()


@pytest.fixture
def saved(keeper: SessionKeeper, explained: Session, qtbot: QtBot, tmp_path: Path) -> Path:
    """The file of a session that explained a picture."""
    path = tmp_path / "work.fragscope"
    with qtbot.waitSignal(keeper.saved):
        keeper.save(path)
    return path


@pytest.fixture
def no_queries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths of the batches that the model is asked from now on."""
    asked: list[int] = []
    whole = TorchClassifier.logits

    def logits(self: TorchClassifier, batch: object) -> object:
        asked.append(len(batch))
        return whole(self, batch)

    monkeypatch.setattr(TorchClassifier, "logits", logits)
    return asked


def reopen(keeper: SessionKeeper, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(keeper.opened, timeout=20_000):
        keeper.open(path)


def settle(session: Session, qtbot: QtBot) -> None:
    """Wait until the worker has done all that was asked before."""
    done: list[int] = []
    session.in_background(lambda: 1, done.append)
    qtbot.waitUntil(lambda: done == [1])


def test_what_was_open_is_there_again_and_nothing_runs(
    keeper: SessionKeeper, saved: Path, explained: Session, qtbot: QtBot, no_queries: list[int]
) -> None:
    session = explained
    second = session.prediction.top[1]
    expected = [panel.state.saliency for panel in session.panels]
    switched = [panel.state.snapshot.saliency(second) for panel in session.panels[:2]]
    target = session.target
    session.paint(Painting((0.5,), 0.1))
    session.use_panels([])
    reopen(keeper, saved, qtbot)
    settle(session, qtbot)
    assert session.target == target
    assert session.painting == Painting()
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4
    for panel, values in zip(session.panels, expected, strict=True):
        assert np.array_equal(panel.saliency(session.aspect), values)
    for panel, values in zip(session.panels[:2], switched, strict=True):
        assert np.array_equal(panel.state.snapshot.saliency(second), values)
    assert no_queries == []
    assert keeper.path == saved
    assert not keeper.is_changed


def test_switching_class_and_weights_asks_nothing_for_the_maps(
    keeper: SessionKeeper, saved: Path, explained: Session, qtbot: QtBot, no_queries: list[int]
) -> None:
    reopen(keeper, saved, qtbot)
    session = explained
    before = session.panels[0].saliency(session.aspect)
    session.set_against(session.prediction.top[1])
    session.paint(Painting((0.0, 2.0), 0.3))
    after = session.panels[0].saliency(session.aspect)
    settle(session, qtbot)
    assert not np.array_equal(before, after)
    assert no_queries == []


def test_several_pictures_keep_order_front_and_results(
    keeper: SessionKeeper,
    session: Session,
    qtbot: QtBot,
    make_photo: Callable[..., Path],
    tmp_path: Path,
) -> None:
    count = MOST_DECODED + 2
    photos = [make_photo(f"{n}.png", 60 + n, 90, n) for n in range(count)]
    session.use_panels([("saliency", {}), ("mfpp", {"masks": 20, "scales": (4,)})])
    session.load_model()
    session.album.open_files(photos)
    qtbot.waitUntil(lambda: session.panels[1].status is Status.FINISHED, timeout=20_000)
    session.album.run_pictures()
    pictures = session.album.pictures
    qtbot.waitUntil(
        lambda: all(p.panels[1].status is Status.FINISHED for p in pictures), timeout=30_000
    )
    session.album.show(pictures[2].number)
    qtbot.waitUntil(lambda: session.picture is pictures[2] and session.prediction is not None)
    maps = [picture.panels[1].state.saliency for picture in pictures]
    path = tmp_path / "album.fragscope"
    with qtbot.waitSignal(keeper.saved):
        keeper.save(path)
    for photo in photos:
        photo.unlink()
    reopen(keeper, path, qtbot)
    found = session.album.pictures
    assert [picture.name for picture in found] == [str(n) for n in range(count)]
    assert session.picture is found[2]
    assert all(
        np.array_equal(p.panels[1].state.saliency, m) for p, m in zip(found, maps, strict=True)
    )
    session.album.show(found[0].number)
    qtbot.waitUntil(lambda: session.picture is found[0] and session.prediction is not None)
    assert session.image.height == 60
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in found), timeout=10_000)
    assert not any(picture.failure for picture in found)


def test_changes_are_told_and_saving_takes_them_away(
    keeper: SessionKeeper, saved: Path, explained: Session, qtbot: QtBot
) -> None:
    assert not keeper.is_changed
    with qtbot.waitSignal(keeper.changed):
        explained.paint(Painting((0.5,), 0.0))
    assert keeper.is_changed
    with qtbot.waitSignal(keeper.saved):
        keeper.save(saved)
    assert not keeper.is_changed


def test_a_damaged_file_is_told_and_what_is_open_stays(
    keeper: SessionKeeper, saved: Path, explained: Session, qtbot: QtBot
) -> None:
    bad = saved.with_name("bad.fragscope")
    bad.write_bytes(saved.read_bytes()[:2000])
    before = keeper.capture()
    with qtbot.waitSignal(keeper.failed) as told:
        keeper.open(bad)
    assert told.args[0].startswith("bad.fragscope is damaged")
    assert keeper.capture() == before
    assert keeper.path == saved


def test_a_folder_that_cannot_be_written_gives_a_sentence_and_keeps_the_old_file(
    keeper: SessionKeeper, saved: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    before = saved.read_bytes()
    with qtbot.waitSignal(keeper.failed) as told:
        keeper.save(tmp_path / "gone" / "work.fragscope")
    assert "cannot be written" in told.args[0]
    assert keeper.path == saved
    assert saved.read_bytes() == before


def test_a_session_with_changes_that_is_replaced_is_handed_over(
    keeper: SessionKeeper, saved: Path, explained: Session, qtbot: QtBot
) -> None:
    replaced: list[object] = []
    keeper.replacing.connect(replaced.append)
    reopen(keeper, saved, qtbot)
    assert replaced == []
    explained.paint(Painting((0.5,), 0.0))
    changed = keeper.capture()
    reopen(keeper, saved, qtbot)
    assert replaced == [changed]


def test_a_session_waits_for_the_model(
    saved: Path, qtbot: QtBot, quick_model: None, explained: Session
) -> None:
    later = Session()
    keeper = SessionKeeper(later, View)
    keeper.open(saved)
    with qtbot.waitSignal(keeper.opened, timeout=20_000):
        later.load_model()
    assert later.panels[0].state is not None
    keeper.close()
    later.close()


def test_without_any_model_maps_are_shown_and_a_sentence_says_so(
    saved: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, explained: Session
) -> None:
    def fail(*_: object) -> Iterator[TorchClassifier]:
        raise ModelError("the weights are gone")

    monkeypatch.setattr("fragscope.preparation.load_model", fail)
    monkeypatch.setattr("fragscope_explainers.classifiers.catalog.load_classifier", fail)
    later = Session()
    keeper = SessionKeeper(later, View)
    told: list[str] = []
    later.noticed.connect(told.append)
    keeper.open(saved)
    with qtbot.waitSignal(keeper.opened, timeout=20_000):
        later.load_model()
    assert "small, which is not loaded here" in told[-1]
    panel, target = later.panels[0], later.prediction.top[1]
    later.set_target(target)
    qtbot.waitUntil(lambda: panel.status is Status.FAILED)
    assert "nothing new can be asked" in panel.failure.sentence
    expected = explained.panels[0].state.snapshot.saliency(target)
    assert np.array_equal(panel.saliency(later.aspect), expected)
    keeper.close()
    later.close()


def test_what_waits_to_be_written_is_written_before_the_end(
    session: Session, explained: Session, tmp_path: Path
) -> None:
    keeper = SessionKeeper(session, View)
    paths = [tmp_path / f"{n}.fragscope" for n in range(3)]
    for path in paths:
        keeper.save(path)
    keeper.close()
    assert all(path.is_file() for path in paths)


def test_runs_go_on_while_a_file_is_written(
    keeper: SessionKeeper, saved: Path, explained: Session
) -> None:
    """Files have a thread of their own: the worker would make them wait for a batch."""
    assert isinstance(explained.jobs, JobRunner)
    assert not keeper.writer.is_busy
    keeper.save(saved)
    assert keeper.writer.is_busy
