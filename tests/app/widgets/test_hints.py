"""Hints stand beside what they explain, one after another, and out of the way of the keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fragscope.widgets.hints import Hint, Hints, beside

WITHIN = QRect(0, 0, 800, 600)


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    found = QMainWindow()
    qtbot.addWidget(found)
    found.resize(800, 600)
    body = QWidget(found)
    layout = QHBoxLayout(body)
    for widget in (QLineEdit(body), QPushButton("b", body), QPushButton("c", body)):
        layout.addWidget(widget)
    found.setCentralWidget(body)
    with qtbot.waitExposed(found):
        found.show()
    return found


@pytest.fixture
def parts(window: QMainWindow) -> list[QWidget]:
    layout = window.centralWidget().layout()
    assert layout is not None
    return [layout.itemAt(index).widget() for index in range(3)]  # type: ignore[union-attr]


@pytest.fixture
def hints(window: QMainWindow, parts: list[QWidget]) -> Hints:
    def place(part: QWidget) -> tuple[QWidget, QRect] | None:
        return (part, part.rect()) if part.isVisible() else None

    made = [Hint(f"t{n}", "Words.", lambda part=part: place(part)) for n, part in enumerate(parts)]
    return Hints(made, window)


def test_next_goes_on_and_the_last_one_ends(
    hints: Hints, parts: list[QWidget], qtbot: QtBot
) -> None:
    hints.start()
    for number, part in enumerate(parts):
        assert hints.current is not None
        assert hints.current.title == f"t{number}"
        area = QRect(part.mapTo(hints.window(), QPoint()), part.size())
        assert hints._ring.geometry().contains(area)
        if number < 2:
            assert hints.next.text() == "Next"
            qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    assert hints.next.text() == "Done"
    with qtbot.waitSignal(hints.ended):
        qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    assert hints.current is None
    assert not hints._ring.isVisible()


def test_skip_ends_at_once(hints: Hints, qtbot: QtBot) -> None:
    hints.start()
    with qtbot.waitSignal(hints.ended):
        qtbot.mouseClick(hints.skip, Qt.MouseButton.LeftButton)
    assert not hints.isVisible()


def test_what_is_not_there_is_left_out(hints: Hints, parts: list[QWidget], qtbot: QtBot) -> None:
    parts[0].hide()
    hints.start()
    assert hints.current is not None
    assert hints.current.title == "t1"
    parts[1].hide()  # and what goes away meanwhile
    qtbot.waitUntil(lambda: hints.current is not None and hints.current.title == "t2")


def test_it_follows_its_part(
    hints: Hints, window: QMainWindow, parts: list[QWidget], qtbot: QtBot
) -> None:
    hints.start()
    qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    window.resize(1000, 700)
    part = parts[1]

    def is_around() -> bool:
        return hints._ring.geometry().contains(QRect(part.mapTo(window, QPoint()), part.size()))

    qtbot.waitUntil(is_around)


def test_the_focus_stays(hints: Hints, parts: list[QWidget], qtbot: QtBot) -> None:
    parts[0].window().activateWindow()
    parts[0].setFocus()
    qtbot.waitUntil(parts[0].hasFocus)
    hints.start()
    qtbot.mouseClick(hints.next, Qt.MouseButton.LeftButton)
    assert parts[0].hasFocus()


@pytest.mark.parametrize(
    "meant",
    [
        QRect(500, 100, 250, 60),
        QRect(10, 500, 300, 60),
        QRect(10, 10, 300, 60),
        QRect(0, 0, 40, 590),
    ],
)
def test_a_callout_lies_in_the_window_and_not_on_what_it_explains(meant: QRect) -> None:
    size = QSize(280, 130)
    stands = QRect(beside(meant, size, WITHIN), size)
    assert WITHIN.contains(stands)
    assert not stands.intersects(meant)
