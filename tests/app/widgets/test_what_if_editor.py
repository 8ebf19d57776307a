"""Editing in the real window: clicks, strokes, menus, playback and undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.what_if import Edit
from fragscope.widgets.image_view import ImageView
from fragscope.widgets.what_if_editor import WhatIfEditor
from fragscope_explainers.smallest_sets import Step

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def editor(window: MainWindow, qtbot: QtBot, photo: Path) -> WhatIfEditor:
    """The tab in front, with `photo` and its fragments; two panels, which have run."""
    session = window.session
    for panel in list(session.panels[2:]):
        with qtbot.waitSignal(window.grid.panels[panel.number].destroyed):
            session.remove_panel(panel.number)
    window.open_file(photo)
    qtbot.waitUntil(lambda: session.pyramid is not None and not session.is_running, timeout=20_000)
    window.what_if.bring_to_front()
    window.undo.history.clear()
    QApplication.processEvents()  # else the pictures move between a place and its click
    return window.what_if


def stack_of(editor: WhatIfEditor) -> QUndoStack:
    window = editor.parent()
    assert isinstance(window, MainWindow)
    return window.undo.history.stack


def place(view: ImageView, x: float, y: float) -> QPoint:
    """Where a point of the picture lies in a view."""
    return view.mapFromScene(view.box.mapViewToScene(QPointF(x, y)))


def click(editor: WhatIfEditor, qtbot: QtBot, x: float, y: float, keys: object = NONE) -> None:
    view = editor._grid.views[0]
    qtbot.mouseClick(view.viewport(), LEFT, keys, place(view, x, y))


def settle(editor: WhatIfEditor, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not editor.what_if.is_asking, timeout=10_000)


def shows_altered(view: ImageView) -> bool:
    return bool(view._altered.isVisible())


def test_a_click_erases_the_fragment_and_all_panels_show_it(
    editor: WhatIfEditor, qtbot: QtBot
) -> None:
    click(editor, qtbot, 70.6, 45.6)  # the middle of an input pixel
    assert_array_equal(editor.what_if.edit.marked, editor.fragment_at(70.6, 45.6))
    assert all(shows_altered(view) for view in editor._grid.views)
    settle(editor, qtbot)
    now = {bar.name: bar.now for bar in editor.control.bars.bars()}
    target = editor._session.target
    label = editor._session.label(target)
    assert now[label] == pytest.approx(float(editor.what_if.probabilities[target]))
    assert "of the input is erased." in editor.control.status.text()


def test_another_click_brings_it_back_and_keys_choose(editor: WhatIfEditor) -> None:
    def marked(keys: Qt.KeyboardModifier, x: float = 70.0) -> float:
        editor._grid.views[0].clicked.emit(x, 45.0, keys)
        return float(editor.what_if.edit.marked.mean())

    one = marked(NONE)
    assert one > 0
    assert marked(SHIFT) == one  # Shift never brings back
    two = marked(SHIFT, 90.0)
    assert two > one
    assert marked(CTRL, 90.0) == one
    assert marked(CTRL, 90.0) == one  # Ctrl never erases
    assert marked(NONE) == 0


def test_clicks_outside_the_input_do_nothing(editor: WhatIfEditor, qtbot: QtBot) -> None:
    click(editor, qtbot, 2, 45)
    assert editor.what_if.edit.is_empty


def test_the_level_of_the_slider_is_the_level_of_the_fragment(
    editor: WhatIfEditor, qtbot: QtBot
) -> None:
    coarse = editor.fragment_at(70, 45)
    editor._actions["finer"].trigger()
    editor._actions["finer"].trigger()
    assert editor._side.pyramid.level == 2
    assert editor.control.level.text().endswith(" fragments")
    assert "level 3: " in editor.control.level.toolTip()
    click(editor, qtbot, 70, 45)
    assert 0 < editor.what_if.edit.marked.sum() < coarse.sum()


def test_leaving_the_tab_shows_the_maps_and_the_edit_stays(
    editor: WhatIfEditor, qtbot: QtBot
) -> None:
    click(editor, qtbot, 70, 45)
    edit = editor.what_if.edit
    editor._side.tabs.setCurrentIndex(0)
    view = editor._grid.views[0]
    assert not shows_altered(view)
    assert view._map.isVisible()
    click(editor, qtbot, 90, 45)  # the tools rest
    assert editor.what_if.edit is edit
    editor.bring_to_front()
    assert shows_altered(view)
    assert not view._map.isVisible()


def test_every_edit_is_undone_and_redone(editor: WhatIfEditor, qtbot: QtBot) -> None:
    what_if, control = editor.what_if, editor.control
    click(editor, qtbot, 70, 45)
    control.keeps.click()
    control.fill.setCurrentIndex(1)
    editor._actions["reset"].trigger()
    assert what_if.edit.is_empty
    assert what_if.edit.fill == "black"
    window = editor.parent()
    facts = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
        facts.append((what_if.edit.is_empty, what_if.edit.keeps, what_if.edit.fill))
    assert facts == [
        (False, True, "black"),
        (False, True, "mean"),
        (False, False, "mean"),
        (True, False, "mean"),
    ]
    assert not editor._actions["undo"].isEnabled()
    assert not control.keeps.isChecked()
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert control.keeps.isChecked()
    assert (what_if.edit.is_empty, what_if.edit.keeps, what_if.edit.fill) == facts[1]
    settle(editor, qtbot)


def test_an_edit_stays_with_its_picture_and_comes_back_with_it(
    editor: WhatIfEditor, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session, what_if = editor._session, editor.what_if
    click(editor, qtbot, 70, 45)
    settle(editor, qtbot)
    first, marked, answer = session.picture, what_if.edit.marked, what_if.probabilities
    with qtbot.waitSignal(session.predicted, timeout=10_000):
        session.open_file(make_photo("other.png", 95, 120, 8))
    assert what_if.edit.is_empty
    assert not editor._actions["reset"].isEnabled()
    assert not any(shows_altered(view) for view in editor._grid.views)
    session.album.show(first.number)
    assert_array_equal(what_if.edit.marked, marked)
    assert all(shows_altered(view) for view in editor._grid.views)
    settle(editor, qtbot)
    assert_allclose(what_if.probabilities, answer, rtol=1e-5, atol=1e-7)


def test_undoing_an_edit_brings_its_picture_to_the_front(
    editor: WhatIfEditor, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    session = editor._session
    click(editor, qtbot, 70, 45)
    first = session.picture
    with qtbot.waitSignal(session.predicted, timeout=10_000):
        session.open_file(make_photo("other.png", 95, 120, 8))
    qtbot.keyClick(editor.parent(), Qt.Key.Key_Z, CTRL)
    assert session.picture is first
    assert editor.what_if.edit.is_empty
    qtbot.keyClick(editor.parent(), Qt.Key.Key_Y, CTRL)
    assert not editor.what_if.edit.is_empty
    settle(editor, qtbot)


def drag(editor: WhatIfEditor, qtbot: QtBot, keys: Qt.KeyboardModifier = NONE) -> None:
    """Drag over the picture from left to right."""
    view = editor._grid.views[0]
    start, end = place(view, 55, 45), place(view, 85, 45)
    qtbot.mousePress(view.viewport(), LEFT, keys, start)
    for step in range(1, 5):
        qtbot.mouseMove(view.viewport(), start + (end - start) * step / 4)
    qtbot.mouseRelease(view.viewport(), LEFT, keys, end)


def test_the_brush_paints_instead_of_panning(editor: WhatIfEditor, qtbot: QtBot) -> None:
    view = editor._grid.views[0]
    qtbot.mouseClick(editor.control.tools["brush"], LEFT)
    region = view.box.viewRect()
    drag(editor, qtbot)
    assert view.box.viewRect() == region
    geometry = editor._session.prediction.model_input.geometry
    marked = editor.what_if.edit.marked
    for x in (56, 70, 84):
        column, row = geometry.input_pixel(x, 45)
        assert marked[row, column]
    assert 0.02 < marked.mean() < 0.2
    assert stack_of(editor).count() == 1
    drag(editor, qtbot, CTRL)
    assert editor.what_if.edit.is_empty
    editor._actions["undo"].trigger()
    assert_array_equal(editor.what_if.edit.marked, marked)
    settle(editor, qtbot)


def test_looking_pans_and_clicks_change_nothing(editor: WhatIfEditor, qtbot: QtBot) -> None:
    qtbot.mouseClick(editor.control.tools["look"], LEFT)
    click(editor, qtbot, 70, 45)
    drag(editor, qtbot)
    assert editor.what_if.edit.is_empty


def test_the_ring_shows_what_a_stroke_covers(editor: WhatIfEditor, qtbot: QtBot) -> None:
    ring = editor.brush._rings[editor._grid.views[1]][0]
    editor._grid.hovered.emit(70.0, 45.0)
    assert not ring.isVisible()
    qtbot.mouseClick(editor.control.tools["brush"], LEFT)
    editor.control.brush_width.setValue(20)
    editor._grid.hovered.emit(70.0, 45.0)
    assert ring.isVisible()
    left, _, right, _ = editor._session.prediction.model_input.geometry.box
    assert ring.rect().width() == pytest.approx(0.2 * (right - left))
    assert ring.rect().center() == QPointF(70, 45)
    editor._side.tabs.setCurrentIndex(0)
    assert not ring.isVisible()


def test_the_menu_erases_keeps_and_copies(editor: WhatIfEditor, qtbot: QtBot) -> None:
    editor._side.tabs.setCurrentIndex(0)
    first, other = editor.fragment_at(70, 45), editor.fragment_at(90, 45)
    erase, keep, copy = editor.menu(70, 45).actions()
    assert [a.text() for a in (erase, keep, copy)] == [
        "Erase this fragment",
        "Keep only this fragment",
        "Copy values",
    ]
    keep.trigger()
    assert editor.is_front
    assert_array_equal(editor.what_if.edit.erased, ~first)
    erase.trigger()
    assert editor.what_if.edit.erased.all()
    editor._actions["reset"].trigger()
    editor.menu(90, 45).actions()[0].trigger()
    assert_array_equal(editor.what_if.edit.erased, other)
    copy.trigger()
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert lines[0] == ["picture", "70, 45"]
    assert {"MFPP", "RISE"} <= {name for name, _ in lines}
    counts = [int(name.split()[0].replace(",", "")) for name, _ in lines if " fragments" in name]
    assert counts == list(editor._session.pyramid.counts)


def test_the_menu_opens_at_a_right_click_and_knows_the_border(
    editor: WhatIfEditor, qtbot: QtBot
) -> None:
    view = editor._grid.views[0]
    qtbot.mouseClick(view.viewport(), RIGHT, NONE, place(view, 70, 45))
    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert len(menu.actions()) == 3
    menu.close()
    outside = editor.menu(2, 45).actions()
    assert [action.isEnabled() for action in outside] == [False, False, True]


def test_a_search_plays_itself_and_can_be_played_back(editor: WhatIfEditor, qtbot: QtBot) -> None:
    control, what_if = editor.control.smallest, editor.what_if
    qtbot.mouseClick(control.keep, LEFT)
    assert not control.flip.isEnabled()
    qtbot.waitUntil(lambda: not what_if.is_searching, timeout=20_000)
    steps = what_if.search.steps
    assert control.slider.maximum() == len(steps) - 1 == control.slider.value()
    assert_array_equal(what_if.probabilities, steps[-1].probabilities)
    assert "of" in control.sentence.text() or "top" in control.sentence.text()
    qtbot.mouseClick(control.play, LEFT)
    assert control.slider.value() == 0
    qtbot.waitUntil(lambda: control.slider.value() == len(steps) - 1, timeout=10_000)
    assert stack_of(editor).count() == 1  # all of it is one edit
    editor._actions["undo"].trigger()
    assert what_if.edit.is_empty


def test_an_edit_by_hand_ends_the_search_and_is_not_overwritten(
    editor: WhatIfEditor, qtbot: QtBot
) -> None:
    control, what_if = editor.control.smallest, editor.what_if
    editor._side.pyramid.slider.setValue(4)
    qtbot.mouseClick(control.flip, LEFT)
    qtbot.waitUntil(lambda: bool(what_if.search and what_if.search.steps), timeout=20_000)
    editor._actions["reset"].trigger()
    click(editor, qtbot, 70, 45)
    edit = what_if.edit
    assert not what_if.is_searching
    editor._session.pyramid_changed.emit()
    settle(editor, qtbot)
    assert what_if.edit is edit


def test_an_edit_by_hand_ends_the_playback(editor: WhatIfEditor, qtbot: QtBot) -> None:
    control, what_if = editor.control.smallest, editor.what_if
    qtbot.mouseClick(control.flip, LEFT)
    qtbot.waitUntil(lambda: not what_if.is_searching, timeout=20_000)
    control.slider.setValue(0)
    qtbot.mouseClick(control.play, LEFT)
    assert control._timer.isActive()
    editor._grid.views[0].clicked.emit(70.0, 45.0, SHIFT)
    assert not control._timer.isActive()
    settle(editor, qtbot)


def test_a_picture_that_comes_amid_a_stroke_ends_it(
    editor: WhatIfEditor, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    view = editor._grid.views[0]
    qtbot.mouseClick(editor.control.tools["brush"], LEFT)
    qtbot.mousePress(view.viewport(), LEFT, NONE, place(view, 55, 45))
    assert not editor.what_if.edit.is_empty
    with qtbot.waitSignal(editor._session.predicted, timeout=10_000):
        editor._session.open_file(make_photo("other.png", 95, 120, 8))
    qtbot.mouseRelease(view.viewport(), LEFT, NONE, place(view, 55, 45))
    assert editor.what_if.edit.is_empty
    assert stack_of(editor).count() == 1  # what was painted stays with the first picture


def test_new_panels_show_the_edit_and_take_clicks(editor: WhatIfEditor, qtbot: QtBot) -> None:
    click(editor, qtbot, 70, 45)
    editor._session.add_panel("saliency")
    view = editor._grid.views[-1]
    assert shows_altered(view)
    qtbot.waitUntil(lambda: not editor._session.is_running, timeout=20_000)
    view.clicked.emit(90.0, 45.0, NONE)
    assert editor.what_if.edit.marked[editor.fragment_at(90, 45)].all()
    editor._session.remove_panel(editor._session.panels[0].number)
    click(editor, qtbot, 90, 45)
    assert not editor.what_if.edit.marked[editor.fragment_at(90, 45)].any()


def test_before_a_picture_the_tab_says_what_to_do(window: MainWindow) -> None:
    control = window.what_if.control
    assert not control.isEnabled()
    assert "Open a picture" in control.status.text()
    assert not window.actions_["undo"].isEnabled()


def test_every_control_has_a_name_and_a_tip(editor: WhatIfEditor) -> None:
    control = editor.control
    named = [*control.tools.values(), control.brush_width, control.fill, control.smallest.slider]
    for widget in (*named, control.smallest.play, control.smallest.keep, control.smallest.flip):
        assert widget.accessibleName()
        assert widget.toolTip()
    assert control.keeps.toolTip()


@pytest.mark.parametrize(
    ("goal", "size", "phase", "text"),
    [
        ("keep", 2, "found", "suffice"),
        ("keep", 0, "found", "no fragment is needed"),
        ("keep", 3, "unreachable", "never comes out on top"),
        ("flip", 2, "found", "Without 2 of 4 fragments dog is on top"),
        ("flip", 0, "unreachable", "nothing to flip"),
        ("flip", 4, "unreachable", "stays on top even with everything erased"),
        ("flip", 1, "growing", "1 of 4 fragments erased: cat 30.0%."),
    ],
)
def test_every_outcome_has_a_sentence(goal: str, size: int, phase: str, text: str) -> None:
    from fragscope.what_if import Search
    from fragscope.widgets.smallest_set_control import search_sentence

    labels = np.arange(4, dtype=np.int32).reshape(2, 2)
    probabilities = np.array([0.3, 0.7], np.float32)
    step = Step(goal, tuple(range(size)), probabilities, phase)  # type: ignore[arg-type]
    search = Search(goal, 0, labels, "mean", (step,))  # type: ignore[arg-type]
    assert text in search_sentence(search, 0, "cat", lambda n: ("cat", "dog")[n])


def test_failures_stand_in_the_tab(editor: WhatIfEditor, qtbot: QtBot) -> None:
    editor.what_if.failure = "the model is away; call it back"
    editor.what_if.answered.emit()
    status: QLabel = editor.control.status
    assert (status.text(), status.objectName()) == ("the model is away; call it back", "error")
    editor.what_if.set_edit(Edit(~editor.what_if.edit.marked))
    settle(editor, qtbot)
    assert status.objectName() == "muted"


def test_all_of_the_tab_is_in_sight_on_a_small_screen(
    editor: WhatIfEditor, window: MainWindow, qtbot: QtBot
) -> None:
    assert window.size() == QSize(1280, 800)
    area = window.side.tabs.currentWidget()
    assert isinstance(area, QScrollArea)
    smallest = editor.control.smallest
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    assert area.widget().width() <= area.viewport().width()
    smallest.keep.click()
    qtbot.waitUntil(lambda: not editor.what_if.is_searching, timeout=20_000)

    def result_is_in_sight() -> bool:
        bottom = smallest.sentence.mapTo(area.viewport(), smallest.sentence.rect().bottomLeft())
        return bool(smallest.sentence.text()) and bottom.y() < area.viewport().height()

    qtbot.waitUntil(result_is_in_sight)
