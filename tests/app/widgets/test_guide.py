"""Commands, keys, hints, help and versions, in the real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.session import Status
from fragscope.settings import load_settings


def wait_done(window: MainWindow, qtbot: QtBot) -> None:
    ended = (Status.FINISHED, Status.FAILED, Status.CANCELLED)
    qtbot.waitUntil(lambda: all(p.status in ended for p in window.session.panels), timeout=30_000)


def test_all_keys_are_listed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.guide.keys.isVisible()
    texts = {label.text() for label in window.guide.keys.findChildren(QLabel)}
    assert "Ctrl+O" in texts
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    assert not window.guide.keys.isVisible()


def test_the_palette_adds_a_panel_and_explains_a_class(filled: MainWindow, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(filled, Qt.Key.Key_K, control)
    field = filled.guide.palette.field
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "add smoothgrad")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert filled.session.panels[-1].method.name == "smoothgrad"
    qtbot.keyClick(filled, Qt.Key.Key_P, control | Qt.KeyboardModifier.ShiftModifier)
    rival = filled.session.prediction.top[1]
    qtbot.keyClicks(field, f"explain {filled.session.label(rival)}")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert filled.session.target == rival
    filled.session.stop_all()
    wait_done(filled, qtbot)


def test_the_palette_does_what_menus_do_and_gives_the_focus_back(
    filled: MainWindow, qtbot: QtBot
) -> None:
    filled.grid.setFocus()
    texts = {command.text for command in filled.guide._commands()}
    for action in filled.tools.export_button.menu().actions():
        assert action.text() in texts
    assert {"Dark", "Scrub", "RISE: Zoom on its own", "Show panels: Gradients", "Fit"} <= texts
    assert "Panel 4" in texts
    assert "Panel 5" not in texts  # there are four
    assert "Stop" not in texts  # nothing runs
    filled.guide.palette.appear()
    qtbot.keyClicks(filled.guide.palette.field, "rise zoom own")
    qtbot.keyClick(filled.guide.palette.field, Qt.Key.Key_Return)
    alone = [v for v in filled.grid.views if v not in filled.grid.linked.together]
    assert alone == [filled.grid.panels[1].view]
    assert filled.grid.panels[1].header._requests["unlink"].isChecked()
    assert QApplication.focusWidget() is filled.grid


def test_hints_come_with_the_first_map_and_once(
    window: MainWindow, qtbot: QtBot, photo: Path
) -> None:
    hints = window.guide.hints
    assert not hints.isVisible()
    assert not window.guide._hint_action.isEnabled()
    window.open_file(photo)
    qtbot.waitUntil(hints.isVisible, timeout=10_000)
    wait_done(window, qtbot)
    titles = []
    while hints.current is not None:
        titles.append(hints.current.title)
        assert window.rect().contains(hints.geometry())
        qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    assert len(titles) == 5
    window.session.run_all()
    wait_done(window, qtbot)
    assert not hints.isVisible()
    window.guide._hint_action.trigger()
    assert hints.isVisible()
    window.close()
    assert load_settings().hints_seen


def test_about_tells_versions_and_copies_them(filled: MainWindow, qtbot: QtBot) -> None:
    about = filled.guide.show_about()
    qtbot.waitUntil(lambda: "numpy" in about.browser.toPlainText(), timeout=20_000)
    about.copy()
    text = QApplication.clipboard().text()
    assert f"numpy: {np.__version__}" in text
    assert "device: cpu" in text
    qtbot.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()


def test_about_may_be_closed_before_it_knows_all(filled: MainWindow, qtbot: QtBot) -> None:
    filled.guide.show_about().close()
    with qtbot.waitSignal(filled.session.jobs.ended, timeout=20_000):
        pass
    assert not filled.notice.isVisible()


def test_help_explains_what_is_shown(filled: MainWindow) -> None:
    page = filled.guide.show_help()
    text = ""
    for row in range(page.list.count()):
        page.list.setCurrentRow(row)
        text += page.page.toPlainText()
    for word in ("Stability", "Deletion", "Insertion", "standard error", "contrast", "What if"):
        assert word in text
    page.close()
