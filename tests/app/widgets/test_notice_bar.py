"""A notice goes when what it says is no longer so."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.notice_bar import NoticeBar


def test_only_the_sentence_that_is_shown_is_withdrawn(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show_text("one")
    bar.withdraw("another")
    assert not bar.isHidden()
    bar.withdraw("one")
    assert bar.isHidden()


def test_a_warning_about_one_picture_is_not_shown_with_another(window: MainWindow) -> None:
    window.check._told, window.check._told_of = "This picture hardly moves.", "insensitive"
    window.check.warned.emit(window.check._told)
    assert not window.notice.isHidden()
    window.session.image_changed.emit()
    assert window.notice.isHidden()


def test_a_warning_about_the_model_stays_with_its_pictures(window: MainWindow) -> None:
    window.check._told, window.check._told_of = "The model answers with NaN.", "not finite"
    window.check.warned.emit(window.check._told)
    window.session.image_changed.emit()
    assert not window.notice.isHidden()
    window.session.model_changed.emit()
    assert window.notice.isHidden()
