"""Undo and redo of what belongs to pictures: closing them, and what was done on one of several."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope_explainers.images import image_from_array

from ..undoing import CTRL, explained_window, press, settle, states


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and nothing to undo."""
    return explained_window(window, qtbot, photo)


def test_a_closed_picture_comes_back_with_its_results(filled: MainWindow, qtbot: QtBot) -> None:
    picture, results = filled.session.picture, states(filled)
    qtbot.keyClick(filled, Qt.Key.Key_W, CTRL)
    assert filled.pages.currentWidget() is filled.welcome
    assert filled.actions_["undo"].text() == "Undo: close photo"
    assert (picture.image, picture.prediction) == (None, None)  # it is read again
    press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert filled.session.picture is picture
    assert all(now is then for now, then in zip(states(filled), results, strict=True))
    press(filled, qtbot, "redo")
    assert filled.session.album.pictures == []


def test_a_closed_picture_that_was_written_since_is_explained_anew(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    picture, results = filled.session.picture, states(filled)
    qtbot.keyClick(filled, Qt.Key.Key_W, CTRL)
    make_photo("photo.png", 70, 80, 9)
    picture.modified = 0.0  # clocks of file systems are coarse
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: filled.session.image is not None)
    assert filled.session.image.pixels.shape == (70, 80, 3)
    settle(filled, qtbot)
    assert not any(now is then for now, then in zip(states(filled), results, strict=True))


def test_a_closed_picture_that_was_opened_again_is_not_doubled(
    filled: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    qtbot.keyClick(filled, Qt.Key.Key_W, CTRL)
    filled.open_file(photo)
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    assert len(filled.session.album.pictures) == 1
    assert not filled.actions_["undo"].isEnabled()


def test_pasted_pictures_come_back_while_few_were_closed(filled: MainWindow, qtbot: QtBot) -> None:
    album = filled.session.album
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (60, 70, 3), dtype=np.uint8)
        filled.session.open_image(image_from_array(pixels, f"pasted {number}"))
        qtbot.waitUntil(lambda number=number: filled.session.picture.name == f"pasted {number}")
    pasted = album.pictures[1:]
    for _ in pasted:
        qtbot.keyClick(filled, Qt.Key.Key_W, CTRL)
    assert [picture.image is None for picture in pasted] == [False, False, True]
    for _ in range(2):
        press(filled, qtbot, "undo")
    assert [picture.name for picture in album.pictures] == ["photo", "pasted 0", "pasted 1"]
    press(filled, qtbot, "undo")
    assert len(album.pictures) == 3
    settle(filled, qtbot)


def test_a_panel_comes_back_to_the_picture_it_was_removed_on(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session, picture, result = filled.session, filled.session.picture, filled.session.panel(1).state
    session.remove_panel(1)
    filled.open_file(make_photo("other.png", 95, 120, 8))
    qtbot.waitUntil(lambda: session.picture is not picture)
    press(filled, qtbot, "undo")
    assert session.picture is not picture
    assert len(session.panels) == 4
    assert session.panel(1).state is None
    assert picture.panels.of(1).state is result
    settle(filled, qtbot)
    session.album.show(picture.number)
    assert session.panel(1).state is result
    settle(filled, qtbot)


def test_undoing_a_class_brings_its_picture_to_the_front(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session, picture = filled.session, filled.session.picture
    top = session.prediction.top
    session.set_target(top[1])
    settle(filled, qtbot)
    filled.open_file(make_photo("other.png", 95, 120, 8))
    qtbot.waitUntil(lambda: session.picture is not picture)
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    assert session.picture is picture
    assert session.target == top[0]
    settle(filled, qtbot)
    assert {panel.answers_for for panel in session.panels} == {top[0]}
