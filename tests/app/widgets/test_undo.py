"""Undo and redo in the real window: panels with their results, classes, looks, pictures, edits."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fragscope.changes import Change
from fragscope.main_window import MainWindow
from fragscope.presets import PRESETS
from fragscope.session import Status
from fragscope.widgets import history
from fragscope_explainers.images import image_from_array

from ..undoing import CTRL, NONE, choices, first, press, settle, states

LONG = 10**6


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    """The window with `photo` explained, and nothing to undo."""
    window.open_file(photo)
    settle(window, qtbot)
    window.guide.hints.end()
    window.undo.history.clear()
    return window


def test_a_removed_panel_comes_back_with_its_result(filled: MainWindow, qtbot: QtBot) -> None:
    session, before, results = filled.session, choices(filled), states(filled)
    undo, redo = filled.actions_["undo"], filled.actions_["redo"]
    assert not undo.isEnabled()
    filled.grid.panels[1].header.ask("remove")
    assert (undo.text(), undo.toolTip()) == ("Undo: remove RISE", "Undo: remove RISE (Ctrl+Z)")
    press(filled, qtbot, "undo")
    assert choices(filled) == before
    assert all(now is then for now, then in zip(states(filled), results, strict=True))
    assert [panel.status for panel in session.panels] == [Status.FINISHED] * 4
    assert not session.is_running
    assert filled.status.currentMessage() == "Undone: remove RISE"
    qtbot.waitUntil(filled.grid.panels[1].view._map.isVisible)
    assert (undo.isEnabled(), redo.text()) == (False, "Redo: remove RISE")
    press(filled, qtbot, "Ctrl+Y")
    assert [panel.method.name for panel in session.panels] == [
        n for _, n, *_ in before if n != "rise"
    ]
    assert filled.status.currentMessage() == "Done again: remove RISE"


def _duplicate(window: MainWindow) -> None:
    window.grid.panels[first(window)].header.ask("duplicate")


def _move(window: MainWindow) -> None:
    window.grid.panels[first(window)].header.ask("later")


def _parameters(window: MainWindow) -> None:
    window.session.configure(0, "mfpp", {"masks": 40})


def _method(window: MainWindow) -> None:
    window.grid.panels[0].header.method_chosen.emit("saliency")


def _preset(window: MainWindow) -> None:
    window.tools.preset_chosen.emit(PRESETS[4])


def _hold(window: MainWindow) -> None:
    window.session.hold(0, window.session.prediction.top[1])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda window: window.tools.method_chosen.emit("saliency"), "add Saliency"),
        (_duplicate, "duplicate MFPP"),
        (_move, "move MFPP"),
        (_parameters, "change MFPP's parameters"),
        (_method, "replace MFPP by Saliency"),
        (_preset, "show other panels"),
        (_hold, "hold MFPP at "),
    ],
)
def test_every_change_of_panels_is_undone_and_redone(
    filled: MainWindow, qtbot: QtBot, change: Callable[[MainWindow], None], name: str
) -> None:
    before, results = choices(filled), states(filled)
    change(filled)
    assert filled.actions_["undo"].text().startswith(f"Undo: {name}")
    settle(filled, qtbot)
    after, later = choices(filled), states(filled)
    press(filled, qtbot, "undo")
    assert choices(filled) == before
    if change is not _preset and change is not _hold:  # else some have run again meanwhile
        assert all(now is then for now, then in zip(states(filled), results, strict=True))
        assert not filled.session.is_running
    settle(filled, qtbot)
    for panel, then in zip(filled.session.panels, results, strict=True):
        np.testing.assert_allclose(panel.state.saliency, then.saliency, rtol=1e-5, atol=1e-7)
    press(filled, qtbot, "redo")
    assert choices(filled) == after
    if change is not _hold:
        assert all(now is then for now, then in zip(states(filled), later, strict=True))


def test_undoing_parameters_shows_the_earlier_result_at_once(
    filled: MainWindow, qtbot: QtBot
) -> None:
    panel = filled.session.panel(1)
    asked, state = panel.asked, panel.state
    filled.session.configure(1, "rise", {"masks": LONG})
    qtbot.waitUntil(lambda: filled.session.panel(1).state is not state, timeout=10_000)
    press(filled, qtbot, "undo")
    panel = filled.session.panel(1)
    assert (panel.asked, panel.settings, panel.state) == (asked, asked, state)
    assert not panel.is_stale
    assert not filled.session.is_running


def test_a_panel_that_was_removed_while_it_ran_runs_again(filled: MainWindow, qtbot: QtBot) -> None:
    filled.session.configure(1, "rise", {"masks": LONG})
    panel = filled.session.panel(1)
    qtbot.waitUntil(lambda: panel.status is Status.RUNNING, timeout=10_000)
    filled.session.remove_panel(1)
    assert not filled.session.is_running
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: filled.session.panel(1).status is Status.RUNNING, timeout=10_000)
    filled.session.stop_all()
    settle(filled, qtbot)


def test_classes_contrasts_and_pins_are_undone(filled: MainWindow, qtbot: QtBot) -> None:
    session, classes = filled.session, filled.side.classes
    top = session.prediction.top
    facts = []
    for key in (Qt.Key.Key_BracketRight, Qt.Key.Key_V, Qt.Key.Key_P):
        facts.append((session.target, session.against, classes.pinned))
        qtbot.keyClick(filled, key)
    assert facts[0] == (top[0], None, frozenset())
    done = (session.target, session.against, classes.pinned)
    assert (done[0], done[1] is None, len(done[2])) == (top[1], False, 1)
    for expected in reversed(facts):
        press(filled, qtbot, "undo")
        assert (session.target, session.against, classes.pinned) == expected
    for _ in facts:
        press(filled, qtbot, "redo")
    assert (session.target, session.against, classes.pinned) == done
    assert filled.side.classes.pins[session.model_spec] == sorted(done[2])
    settle(filled, qtbot)
    assert {panel.answers_for for panel in session.panels} == {top[1]}


def test_sliding_is_one_step(filled: MainWindow, qtbot: QtBot) -> None:
    before, plain = filled.exporter.display, filled.session.painting
    for value in range(61, 66):
        filled.side.display.opacity.slider.setValue(value)
    filled.side.display.contours.click()
    for value in (18, 15, 12):
        filled.side.pyramid.weights.sliders[0].setValue(value)
    filled.side.pyramid.weights.softness.setValue(4)
    assert filled.undo.history.stack.count() == 4
    last = (filled.exporter.display, filled.session.painting)
    press(filled, qtbot, "undo")
    press(filled, qtbot, "undo")
    assert filled.session.painting == plain
    assert filled.side.pyramid.weights.sliders[0].value() == 20
    press(filled, qtbot, "undo")
    press(filled, qtbot, "undo")
    assert filled.exporter.display == before
    assert filled.side.display.display == before
    for _ in range(4):
        press(filled, qtbot, "redo")
    assert (filled.exporter.display, filled.session.painting) == last


def test_a_pause_begins_another_step(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slider = filled.side.display.opacity.slider
    slider.setValue(50)
    monkeypatch.setattr(history, "SOON_SECONDS", 0.0)
    slider.setValue(40)
    assert filled.undo.history.stack.count() == 2
    press(filled, qtbot, "undo")
    assert slider.value() == 50


def test_what_changes_nothing_is_passed_over(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.panels[1].header.ask("remove")
    slider = filled.side.display.opacity.slider
    value = slider.value()
    slider.setValue(30)
    slider.setValue(value)
    press(filled, qtbot, "undo")
    assert len(filled.session.panels) == 4
    assert not filled.undo.history.stack.canUndo()


def test_weights_of_other_levels_come_back_with_them(filled: MainWindow, qtbot: QtBot) -> None:
    weights = filled.side.pyramid.weights
    weights.sliders[0].setValue(8)
    painted = filled.session.painting
    settings = {**filled.session.panel(0).settings, "scales": (4, 9)}
    filled.session.configure(0, "mfpp", settings)
    qtbot.waitUntil(lambda: len(weights.sliders) == 2, timeout=10_000)
    assert filled.session.painting.is_plain
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    qtbot.waitUntil(lambda: len(weights.sliders) == 5)
    assert filled.session.painting == painted
    assert weights.sliders[0].value() == 8
    press(filled, qtbot, "undo")
    assert filled.session.painting.is_plain


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


def test_old_steps_let_their_results_go(
    filled: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_RESULTS", 2)
    for number in (3, 2, 1):
        filled.session.remove_panel(number)
    kept = [panel.state for panel in filled.undo.history.stack.command(0).kept()]
    assert kept == [None] * 4
    for _ in range(3):
        press(filled, qtbot, "undo")
    settle(filled, qtbot)
    assert [panel.status for panel in filled.session.panels] == [Status.FINISHED] * 4


def test_the_number_of_steps_is_bounded(filled: MainWindow) -> None:
    for number in range(history.MOST_STEPS + 5):
        filled.session.changing.emit(Change("panels", f"change {number}"))
    assert filled.undo.history.stack.count() == history.MOST_STEPS


def test_the_list_of_commands_says_what_would_be_undone(filled: MainWindow) -> None:
    filled.session.remove_panel(1)
    filled.guide.palette.appear()
    filled.guide.palette.field.setText("undo")
    assert filled.guide.palette.found[0].text == "Undo: remove RISE"
    filled.guide.palette.dismiss()


# -- a walk ---------------------------------------------------------------------------------


def test_a_closed_difference_comes_back(filled: MainWindow, qtbot: QtBot) -> None:
    grid, undo = filled.grid, filled.actions_["undo"]
    grid.panels[0].header.difference_wanted.emit(3)
    grid.panels[1].header.difference_wanted.emit(2)
    assert undo.text() == "Undo: show the difference of RISE and Integrated Gradients"
    grid.differences[0]._close.click()
    assert undo.text() == "Undo: close the difference of MFPP and Grad-CAM"
    press(filled, qtbot, "undo")
    assert [shown.numbers for shown in grid.differences] == [(0, 3), (1, 2)]
    first = grid.differences[0]
    qtbot.waitUntil(lambda: "rank corr." in first._facts.text())
    assert first.view._map.isVisible()
    for left in ([(0, 3)], []):
        press(filled, qtbot, "undo")
        assert [shown.numbers for shown in grid.differences] == left
    assert not undo.isEnabled()
    for _ in range(3):
        press(filled, qtbot, "redo")
    assert [shown.numbers for shown in grid.differences] == [(1, 2)]


def test_a_removed_panel_brings_its_differences_and_its_window_back(
    filled: MainWindow, qtbot: QtBot
) -> None:
    grid, count = filled.grid, filled.undo.history.stack.count
    grid.show_difference(0, 1)
    grid.show_difference(2, 3)
    grid.panels[1].header.ask("detach")
    grid.floating[1].setGeometry(30, 60, 420, 330)
    before, steps = grid.arrangement, count()
    grid.panels[1].header.ask("remove")
    assert (grid.arrangement.differences, grid.floating) == (((2, 3),), {})
    assert count() == steps + 1
    press(filled, qtbot, "undo")
    assert grid.arrangement == before
    assert grid.floating[1].geometry().getRect() == (30, 60, 420, 330)
    assert grid.panels[1].window() is grid.floating[1]
    press(filled, qtbot, "redo")
    assert (grid.arrangement.differences, grid.floating) == (((2, 3),), {})
    filled.tools.preset_chosen.emit(PRESETS[4])
    assert grid.differences == []
    for _ in range(2):
        press(filled, qtbot, "undo")
    assert grid.arrangement == before
    settle(filled, qtbot)


def test_maximising_and_windows_of_panels_are_undone(filled: MainWindow, qtbot: QtBot) -> None:
    grid, undo = filled.grid, filled.actions_["undo"]
    places = [grid.arrangement]
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: qtbot.keyClick(filled, Qt.Key.Key_2), "maximise RISE"),
        (lambda: qtbot.keyClick(filled, Qt.Key.Key_2), "show all panels"),
        (lambda: grid.panels[0].header.ask("detach"), "give MFPP a window of its own"),
        (lambda: grid.panels[2].header.ask("maximise"), "maximise Integrated Gradients"),
        (lambda: grid.floating[0].close(), "bring MFPP back from its window"),
    ]
    for act, name in acts:
        act()
        assert undo.text() == f"Undo: {name}"
        places.append(grid.arrangement)
    for expected in reversed(places[:-1]):
        press(filled, qtbot, "undo")
        assert grid.arrangement == expected
    assert not undo.isEnabled()
    assert all(panel.isVisible() for panel in grid.panels.values())
    for expected in places[1:]:
        press(filled, qtbot, "redo")
        assert grid.arrangement == expected


def test_keys_go_on_when_the_window_of_a_panel_closes(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.panels[0].header.ask("detach")
    outside = filled.grid.floating[0]
    outside.activateWindow()
    qtbot.waitUntil(outside.isActiveWindow)
    qtbot.keyClick(outside, Qt.Key.Key_Z, CTRL)
    assert filled.grid.floating == {}
    qtbot.waitUntil(filled.isActiveWindow)
    press(filled, qtbot, "redo")
    assert filled.grid.floating.keys() == {0}


def test_adding_a_panel_and_undoing_it_maximises_again(filled: MainWindow, qtbot: QtBot) -> None:
    filled.grid.maximise(2)
    filled.tools.method_chosen.emit("saliency")
    assert filled.grid.maximised is None
    settle(filled, qtbot)
    press(filled, qtbot, "undo")
    assert filled.grid.maximised == 2
    assert [n for n, panel in filled.grid.panels.items() if panel.isVisible()] == [2]


def test_closing_the_window_with_panels_outside_is_no_step(filled: MainWindow) -> None:
    filled.grid.detach(0)
    filled.grid.close_windows()
    assert filled.undo.history.stack.count() == 1


def everything(window: MainWindow) -> tuple[Any, ...]:
    """All that can be undone."""
    session = window.session
    of_pictures = {p.name: (p.target, p.against, p.edit) for p in session.album.pictures}
    looks = (session.painting, window.exporter.display, window.side.classes.pinned)
    return (choices(window), of_pictures, *looks, window.grid.arrangement)


def act(window: MainWindow, dice: random.Random) -> None:
    """Do something, by the dice."""
    session, side, editor = window.session, window.side, window.what_if
    panel = dice.choice(list(session.panels))
    classes = session.prediction.top
    acts: list[Callable[[], object]] = [
        lambda: session.add_panel("saliency") if len(session.panels) < 5 else None,
        lambda: session.remove_panel(panel.number) if len(session.panels) > 1 else None,
        lambda: session.duplicate_panel(panel.number) if len(session.panels) < 5 else None,
        lambda: session.move_panel(panel.number, dice.randrange(4)),
        lambda: session.configure(panel.number, "rise", {"masks": dice.choice((20, 30))}),
        lambda: session.use_panels([("saliency", {}), ("grad-cam", {})]),
        lambda: session.hold(panel.number, dice.choice([None, *classes])),
        lambda: session.set_target(dice.choice(classes)),
        lambda: side.classes.toggle_contrast(dice.choice(classes)),
        lambda: side.classes.toggle_pin(dice.choice(classes)),
        lambda: side.display.opacity.slider.setValue(dice.randrange(100)),
        lambda: side.display.colour_map.setCurrentIndex(dice.randrange(4)),
        side.display.reset.click,
        lambda: side.pyramid.weights.sliders[dice.randrange(5)].setValue(dice.randrange(40)),
        side.pyramid.weights.reset,
        lambda: editor._on_click(dice.uniform(40, 80), dice.uniform(20, 60), NONE),
        editor.control.keeps.click,
        lambda: editor.control.fill.setCurrentIndex(dice.randrange(3)),
        editor.reset,
        lambda: window.grid.maximise(panel.number),
        lambda: window.grid.detach(panel.number),
        lambda: window.grid.show_difference(panel.number, session.panels[0].number),
        lambda: [shown._close.click() for shown in window.grid.differences[:1]],
        lambda: window.strip.step(dice.choice((-1, 1))),
        window.strip.remove_current,
    ]
    dice.choice(acts)()


def known(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until a picture is in front, all is known of it, and keys arrive somewhere."""
    session = window.session

    def is_known() -> bool:
        known = session.pyramid is not None and session.prediction is not None
        active = QApplication.activeWindow()
        listens = active is not None and active.isVisible()
        return known and listens and session.album._wanted is session.picture

    qtbot.waitUntil(is_known, timeout=10_000)


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_is_undone_to_its_beginning_and_redone_to_its_end(
    filled: MainWindow, qtbot: QtBot, make_photo: Callable[..., Path], seed: int
) -> None:
    paths = [
        make_photo(f"{name}.png", 80, 90 + seed, seed + place) for place, name in enumerate("abc")
    ]
    filled.open_files(paths)
    known(filled, qtbot)
    filled.what_if.bring_to_front()
    for _ in paths:  # so that all is known of every picture
        filled.strip.step(1)
        known(filled, qtbot)
    filled.undo.history.clear()
    dice, stack = random.Random(seed), filled.undo.history.stack
    seen = [everything(filled)]
    for _ in range(30):
        if len(filled.session.album.pictures) < 2:
            break
        known(filled, qtbot)
        count = stack.count()
        act(filled, dice)
        known(filled, qtbot)
        if stack.count() == count:
            seen.pop()
        seen.append(everything(filled))
        if len(seen) > 1 and seen[-1] == seen[-2]:
            seen.pop()
    assert len(seen) > 10
    for expected in reversed(seen[:-1]):
        press(filled, qtbot, "undo")
        known(filled, qtbot)
        assert everything(filled) == expected
    assert not stack.canUndo()
    for expected in seen[1:]:
        press(filled, qtbot, "redo")
        known(filled, qtbot)
        assert everything(filled) == expected
    assert not stack.canRedo()
    filled.session.stop_all()
