from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.pictures import Progress
from fragscope.widgets.picture_strip import PictureStrip

LONG = 20_000
"""Masks of a run that lasts until it is stopped."""


@pytest.fixture
def photos(make_photo: Callable[..., Path]) -> list[Path]:
    return [make_photo(f"set/{n}.png", 70 + 10 * n, 100, n) for n in range(3)]


def wait_progress(window: MainWindow, qtbot: QtBot, *expected: Progress) -> None:
    album = window.session.album
    qtbot.waitUntil(lambda: [p.progress for p in album.pictures] == list(expected), timeout=30_000)


@pytest.fixture
def strip(window: MainWindow, qtbot: QtBot, photos: list[Path]) -> PictureStrip:
    """The strip of a window that was given a folder of three pictures."""
    window.open_files([photos[0].parent])
    wait_progress(window, qtbot, Progress.DONE, Progress.EMPTY, Progress.EMPTY)
    return window.strip


def centre(strip: PictureStrip, row: int) -> QPoint:
    return strip.list.visualRect(strip.list.model().index(row, 0)).center()


def test_one_picture_needs_no_strip(window: MainWindow, qtbot: QtBot, photo: Path) -> None:
    window.open_file(photo)
    wait_progress(window, qtbot, Progress.DONE)
    assert not window.strip.isVisible()


def test_a_click_shows_a_picture(strip: PictureStrip, window: MainWindow, qtbot: QtBot) -> None:
    assert strip.isVisible()
    assert strip.heading.text() == "3 PICTURES"
    qtbot.mouseClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=centre(strip, 2))
    qtbot.waitUntil(lambda: window.session.image.name == "2", timeout=10_000)
    assert strip.list.currentIndex().row() == 2
    assert window.windowTitle().startswith("2 ")
    assert window.grid.views[0]._size == (90, 100)


def test_keys_go_through_the_pictures(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.session.image.name == "1", timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: window.session.image.name == "0", timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_PageUp)
    assert window.session.image.name == "0"


def test_all_are_explained_by_the_button(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot
) -> None:
    assert not strip.queue.isVisible()
    qtbot.mouseClick(strip.run_button, Qt.MouseButton.LeftButton)
    assert strip.queue.isVisible()
    assert not strip.run_button.isVisible()
    assert strip.queue.told.text() == "0 of 2 explained"
    assert window.status.work.text() == "0 of 2 pictures explained"
    wait_progress(window, qtbot, *[Progress.DONE] * 3)
    qtbot.waitUntil(strip.run_button.isVisible)
    assert not strip.run_button.isEnabled()
    texts = [
        strip.list.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        for row in range(3)
    ]
    assert texts == ["0, explained", "1, explained", "2, explained"]


def test_all_pictures_can_be_paused_and_cancelled_where_their_progress_is(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot
) -> None:
    window.session.panel(0).settings = {"masks": LONG}
    album, queue = window.session.album, strip.queue
    strip.run_button.click()
    behind = album.pictures[1].panels[0]
    qtbot.waitUntil(lambda: behind.state is not None, timeout=20_000)
    queue.pause_button.click()
    assert queue.told.text() == "0 of 2, paused"
    assert window.status.work.text() == "0 of 2 pictures explained, paused"
    assert queue.pause_button.toolTip() == "Let the pictures go on"
    queue.pause_button.click()
    assert queue.told.text() == "0 of 2 explained"
    queue.cancel_button.click()
    wait_progress(window, qtbot, Progress.DONE, Progress.PARTIAL, Progress.EMPTY)
    assert not queue.isVisible()
    assert strip.run_button.isEnabled()
    assert window.status.work.text() == ""


def test_a_failed_picture_says_why_and_can_be_tried_again(
    window: MainWindow, qtbot: QtBot, photos: list[Path]
) -> None:
    good = photos[1].read_bytes()
    photos[1].write_bytes(b"no picture")
    window.open_files(photos)
    wait_progress(window, qtbot, Progress.DONE, Progress.FAILED, Progress.EMPTY)
    window.actions_["run pictures"].trigger()
    wait_progress(window, qtbot, Progress.DONE, Progress.FAILED, Progress.DONE)
    index = window.strip.list.model().index(1, 0)
    failed = window.session.album.pictures[1]
    assert failed.failure in index.data(Qt.ItemDataRole.ToolTipRole)
    photos[1].write_bytes(good)
    menu = window.strip.menu(failed)
    retry = next(action for action in menu.actions() if action.text() == "Try again")
    retry.trigger()
    wait_progress(window, qtbot, *[Progress.DONE] * 3)


def test_closing_the_last_picture_leads_back_to_the_welcome(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot
) -> None:
    for left in (2, 1, 0):
        window.actions_["close picture"].trigger()
        qtbot.waitUntil(
            lambda left=left: (
                len(window.session.album.pictures) == left
                and (left == 0 or window.session.image is not None)
            )
        )
        if left:
            qtbot.waitUntil(lambda: window.session.picture in window.session.album.pictures)
    assert window.pages.currentWidget() is window.welcome
    assert window.windowTitle() == "FragScope"
    assert not window.actions_["run"].isEnabled()


def test_several_files_can_be_chosen(
    window: MainWindow, qtbot: QtBot, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ([str(path) for path in photos], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_, **__: chosen)
    window.ask_file()
    assert len(window.session.album.pictures) == 3
    wait_progress(window, qtbot, Progress.DONE, Progress.EMPTY, Progress.EMPTY)


def test_the_strip_is_drawn(strip: PictureStrip, qtbot: QtBot) -> None:
    picture = strip.list.viewport().grab().toImage()
    place = centre(strip, 0)
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(place.x() - 30, place.x() + 30, 3)
        for y in range(place.y() - 30, place.y() + 10, 3)
    }
    assert len(colours) > 50  # a photo, not a blank


def test_the_arrangement_of_panels_stays_from_picture_to_picture(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot
) -> None:
    grid = window.grid
    grid.maximise(1)
    grid.linked.toggle_alone(grid.panels[2].view)
    window.actions_["next picture"].trigger()
    qtbot.waitUntil(lambda: window.session.image.name == "1", timeout=10_000)
    assert grid.maximised == 1
    assert [panel.isVisible() for panel in grid.panels.values()] == [False, True, False, False]
    assert grid.panels[2].view not in grid.linked.together


def test_a_picture_that_comes_back_waits_for_nothing(
    strip: PictureStrip, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fragscope.album.MOST_DECODED", 1)  # the others are read again
    window.actions_["run pictures"].trigger()
    wait_progress(window, qtbot, *[Progress.DONE] * 3)
    window.actions_["next picture"].trigger()
    qtbot.waitUntil(lambda: window.session.picture.name == "1")
    qtbot.waitUntil(lambda: window.session.prediction is not None)
    qtbot.waitUntil(lambda: window.session.picture.progress is Progress.DONE)
    assert window.actions_["run"].isEnabled()
    assert window.status.work.text() == ""
    told = [panel._progress.text() for panel in window.grid.panels.values()]
    assert not any("asking" in text for text in told), told
