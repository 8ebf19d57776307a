"""Sessions in the real window: keys, drops, title, offers, and everything as it was."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from fragscope import session_keeper
from fragscope.archive import FACTS
from fragscope.autosave import autosave_folder
from fragscope.main_window import MainWindow
from fragscope.painting import Painting
from fragscope.panels import Status
from fragscope.session import DEFAULT_PANELS
from fragscope.session_reading import read_session
from fragscope.settings import load_settings
from fragscope_explainers.errors import SessionError
from fragscope_explainers.images import image_from_array
from fragscope_resources.samples import SAMPLES

ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED)


@pytest.fixture
def filled(window: MainWindow, qtbot: QtBot, photo: Path) -> MainWindow:
    window.open_file(photo)
    panels = window.session.panels
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in panels), timeout=30_000)
    window.guide.hints.end()
    return window


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the dialog says that the session is to be saved."""
    found = tmp_path / "work.fragscope"
    named = str(found.with_suffix(""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (named, ""))
    return found


@pytest.fixture
def saved(filled: MainWindow, qtbot: QtBot, path: Path) -> Path:
    with qtbot.waitSignal(filled.desk.keeper.saved):
        qtbot.keyClick(filled, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    return path


def reopen(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.desk.keeper.opened, timeout=20_000):
        window.open_files([path])


def of_another_model(saved: Path) -> Path:
    """A copy of a session file that names a model that is not here."""
    other = saved.with_name("other.fragscope")
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == FACTS:
                facts = json.loads(data)
                facts["model"].update(spec="hf:someone/else", weights_sha256="0" * 64)
                data = json.dumps(facts).encode()
            new.writestr(name, data)
    return other


def test_an_empty_window_has_nothing_to_save(window: MainWindow) -> None:
    assert not window.actions_["save"].isEnabled()
    assert not window.actions_["save as"].isEnabled()
    assert window.actions_["open session"].isEnabled()


def test_ctrl_s_asks_for_a_file_once_and_says_so(
    filled: MainWindow, qtbot: QtBot, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.is_file()
    assert str(saved) in filled.status.currentMessage()
    assert filled.notice.isHidden()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked again"))
    with qtbot.waitSignal(filled.desk.keeper.saved):
        qtbot.keyClick(filled, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)


def test_the_title_names_the_file_and_marks_changes(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    assert filled.windowTitle() == "photo - work[*] - FragScope"
    assert not filled.isWindowModified()
    filled.side.pyramid.weights.sliders[0].setValue(5)
    qtbot.waitUntil(filled.isWindowModified)
    filled.side.pyramid.weights.reset()
    qtbot.waitUntil(lambda: not filled.isWindowModified())
    filled.side.display.opacity.slider.setValue(30)
    qtbot.waitUntil(filled.isWindowModified)


def test_everything_is_as_it_was(filled: MainWindow, qtbot: QtBot, saved: Path) -> None:
    window, session = filled, filled.session
    side, grid = window.side, window.grid
    target = session.prediction.top[1]
    session.set_classes(target, session.prediction.top[0])
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in session.panels), timeout=30_000)
    side.pyramid.weights.sliders[1].setValue(31)
    side.pyramid.weights.softness.setValue(7)
    side.pyramid.slider.setValue(2)
    side.pyramid.shown.setChecked(True)
    side.display.colour_map.setCurrentText("viridis")
    side.display.top.slider.setValue(40)
    side.display.locked.setChecked(True)
    side.classes.toggle_pin(3)
    grid.show_difference(0, 1)
    session.move_panel(3, 0)
    grid.maximise(1)
    grid.views[1].show_region(QRectF(20, 10, 50, 40))
    fragment = window.what_if.fragment_at(70.0, 45.0)
    window.what_if.erase(fragment)
    qtbot.waitUntil(lambda: not window.what_if.what_if.is_asking)
    said = window.what_if.what_if.probabilities
    before = window.desk.keeper.capture()
    qtbot.waitUntil(lambda: grid.is_settled)
    maps = [grid.maps.drawings[panel.number].values for panel in session.panels]
    spans = grid.spans
    with qtbot.waitSignal(window.desk.keeper.saved):
        window.desk.save()

    session.use_panels([("saliency", {})])
    side.pyramid.weights.reset()
    side.display.show_display(window.settings.display)
    side.pyramid.shown.setChecked(False)
    side.classes.toggle_pin(3)
    window.what_if.reset()
    reopen(window, saved, qtbot)

    after = window.desk.keeper.capture()
    assert (session.target, session.against) == (target, session.prediction.top[0])
    assert after.painting == before.painting
    for name in ("display", "pins", "level", "fragments", "maximised", "differences", "tab"):
        assert getattr(after.view, name) == getattr(before.view, name)
    assert [panel.number for panel in session.panels] == [3, 0, 1, 2]
    qtbot.waitUntil(lambda: grid.is_settled)
    assert grid.spans == spans
    for panel, values in zip(session.panels, maps, strict=True):
        assert np.array_equal(grid.maps.drawings[panel.number].values, values)
    assert np.array_equal(window.what_if.what_if.edit.marked, fragment)
    assert np.array_equal(window.what_if.what_if.probabilities, said)
    assert not window.what_if.what_if.is_asking
    assert all(panel.status in ENDED for panel in session.panels)
    assert not window.isWindowModified()
    assert window.notice.isHidden()


def test_windows_scrubber_and_hidden_curves_are_as_they_were(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    window, grid, curves = filled, filled.grid, filled.curves
    grid.show_difference(2, 3)
    grid.panels[0].header.ask("detach")
    grid.floating[0].setGeometry(40, 70, 430, 340)
    grid.maximise(1)
    qtbot.mouseClick(curves.legend.entries[2], Qt.MouseButton.LeftButton)
    curves.scrubber.move("insertion", 0.35)
    with qtbot.waitSignal(window.desk.keeper.saved):
        window.desk.save()
    grid.floating[0].setGeometry(90, 90, 300, 300)
    grid.detach(3)
    grid.differences[0]._close.click()
    curves.legend.hide_only((0,))
    curves.scrubber.move("deletion", 0.9)

    reopen(window, saved, qtbot)
    assert (grid.maximised, grid.floating.keys()) == (1, {0})
    assert [shown.numbers for shown in grid.differences] == [(2, 3)]
    assert grid.floating[0].isVisible()
    assert grid.floating[0].geometry().getRect() == (40, 70, 430, 340)
    assert curves.legend.hidden == (2,)
    scrubber = curves.scrubber
    assert (scrubber.is_on, scrubber.kind, scrubber.share) == (True, "insertion", 0.35)
    assert curves.tools.scrub.isChecked()
    qtbot.waitUntil(lambda: "insertion 35 %" in grid.panels[1]._progress.text())
    assert not window.undo.history.stack.canUndo()
    assert not window.isWindowModified()


def test_own_zoom_and_swipe_are_as_they_were(filled: MainWindow, qtbot: QtBot, saved: Path) -> None:
    window, grid = filled, filled.grid
    together = [grid.panels[number].view for number in (0, 1)]
    for number in (2, 3):
        grid.panels[number].header.ask("unlink")
    grid.panels[2].view.show_region(QRectF(20, 10, 30, 20))
    grid.linked.toggle_swipe()
    grid.linked.swipe_to(0.3)
    alone = grid.alone
    assert alone.keys() == {2, 3}
    assert alone[3] is None
    with qtbot.waitSignal(window.desk.keeper.saved):
        window.desk.save()
    for number in (0, 2, 3):
        grid.panels[number].header.ask("unlink")
    grid.linked.toggle_swipe()

    reopen(window, saved, qtbot)
    assert grid.alone == {2: pytest.approx(alone[2]), 3: None}
    assert all(view.stays_whole for view in together)
    assert [view.swipe for view in grid.views] == [0.3] * 4
    ticked = [grid.panels[number].header._requests["unlink"].isChecked() for number in range(4)]
    assert ticked == [False, False, True, True]
    assert not window.isWindowModified()


def test_a_scrubber_that_is_off_keeps_its_place(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    scrubber = filled.curves.scrubber
    scrubber.move("insertion", 0.6)
    scrubber.switch(False)
    with qtbot.waitSignal(filled.desk.keeper.saved):
        filled.desk.save()
    scrubber.move("deletion", 0.1)
    reopen(filled, saved, qtbot)
    assert (scrubber.is_on, scrubber.kind, scrubber.share) == (False, "insertion", 0.6)


def test_closing_a_difference_is_a_change(filled: MainWindow, qtbot: QtBot, saved: Path) -> None:
    filled.grid.show_difference(0, 1)
    qtbot.waitUntil(filled.isWindowModified)
    filled.grid.differences[0]._close.click()
    qtbot.waitUntil(lambda: not filled.isWindowModified())


def test_a_dropped_session_opens(filled: MainWindow, qtbot: QtBot, saved: Path) -> None:
    filled.session.album.remove_picture(filled.session.picture.number)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(saved))])
    arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    modifiers = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(filled, QDragEnterEvent(QPoint(200, 200), *arguments, modifiers))
    event = QDropEvent(QPointF(200, 200), *arguments, modifiers)
    with qtbot.waitSignal(filled.desk.keeper.opened, timeout=20_000):
        QApplication.sendEvent(filled, event)
    assert filled.pages.currentWidget() is not filled.welcome
    assert filled.session.image.name == "photo"
    qtbot.waitUntil(lambda: filled.grid.is_settled)
    for view in filled.grid.views:
        assert view._map.isVisible()


def test_a_session_of_a_model_that_is_not_here_shows_its_maps_and_says_so(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    other = of_another_model(saved)
    maps = [panel.state.saliency for panel in filled.session.panels]
    reopen(filled, other, qtbot)
    assert "open hf:someone/else first" in filled.notice.text
    assert "small" in filled.status.model.text()
    qtbot.waitUntil(lambda: filled.grid.is_settled)
    for panel, values in zip(filled.session.panels, maps, strict=True):
        assert np.array_equal(filled.grid.maps.drawings[panel.number].values, values)
    filled.session.run(filled.session.panels[0])
    qtbot.waitUntil(lambda: filled.session.panels[0].status is Status.FAILED)
    assert "nothing new can be asked" in filled.session.panels[0].failure.sentence


def test_a_session_of_another_model_with_fewer_panels_opens(
    filled: MainWindow, qtbot: QtBot, path: Path
) -> None:
    session = filled.session
    for number in (1, 2, 3):
        session.remove_panel(number)
    with qtbot.waitSignal(filled.desk.keeper.saved):
        filled.desk.keeper.save(path)
    for name in DEFAULT_PANELS[1:]:
        session.add_panel(name)
    qtbot.waitUntil(lambda: all(p.status in ENDED for p in session.panels), timeout=30_000)
    assert list(filled.grid.panels) == [0, 1, 2, 3]
    reopen(filled, of_another_model(path), qtbot)
    assert list(filled.grid.panels) == [0]
    qtbot.waitUntil(lambda: filled.grid.is_settled)


def test_a_bad_session_is_told_in_the_bar_and_what_is_open_stays(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.fragscope"
    bad.write_bytes(b"hello")
    with qtbot.waitSignal(filled.desk.keeper.failed):
        filled.open_files([bad])
    assert "bad.fragscope is damaged or no session" in filled.notice.text
    assert filled.session.image.name == "photo"
    assert filled.windowTitle() == "photo - FragScope"


def test_what_was_opened_is_listed_and_opens_again(
    filled: MainWindow, qtbot: QtBot, saved: Path, photo: Path
) -> None:
    filled.open_file(SAMPLES[0].path)  # a sample is not the user's
    menu = filled.desk.recent
    menu.fill()
    texts = [action.text() for action in menu.actions()]
    assert texts[0].startswith("work.fragscope  (")
    assert texts[1].startswith("photo.png  (")
    assert texts[-1] == "Clear the list"
    with qtbot.waitSignal(filled.desk.keeper.opened, timeout=20_000):
        menu.actions()[0].trigger()
    photo.unlink()
    menu.fill()
    gone = menu.actions()[1]
    assert not gone.isEnabled()
    assert gone.text().endswith("not found")
    filled.close()
    assert [Path(text).name for text in load_settings().recent] == ["work.fragscope", "photo.png"]


def test_the_welcome_lists_what_was_opened(window: MainWindow, qtbot: QtBot, photo: Path) -> None:
    assert window.welcome.recent.isHidden()
    window.desk.recent.remember(photo)
    assert not window.welcome.recent.isHidden()
    assert window.welcome.recent.menu() is window.desk.recent
    window.desk.recent.forget_all()
    assert window.welcome.recent.isHidden()


def test_what_a_crash_left_is_offered_without_a_dialog(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    left = autosave_folder() / "1-abc.fragscope"
    left.parent.mkdir(parents=True)
    left.write_bytes(saved.read_bytes())
    assert filled.desk.offer.isHidden()
    filled.desk.start_keeping()
    assert filled.desk.offer.isVisible()
    assert "did not end properly" in filled.desk.offer.text
    filled.session.use_panels([("saliency", {})])
    with qtbot.waitSignal(filled.desk.keeper.opened, timeout=20_000):
        qtbot.mouseClick(filled.desk.offer.restore_button, Qt.MouseButton.LeftButton)
    assert filled.desk.offer.isHidden()
    assert len(filled.session.panels) == 4
    qtbot.waitUntil(filled.desk.replaced.isVisible, timeout=10_000)
    qtbot.waitUntil(lambda: not left.exists(), timeout=10_000)
    filled.desk._look_for_last()
    assert filled.desk.last_action.isEnabled()


def changed(window: MainWindow, qtbot: QtBot) -> np.ndarray:
    """Change what is open, so that no file has it; the map that is shown then."""
    session = window.session
    session.use_panels([("saliency", {})])
    qtbot.waitUntil(lambda: session.panels[0].status in ENDED, timeout=20_000)
    return np.array(session.panels[0].state.saliency)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_another_session_replaced_is_brought_back_by_one_click(
    filled: MainWindow, qtbot: QtBot, saved: Path, keeps: bool
) -> None:
    desk, session = filled.desk, filled.session
    if keeps:
        desk.start_keeping()
    saliency = changed(filled, qtbot)
    assert desk.replaced.isHidden()
    reopen(filled, saved, qtbot)
    assert len(session.panels) == 4
    qtbot.waitUntil(desk.replaced.isVisible, timeout=10_000)
    with qtbot.waitSignal(desk.keeper.opened, timeout=20_000):
        qtbot.mouseClick(desk.replaced.restore_button, Qt.MouseButton.LeftButton)
    assert desk.replaced.isHidden()  # what it replaced has no changes
    assert [panel.method.name for panel in session.panels] == ["saliency"]
    assert np.array_equal(session.panels[0].state.saliency, saliency)
    assert desk.keeper.is_changed


@pytest.mark.parametrize("keeps", [True, False])
def test_what_was_replaced_comes_back_though_the_disk_is_full(
    filled: MainWindow, qtbot: QtBot, saved: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    def full(*_: object, **__: object) -> None:
        raise SessionError("there is no room on the disk")

    desk, session = filled.desk, filled.session
    if keeps:
        desk.start_keeping()
    saliency = changed(filled, qtbot)
    write = session_keeper.write_session
    monkeypatch.setattr(session_keeper, "write_session", full)
    reopen(filled, saved, qtbot)
    qtbot.waitUntil(desk.replaced.isVisible, timeout=10_000)
    qtbot.waitUntil(lambda: not keeps or "there is no room on the disk" in filled.notice.text)
    with qtbot.waitSignal(desk.keeper.opened, timeout=20_000):
        qtbot.mouseClick(desk.replaced.restore_button, Qt.MouseButton.LeftButton)
    assert [panel.method.name for panel in session.panels] == ["saliency"]
    assert np.array_equal(session.panels[0].state.saliency, saliency)
    monkeypatch.setattr(session_keeper, "write_session", write)  # there is room again
    filled.close()
    assert (autosave_folder() / "last.fragscope").is_file() is keeps


def test_a_pasted_picture_comes_back_with_what_was_replaced(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    desk, session = filled.desk, filled.session
    pixels = np.random.default_rng(3).integers(0, 256, (70, 90, 3), np.uint8)
    session.open_image(image_from_array(pixels, "pasted"))
    qtbot.waitUntil(lambda: session.picture.name == "pasted")
    qtbot.waitUntil(lambda: all(panel.status in ENDED for panel in session.panels))
    reopen(filled, saved, qtbot)
    assert [picture.name for picture in session.album.pictures] == ["photo"]
    with qtbot.waitSignal(desk.keeper.opened):
        desk.autosave.bring_back()
    assert [picture.name for picture in session.album.pictures] == ["photo", "pasted"]
    assert np.array_equal(session.image.pixels, pixels)


def test_the_line_about_what_was_replaced_can_be_dismissed(
    filled: MainWindow, qtbot: QtBot, saved: Path
) -> None:
    filled.session.use_panels([("saliency", {})])
    reopen(filled, saved, qtbot)
    qtbot.waitUntil(filled.desk.replaced.isVisible, timeout=10_000)
    qtbot.mouseClick(filled.desk.replaced.discard_button, Qt.MouseButton.LeftButton)
    assert filled.desk.replaced.isHidden()


def test_what_was_left_can_be_discarded(window: MainWindow, qtbot: QtBot) -> None:
    left = autosave_folder() / "1-abc.fragscope"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"PK")
    window.desk.start_keeping()
    qtbot.mouseClick(window.desk.offer.discard_button, Qt.MouseButton.LeftButton)
    assert window.desk.offer.isHidden()
    assert not left.exists()


def test_keeping_can_be_switched_off_and_stays_so(window: MainWindow) -> None:
    window.desk.start_keeping()
    assert window.desk.autosave.is_on
    window.desk.autosave_action.trigger()
    assert not window.desk.autosave.is_on
    window.close()
    assert not load_settings().autosave


def test_closing_with_changes_asks_nothing_and_offers_them_next_time(
    filled: MainWindow, saved: Path
) -> None:
    filled.desk.start_keeping()
    filled.session.paint(Painting((0.5,), 0.0))
    filled.close()
    assert not filled.isVisible()
    assert [path.name for path in autosave_folder().glob("*.fragscope")] == ["last.fragscope"]


def test_what_is_kept_at_closing_tells_of_windows(
    filled: MainWindow, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.desk.start_keeping()
    filled.grid.detach(1)
    floating = filled.grid.floating[1]
    floating.setGeometry(90, 80, 500, 400)
    filled.session.paint(Painting((0.5,), 0.0))
    shown: list[bool] = []
    close = filled.desk.close
    monkeypatch.setattr(filled.desk, "close", lambda: (shown.append(floating.isVisible()), close()))
    filled.close()
    assert shown == [False]  # before anything is waited for
    kept = read_session(autosave_folder() / "last.fragscope").view.detached
    assert [(one.number, one.place) for one in kept] == [(1, (90, 80, 500, 400))]
    assert filled.grid.floating == {}


def test_the_menu_says_what_everything_does(window: MainWindow) -> None:
    for action in window.desk.menu.actions():
        if not action.isSeparator() and action.menu() is None:
            assert action.toolTip()
            assert action.text()
    assert window.tools.file_button.menu() is window.desk.menu
