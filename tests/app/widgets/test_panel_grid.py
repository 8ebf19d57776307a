from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from fragscope.colours import Display
from fragscope.drawings import Drawing, MapWish
from fragscope.main_window import MainWindow
from fragscope.session import Session, Status
from fragscope.widgets.panel_grid import PanelGrid
from fragscope.widgets.panel_header import HEADER, PANEL_MIME, PanelHeader
from fragscope.widgets.tiling import LEAST_WIDTH


@pytest.fixture
def grid(explained: Session, qtbot: QtBot) -> PanelGrid:
    """The grid of a session whose runs have ended."""
    found = PanelGrid(explained)
    qtbot.addWidget(found)
    found.resize(900, 600)
    found.show()
    qtbot.waitExposed(found)
    found._show_image()
    qtbot.waitUntil(lambda: found.is_settled and len(found.maps.drawings) == 4)
    return found


def visible(grid: PanelGrid) -> list[int]:
    return [number for number, panel in grid.panels.items() if panel.isVisible()]


def test_a_maximised_panel_has_the_space_to_itself(grid: PanelGrid) -> None:
    everyone = visible(grid)
    small = grid.panels[1].width()
    grid.panels[1].header.asked.emit("maximise")
    QApplication.processEvents()
    assert visible(grid) == [1]
    assert grid.panels[1].width() > small
    grid.maximise_place(2)
    assert visible(grid) == [2]
    grid.maximise_place(2)
    assert visible(grid) == everyone
    grid.maximise_place(8)
    assert visible(grid) == everyone


