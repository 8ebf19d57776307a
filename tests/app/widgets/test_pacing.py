"""Views are drawn one a turn, and everything else comes after them."""

from __future__ import annotations

from PySide6.QtWidgets import QGraphicsView, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fragscope.widgets.pacing import Pacer, pacer


def three_views(qtbot: QtBot) -> tuple[QWidget, list[QGraphicsView]]:
    window = QWidget()
    row = QHBoxLayout(window)
    views = [QGraphicsView(window) for _ in range(3)]
    for view in views:
        row.addWidget(view)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window, views


def test_views_are_let_go_one_a_turn(qtbot: QtBot) -> None:
    window, views = three_views(qtbot)
    found = Pacer(window)
    counts: list[int] = []
    found.hold_views([window])
    found.later([lambda: counts.append(sum(view.updatesEnabled() for view in views))])
    assert not any(view.updatesEnabled() for view in views)
    assert found.is_busy
    found._turn()
    assert [view.updatesEnabled() for view in views] == [True, False, False]
    qtbot.waitUntil(lambda: not found.is_busy)
    assert counts == [3]


def test_what_is_out_of_sight_or_held_already_is_left_alone(qtbot: QtBot) -> None:
    window, (first, second, third) = three_views(qtbot)
    first.hide()
    second.setUpdatesEnabled(False)
    found = Pacer(window)
    found.hold_views([window])
    assert first.updatesEnabled()
    found.finish()
    assert not second.updatesEnabled()
    assert third.updatesEnabled()


def test_a_view_that_is_gone_holds_nothing_up(qtbot: QtBot) -> None:
    window, views = three_views(qtbot)
    found = Pacer(window)
    found.hold_views(views)
    for view in views[:2]:
        view.setParent(None)
        view.deleteLater()
    qtbot.waitUntil(lambda: not found.is_busy)
    assert views[2].updatesEnabled()


def test_long_work_takes_several_turns(qtbot: QtBot) -> None:
    window = QLabel()
    qtbot.addWidget(window)
    found, done = Pacer(window), []
    found.later([lambda n=n: done.append(n) for n in range(50_000)])
    found._turn()
    assert 0 < len(done) < 50_000
    found.finish()
    assert done == list(range(50_000))


def test_the_application_has_one(qapp: object) -> None:
    assert pacer() is pacer()
