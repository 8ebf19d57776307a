"""Several pictures: what is shown, what runs behind, what is kept and what is let go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.album_queue import QueueState
from fragscope.pictures import MOST_DECODED, Progress
from fragscope.session import Session, Status
from fragscope_explainers.images import image_from_array

LONG = 10**6


@pytest.fixture
def photos(make_photo: Callable[..., Path]) -> list[Path]:
    return [make_photo(f"{name}.png", 80 + n, 100, n) for n, name in enumerate(("a", "b", "c"))]


def wait_progress(session: Session, qtbot: QtBot, *expected: Progress) -> None:
    qtbot.waitUntil(
        lambda: [picture.progress for picture in session.album.pictures] == list(expected),
        timeout=30_000,
    )


@pytest.fixture
def first_done(session: Session, qtbot: QtBot, photos: list[Path]) -> Session:
    """Three pictures are open, the first is in front and explained."""
    session.load_model()
    session.album.open_files(photos)
    wait_progress(session, qtbot, Progress.DONE, Progress.EMPTY, Progress.EMPTY)
    return session


def test_the_first_of_several_files_is_shown(first_done: Session) -> None:
    assert [picture.name for picture in first_done.album.pictures] == ["a", "b", "c"]
    assert first_done.picture is first_done.album.pictures[0]
    assert first_done.album.pictures[1].image is None
    height, width, _ = first_done.picture.thumbnail.shape
    assert max(height, width) == 100


def test_thumbnails_come_before_a_picture_is_shown(first_done: Session, qtbot: QtBot) -> None:
    pictures = first_done.album.pictures
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in pictures), timeout=10_000)
    assert [picture.progress for picture in pictures[1:]] == [Progress.EMPTY] * 2


def test_results_stay_with_their_picture(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    states = [panel.state for panel in first_done.panels]
    target = first_done.target
    album.show(album.pictures[1].number)
    wait_progress(first_done, qtbot, Progress.DONE, Progress.DONE, Progress.EMPTY)
    assert first_done.image.name == "b"
    assert first_done.panels[0].state is not states[0]
    album.show(album.pictures[0].number)
    assert first_done.image.name == "a"
    assert [panel.state for panel in first_done.panels] == states
    assert first_done.target == target
    assert not first_done.is_running


def test_all_pictures_are_explained_one_after_another(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    busy: list[int] = []
    album.picture_changed.connect(
        lambda _: busy.append(sum(p.progress is Progress.BUSY for p in album.pictures))
    )
    album.run_pictures()
    assert album.queue_state == QueueState(0, 2, is_held=False)
    wait_progress(first_done, qtbot, *[Progress.DONE] * 3)
    assert max(busy) == 1
    assert first_done.picture.name == "a"
    assert album.pictures[2].panels[0].state.target == album.pictures[2].target


def test_a_cancelled_queue_keeps_what_it_has(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    first_done.panel(0).settings = {"masks": LONG}
    album.run_pictures()
    second = album.pictures[1]
    qtbot.waitUntil(
        lambda: second.panels[0].state is not None and second.panels[0].state.snapshot.done > 20
    )
    album.cancel_queue()
    assert album.queue_state is None
    wait_progress(first_done, qtbot, Progress.DONE, Progress.PARTIAL, Progress.EMPTY)
    assert second.panels[0].state.snapshot.done > 20


def test_a_cancelled_queue_draws_no_curves_of_what_it_has(
    first_done: Session, qtbot: QtBot
) -> None:
    album = first_done.album
    first_done.panel(0).settings = {"masks": LONG}
    album.run_pictures()
    behind = album.pictures[1].panels[0]
    qtbot.waitUntil(lambda: behind.state is not None and behind.status is Status.RUNNING)
    album.cancel_queue()
    assert album.queue_state is None
    qtbot.waitUntil(lambda: behind.job is None)
    assert behind.status is Status.CANCELLED
    assert behind.state.stage.value == "explaining"


def test_a_cancelled_queue_begins_nothing_more(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    album.run_pictures()
    assert album.pictures[1].progress is Progress.BUSY  # it is being read
    album.cancel_queue()
    assert album.pictures[1].progress is Progress.EMPTY
    for turn in range(3):  # reading, asking and running would each have had theirs
        marker: list[int] = []
        first_done.in_background(lambda turn=turn: turn, marker.append)
        qtbot.waitUntil(lambda marker=marker: bool(marker))
    assert [p.progress for p in album.pictures[1:]] == [Progress.EMPTY] * 2
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in album.pictures))


def test_a_held_queue_moves_nothing_but_the_picture_in_front(
    first_done: Session, qtbot: QtBot
) -> None:
    album = first_done.album
    first_done.panel(0).settings = {"masks": LONG}
    album.run_pictures()
    assert album.queue_state == QueueState(0, 2, False)
    second, third = album.pictures[1:]
    behind = second.panels[0]
    qtbot.waitUntil(lambda: behind.state is not None and behind.status is Status.RUNNING)
    album.hold_queue(True)
    assert album.queue_state == QueueState(0, 2, True)
    marker: list[int] = []
    first_done.in_background(lambda: 1, marker.append)
    qtbot.waitUntil(lambda: marker == [1])
    done = behind.state.snapshot.done
    first_done.run(first_done.panel(0))
    front = first_done.panel(0)
    qtbot.waitUntil(lambda: front.status is Status.RUNNING and front.state.snapshot.done > 100)
    first_done.stop_all()
    qtbot.waitUntil(lambda: front.job is None)
    assert behind.state.snapshot.done == done
    album.hold_queue(False)
    qtbot.waitUntil(lambda: behind.state.snapshot.done > done)
    album.remove_picture(second.number)
    album.remove_picture(third.number)
    assert album.queue_state is None


def test_what_ends_with_the_queue_is_not_held_later(first_done: Session) -> None:
    album = first_done.album
    album.run_pictures()
    album.hold_queue(True)
    for picture in album.pictures[1:]:
        album.remove_picture(picture.number)
    assert album.queue_state is None
    assert album._is_held is False


def test_runs_behind_wait_for_the_picture_in_front(
    session: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    session.panel(0).settings = {"masks": LONG}
    session.load_model()
    session.album.open_files(photos[:2])
    first, second = session.album.pictures
    qtbot.waitUntil(lambda: first.panels[0].status is Status.RUNNING, timeout=20_000)
    session.album.show(second.number)
    qtbot.waitUntil(lambda: second.panels[0].status is Status.RUNNING, timeout=20_000)
    marker: list[int] = []
    session.in_background(lambda: 1, marker.append)
    qtbot.waitUntil(lambda: marker == [1])
    behind = first.panels[0]
    done = behind.state.snapshot.done
    front = session.panel(0).state.snapshot.done
    qtbot.waitUntil(lambda: session.panel(0).state.snapshot.done > front + 100)
    assert behind.state.snapshot.done == done
    session.stop_all()
    qtbot.waitUntil(lambda: behind.state.snapshot.done > done, timeout=20_000)


def test_a_run_that_was_held_behind_goes_on_in_front(
    session: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    session.panel(0).settings = {"masks": LONG}
    session.load_model()
    session.album.open_files(photos[:2])
    first, second = session.album.pictures
    qtbot.waitUntil(lambda: first.panels[0].status is Status.RUNNING, timeout=20_000)
    session.album.show(second.number)
    qtbot.waitUntil(lambda: second.panels[0].status is Status.RUNNING, timeout=20_000)
    session.album.show(first.number)
    qtbot.waitUntil(lambda: session.picture is first)
    done = first.panels[0].state.snapshot.done
    qtbot.waitUntil(lambda: first.panels[0].state.snapshot.done > done + 100, timeout=20_000)


def test_panels_are_the_same_for_all_pictures(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    album.run_pictures()
    wait_progress(first_done, qtbot, *[Progress.DONE] * 3)
    first_done.remove_panel(3)
    first_done.move_panel(1, 0)
    first_done.configure(0, "mfpp", {"masks": 33})
    album.show(album.pictures[1].number)
    qtbot.waitUntil(lambda: first_done.picture is album.pictures[1], timeout=10_000)
    assert [panel.number for panel in first_done.panels] == [1, 0, 2]
    changed = first_done.panel(0)
    assert changed.settings == {"masks": 33}
    assert changed.is_stale
    assert changed.state.snapshot.total != 33  # kept until it is run again
    assert not first_done.panel(1).is_stale
    first_done.run(changed)
    qtbot.waitUntil(lambda: changed.status is Status.FINISHED, timeout=20_000)
    assert changed.state.snapshot.total == 33
    assert not changed.is_stale


def test_another_method_starts_anew_on_every_picture(first_done: Session, qtbot: QtBot) -> None:
    album = first_done.album
    album.run_pictures()
    wait_progress(first_done, qtbot, *[Progress.DONE] * 3)
    first_done.configure(2, "saliency", {})
    album.show(album.pictures[2].number)
    qtbot.waitUntil(lambda: first_done.picture is album.pictures[2], timeout=10_000)
    assert first_done.panel(2).method.name == "saliency"
    wait_progress(first_done, qtbot, *[Progress.DONE] * 3)
    assert first_done.panel(2).state.explainer.name == "saliency"


def test_a_file_that_is_open_is_shown_again_as_it_is(
    first_done: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    album, state = first_done.album, first_done.panel(0).state
    album.show(album.pictures[1].number)
    wait_progress(first_done, qtbot, Progress.DONE, Progress.DONE, Progress.EMPTY)
    first_done.open_file(photos[0])
    assert len(album.pictures) == 3
    assert first_done.panel(0).state is state


def test_a_file_that_was_changed_is_read_again(
    first_done: Session, qtbot: QtBot, photos: list[Path], make_photo: Callable[..., Path]
) -> None:
    album = first_done.album
    album.pictures[0].modified = 1.0  # as if it had been written long ago
    first_done.open_file(photos[0])
    assert len(album.pictures) == 4
    qtbot.waitUntil(lambda: first_done.picture is album.pictures[3], timeout=10_000)


def test_a_bad_file_is_not_kept_and_the_picture_in_front_stays(
    first_done: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    with qtbot.waitSignal(first_done.noticed):
        first_done.open_file(bad)
    assert [picture.name for picture in first_done.album.pictures] == ["a", "b", "c"]
    assert first_done.image.name == "a"


def test_a_bad_file_in_the_queue_is_marked_and_the_others_go_on(
    session: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    photos[1].write_bytes(b"no picture")
    session.load_model()
    session.album.open_files(photos)
    wait_progress(session, qtbot, Progress.DONE, Progress.FAILED, Progress.EMPTY)
    session.album.run_pictures()
    wait_progress(session, qtbot, Progress.DONE, Progress.FAILED, Progress.DONE)
    assert session.album.pictures[1].failure


def test_removing_the_picture_in_front_shows_the_one_beside(
    first_done: Session, qtbot: QtBot
) -> None:
    album = first_done.album
    gone = [panel.state for panel in first_done.panels]
    with qtbot.waitSignal(first_done.image_changed):
        album.remove_picture(album.pictures[0].number)
    assert first_done.image.name == "b"
    wait_progress(first_done, qtbot, Progress.DONE, Progress.EMPTY)
    for panel in first_done.panels:  # its own results, not those of the one that is gone
        assert panel.state is not None
        assert all(panel.state is not state for state in gone)
    for picture in list(album.pictures):
        album.remove_picture(picture.number)
    assert album.pictures == []
    assert first_done.image is None
    assert [panel.status for panel in first_done.panels] == [Status.EMPTY] * 4


def test_only_some_pictures_stay_in_memory(
    session: Session, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session.load_model()
    for number in range(MOST_DECODED + 1):
        session.open_file(make_photo(f"{number}.png", 80, 90, number))
        qtbot.waitUntil(
            lambda number=number: (
                session.picture.name == str(number) and session.picture.progress is Progress.DONE
            ),
            timeout=20_000,
        )
    oldest = session.album.pictures[0]
    assert oldest.image is None
    assert oldest.prediction is None
    state = oldest.panels[0].state
    session.album.show(oldest.number)
    qtbot.waitUntil(lambda: session.prediction is not None and session.picture is oldest)
    qtbot.waitUntil(lambda: session.pyramid is not None)
    assert session.panel(0).state is state
    assert not session.is_running


def test_the_queue_keeps_no_pixels_of_what_it_has_explained(
    first_done: Session, qtbot: QtBot
) -> None:
    album = first_done.album
    album.run_pictures()
    wait_progress(first_done, qtbot, *[Progress.DONE] * 3)
    for behind in album.pictures[1:]:
        assert (behind.image, behind.preview, behind.prediction) == (None, None, None)
        assert behind.panels[0].state is not None
    assert first_done.image is not None
    album.show(album.pictures[2].number)
    qtbot.waitUntil(lambda: first_done.picture is album.pictures[2])
    qtbot.waitUntil(lambda: first_done.prediction is not None)
    assert not first_done.is_running


def test_a_neighbour_that_cannot_be_read_is_passed_over(
    session: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    session.load_model()
    session.album.open_files(photos)
    wait_progress(session, qtbot, Progress.DONE, Progress.EMPTY, Progress.EMPTY)
    photos[1].write_bytes(b"no picture")
    session.album.remove_picture(session.album.pictures[0].number)
    qtbot.waitUntil(lambda: session.picture.name == "c", timeout=10_000)
    assert [picture.name for picture in session.album.pictures] == ["c"]


def test_runs_behind_go_on_when_the_only_run_in_front_is_removed(
    session: Session, qtbot: QtBot, photos: list[Path]
) -> None:
    session.use_panels([("mfpp", {"masks": LONG}), ("saliency", {})])
    session.load_model()
    session.album.open_files(photos[:2])
    first, second = session.album.pictures
    qtbot.waitUntil(lambda: first.panels[1].status is Status.FINISHED, timeout=20_000)
    session.album.show(second.number)
    qtbot.waitUntil(
        lambda: session.picture is second and second.panels[1].status is Status.FINISHED,
        timeout=20_000,
    )
    behind = first.panels[0]
    done = behind.state.snapshot.done
    session.remove_panel(0)
    qtbot.waitUntil(lambda: behind.state.snapshot.done > done + 50, timeout=20_000)


def test_pasted_pictures_stay_in_memory(session: Session, qtbot: QtBot) -> None:
    session.load_model()
    for number in range(MOST_DECODED + 2):
        pixels = np.random.default_rng(number).integers(0, 255, (60, 70, 3), dtype=np.uint8)
        session.open_image(image_from_array(pixels, f"pasted {number}"))
        qtbot.waitUntil(
            lambda number=number: session.picture.name == f"pasted {number}", timeout=10_000
        )
    assert all(picture.image is not None for picture in session.album.pictures)


def test_a_file_that_changes_while_its_picture_rests_loses_its_results(
    first_done: Session, qtbot: QtBot, photos: list[Path], make_photo: Callable[..., Path]
) -> None:
    album = first_done.album
    first = album.pictures[0]
    album.show(album.pictures[1].number)
    qtbot.waitUntil(lambda: first_done.picture is album.pictures[1])
    first.forget_pixels()
    assert first.answer is not None
    state = first.panels[0].state
    make_photo(photos[0].name, 90, 140, 99)
    told: list[str] = []
    first_done.noticed.connect(told.append)
    album.show(first.number)
    qtbot.waitUntil(lambda: first_done.picture is first, timeout=10_000)
    assert any("was changed on the disk" in sentence for sentence in told)
    assert first.panels[0].state is not state
    qtbot.waitUntil(lambda: first.prediction is not None, timeout=10_000)