def test_a_double_click_on_the_header_maximises(grid: PanelGrid, qtbot: QtBot) -> None:
    header = grid.panels[0].header
    qtbot.mouseDClick(header, Qt.MouseButton.LeftButton, pos=QPoint(header.width() // 2, 4))
    assert visible(grid) == [0]


def test_removing_the_maximised_panel_brings_the_others_back(grid: PanelGrid) -> None:
    grid.maximise(1)
    grid._session.remove_panel(1)
    assert visible(grid) == [0, 2, 3]


def test_a_detached_panel_comes_back_when_its_window_closes(grid: PanelGrid, qtbot: QtBot) -> None:
    grid.detach(0)
    window = grid.floating[0]
    assert window.isVisible()
    assert window.windowTitle() == "MFPP - FragScope"
    assert grid.panels[0].window() is window
    grid._session.set_target(grid._session.prediction.top[1])  # type: ignore[union-attr]
    window.close()
    assert grid.floating == {}
    assert grid.panels[0].parent() is grid
    assert visible(grid) == [0, 1, 2, 3]


def test_a_detached_panel_that_is_removed_takes_its_window_along(grid: PanelGrid) -> None:
    grid.detach(2)
    grid._session.remove_panel(2)
    assert grid.floating == {}
    assert visible(grid) == [0, 1, 3]


def test_panels_move_by_the_menu(grid: PanelGrid) -> None:
    grid.panels[0].header.asked.emit("later")
    assert [panel.number for panel in grid._session.panels] == [1, 0, 2, 3]
    grid.panels[3].header.asked.emit("earlier")
    assert [panel.number for panel in grid._session.panels] == [1, 0, 3, 2]


def test_a_panel_dropped_on_another_takes_its_place(grid: PanelGrid) -> None:
    data = QMimeData()
    data.setData(PANEL_MIME, b"3")
    panel = grid.panels[0]
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    action = Qt.DropAction.MoveAction
    entered = QDragEnterEvent(QPoint(9, 9), action, data, buttons, keys)
    panel.dragEnterEvent(entered)
    assert entered.isAccepted()
    panel.dropEvent(QDropEvent(QPointF(9, 9), action, data, buttons, keys))
    assert [p.number for p in grid._session.panels] == [3, 0, 1, 2]


def test_a_header_is_dragged_only_by_a_real_move(
    grid: PanelGrid, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, dragged = grid.panels[0].header, []
    monkeypatch.setattr(header, "_drag", lambda: dragged.append(1))
    middle = QPoint(header.width() // 2, 5)
    qtbot.mousePress(header, Qt.MouseButton.LeftButton, pos=middle)

    def move(by: int) -> None:
        place = QPointF(middle) + QPointF(by, 0)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            place,
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        header.mouseMoveEvent(event)

    move(2)
    assert not dragged
    move(60)
    move(70)
    assert dragged == [1]


def test_a_copy_shows_the_same_without_a_run(grid: PanelGrid) -> None:
    session = grid._session
    session.duplicate_panel(0)
    copy = session.panels[1]
    assert copy.status is Status.FINISHED
    assert copy.state is session.panel(0).state
    assert not session.is_running
    assert visible(grid) == [0, 1, 2, 3, 4]
    assert grid.panels[copy.number].header._method.text() == "MFPP 2"


def test_an_unlinked_panel_zooms_alone(grid: PanelGrid) -> None:
    grid.panels[1].header.asked.emit("unlink")
    region = QRectF(30, 20, 40, 40)
    before = grid.panels[1].view.box.viewRect()
    grid.panels[0].view.moved.emit(region)
    assert grid.panels[1].view.box.viewRect() == before
    assert not grid.panels[2].view.stays_whole
    grid.panels[1].view.moved.emit(region)
    grid.panels[1].header.asked.emit("unlink")
    shown = [grid.panels[number].view.box.viewRect() for number in (1, 2)]
    assert shown[0].center().x() == pytest.approx(shown[1].center().x(), abs=1)


def test_the_swipe_line_moves_in_all_panels(grid: PanelGrid) -> None:
    grid.linked.toggle_swipe()
    views = grid.views
    assert {view.swipe for view in views} == {0.5}
    assert views[0]._map.image.shape[1] == 32
    line = views[0]._swipe_line
    line.setValue(views[0]._seen.left() + 0.25 * views[0]._seen.width())
    line.sigDragged.emit(line)
    assert {view.swipe for view in views} == {0.25}
    assert {view._map.image.shape[1] for view in views} == {16}
    grid.linked.toggle_swipe()
    assert {view._map.image.shape[1] for view in views} == {64}
    assert not line.isVisible()


def test_a_difference_is_shown_until_closed(grid: PanelGrid, qtbot: QtBot) -> None:
    grid.panels[0].header.difference_wanted.emit(3)
    difference = grid.differences[0]
    qtbot.waitUntil(lambda: "rank corr." in difference._facts.text())
    assert difference._title.text() == "MFPP \N{MINUS SIGN} Grad-CAM"
    assert "own ranges" in difference._facts.text()
    assert difference.view._map.isVisible()
    grid.show_difference(0, 3)
    assert len(grid.differences) == 1
    difference._close.click()
    assert grid.differences == []


def test_a_map_does_not_differ_from_its_copy(grid: PanelGrid, qtbot: QtBot) -> None:
    grid._session.duplicate_panel(0)
    grid.show_difference(0, grid._session.panels[1].number)
    difference = grid.differences[0]
    qtbot.waitUntil(lambda: "rank corr. 1.00" in difference._facts.text())
    assert "overlap 100%" in difference._facts.text()
    assert "100% of the strongest 10% are the same" in difference._facts.toolTip()
    assert difference.view._map.image[..., 3].max() <= 2  # zero is clear


def test_a_difference_goes_with_its_panel(grid: PanelGrid) -> None:
    grid.show_difference(1, 2)
    grid._session.remove_panel(2)
    assert grid.differences == []


def test_the_menu_lists_the_other_panels(grid: PanelGrid) -> None:
    header = grid.panels[1].header
    header._differences.aboutToShow.emit()
    names = [action.text() for action in header._differences.actions()]
    assert names == ["MFPP", "Integrated Gradients", "Grad-CAM"]
    with_signal = []
    header.difference_wanted.connect(with_signal.append)
    header._differences.actions()[1].trigger()
    assert with_signal == [2]


def test_a_preset_takes_the_place_of_all_panels(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    window.open_file(photo)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=20_000)
    menu = window.tools.presets_button.menu()
    gradients = next(action for action in menu.actions() if action.text() == "Gradients")
    gradients.trigger()
    assert [panel.method.name for panel in window.session.panels] == [
        "saliency",
        "integrated-gradients",
        "smoothgrad",
        "grad-cam",
    ]
    assert set(window.grid.panels) == {0, 1, 2, 3}
    assert window.session.is_running


def test_fewer_panels_while_differences_are_open(grid: PanelGrid) -> None:
    grid.show_difference(0, 1)
    grid.show_difference(2, 3)
    grid.maximise(2)
    grid._session.use_panels([("rise", {"masks": 20}), ("saliency", {})])
    assert grid.differences == []
    assert grid.maximised is None
    assert visible(grid) == [0, 1]
    assert grid.panels[0].header._method.text() == "RISE"


def test_closing_a_difference_lets_the_brush_go_on(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    window.open_file(photo)
    qtbot.waitUntil(lambda: window.session.pyramid is not None, timeout=20_000)
    window.what_if.bring_to_front()
    window.what_if.control.tools["brush"].click()
    window.grid.show_difference(0, 1)
    difference = window.grid.differences[0]
    difference._close.click()
    qtbot.waitUntil(lambda: not isValid(difference))
    window.grid.hovered.emit(60.0, 40.0)  # moves the ring in the views that are left
    window.side.tabs.setCurrentIndex(0)


def test_another_method_stays_in_its_window(grid: PanelGrid) -> None:
    grid.detach(1)
    window = grid.floating[1]
    grid._session.configure(1, "saliency", {})
    assert grid.floating == {1: window}
    assert grid.panels[1].window() is window
    assert window.windowTitle() == "Saliency - FragScope"
    grid.maximise(1)
    assert grid.maximised is None
    grid.close_windows()
    assert grid.floating == {}


def test_panels_out_of_sight_are_not_drawn(grid: PanelGrid, qtbot: QtBot) -> None:
    before = dict(grid.maps.drawings)
    grid.maximise(1)
    qtbot.waitUntil(lambda: grid.maps.drawings.keys() == {1})
    grid._session.set_target(grid._session.prediction.top[1])  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: grid.maps.drawings[1] is not before[1])
    assert grid.maps.drawings.keys() == {1}
    grid.maximise(1)
    qtbot.waitUntil(lambda: len(grid.maps.drawings) == 4)
    assert grid.maps.drawings[0] is not before[0]  # of the class that is explained now


def test_changes_of_one_turn_are_drawn_once(
    grid: PanelGrid, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Display] = []
    work, draw = grid.maps._artist, grid.maps._artist.draw

    def watched(wishes: dict[int, MapWish], display: Display) -> dict[int, Drawing]:
        drawn.append(display)
        return draw(wishes, display)

    monkeypatch.setattr(work, "draw", watched)
    for opacity in (0.1, 0.2, 0.3):
        grid.set_display(Display(opacity=opacity))
    qtbot.waitUntil(lambda: grid.is_settled)
    assert [display.opacity for display in drawn] == [0.3]


def test_a_difference_of_two_classes_names_them(grid: PanelGrid, qtbot: QtBot) -> None:
    session = grid._session
    one, other = session.prediction.top[:2]
    grid.show_difference(0, 1)
    facts = grid.differences[0]._facts
    qtbot.waitUntil(lambda: "rank corr." in facts.text())
    assert "classes" not in facts.text()
    session.hold(1, other)
    expected = f"of two classes: {session.label(one)}, {session.label(other)}"
    qtbot.waitUntil(lambda: facts.text().startswith(expected), timeout=10_000)
    assert expected in facts.toolTip()
    session.hold(1, None)
    qtbot.waitUntil(lambda: "classes" not in facts.text(), timeout=10_000)
    qtbot.waitUntil(lambda: not session.is_running, timeout=10_000)


def test_where_no_panel_is_left_the_way_back_is_offered(
    grid: PanelGrid, explained: Session, qtbot: QtBot
) -> None:
    assert not grid._nothing.isVisible()
    for panel in list(explained.panels):
        explained.remove_panel(panel.number)
    QApplication.processEvents()
    assert grid._nothing.isVisible()
    assert "No panel is left" in grid._nothing.text.text()
    assert grid._nothing.width() > 0.9 * grid.width()
    assert not grid._nothing.back.isVisible()
    qtbot.mouseClick(grid._nothing.presets[1], Qt.MouseButton.LeftButton)
    assert [p.method.name for p in explained.panels] == ["mfpp", "rise", "grad-cam"]
    assert not grid._nothing.isVisible()
    explained.stop_all()
    qtbot.waitUntil(lambda: not explained.is_running, timeout=10_000)


def test_panels_in_windows_are_brought_back_together(grid: PanelGrid, qtbot: QtBot) -> None:
    numbers = list(grid.panels)
    for number in numbers:
        grid.detach(number)
    QApplication.processEvents()
    assert grid._nothing.isVisible()
    assert "windows of their own" in grid._nothing.text.text()
    assert not any(button.isVisible() for button in grid._nothing.presets)
    qtbot.mouseClick(grid._nothing.back, Qt.MouseButton.LeftButton)
    assert not grid.floating
    assert visible(grid) == numbers
    assert not grid._nothing.isVisible()


def test_a_narrow_header_shortens_the_name_before_the_class_is_lost(qtbot: QtBot) -> None:
    header = PanelHeader(0, "MFPP (notebook)")
    qtbot.addWidget(header)
    header.show_class("espresso")
    header.resize(700, HEADER)
    with qtbot.waitExposed(header):
        header.show()
    assert header._method.text() == "MFPP (notebook)"
    for name, label in (("MFPP (notebook)", "espresso"), ("RISE", "a very long name of a class")):
        header.name(name)
        header.show_class(label)
        header.resize(LEAST_WIDTH, HEADER)
        qtbot.waitUntil(lambda: header.width() == LEAST_WIDTH)
        QApplication.processEvents()
        room = header._class.width() / header._class.fontMetrics().horizontalAdvance("espresso")
        assert room >= 0.9
        assert header._method.text()[:4] == name[:4]
        assert name in header._method.toolTip()
        assert header._method.geometry().right() < header._class.geometry().left()
