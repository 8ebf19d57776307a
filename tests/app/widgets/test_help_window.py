"""The help: topics with pictures, found by words, gone through by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as PillowImage
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QTextDocument
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from fragscope.widgets import theme
from fragscope.widgets.help_page import HelpPage
from fragscope.widgets.help_window import HelpWindow
from fragscope_resources.help_page import topics

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    found = QWidget()
    qtbot.addWidget(found)
    return found


@pytest.fixture
def help_window(owner: QWidget, qtbot: QtBot) -> HelpWindow:
    window = HelpWindow(owner)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.field.hasFocus)
    return window


@pytest.fixture
def page(tmp_path: Path, qtbot: QtBot) -> HelpPage:
    """A page of 400 pixels with a picture of 900 x 90 pixels and one of 50 x 40."""
    for name, size in (("wide.png", (900, 90)), ("small.png", (50, 40))):
        PillowImage.new("RGB", size, "#cc0000").save(tmp_path / name)
    found = HelpPage(tmp_path)
    qtbot.addWidget(found)
    found.resize(400, 300)
    with qtbot.waitExposed(found):
        found.show()
    return found


def titles(window: HelpWindow) -> list[str]:
    return [window.list.item(row).text() for row in range(window.list.count())]


def test_it_begins_with_all_topics_and_shows_the_first(help_window: HelpWindow) -> None:
    assert titles(help_window) == [topic.title for topic in topics()]
    assert help_window.topic == topics()[0]
    assert help_window.page.toPlainText().startswith(topics()[0].title)
    assert not help_window.isModal()


def test_a_click_shows_a_topic(help_window: HelpWindow, qtbot: QtBot) -> None:
    area = help_window.list.visualItemRect(help_window.list.item(3))
    viewport = help_window.list.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=area.center())
    assert help_window.page.toPlainText().startswith(topics()[3].title)


def test_keys_go_through_the_topics_while_the_field_has_the_focus(
    help_window: HelpWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(help_window.field, Qt.Key.Key_Down)
    qtbot.keyClick(help_window.field, Qt.Key.Key_Down)
    assert help_window.topic == topics()[2]
    qtbot.keyClick(help_window.field, Qt.Key.Key_Up)
    assert help_window.topic == topics()[1]
    assert help_window.field.hasFocus()


def test_words_find_topics_and_are_marked_in_them(help_window: HelpWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(help_window.field, "Insertion fill area")
    assert titles(help_window) == ["Curves, scores and the scrubber"]
    assert help_window.page.marks >= 3
    qtbot.keyClick(help_window.field, Qt.Key.Key_Return)
    assert help_window.page.textCursor().selectedText().casefold() == "insertion"
    assert help_window.isVisible()


def test_return_goes_round_all_places(help_window: HelpWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(help_window.field, "scrubber")
    places = []
    for _ in range(40):
        qtbot.keyClick(help_window.field, Qt.Key.Key_Return)
        places.append(help_window.page.textCursor().position())
    assert places[0] in places[1:]
    assert len(set(places)) == help_window.page.marks


def test_the_topic_stays_while_it_has_the_words(help_window: HelpWindow, qtbot: QtBot) -> None:
    help_window.show_topic("Swipe between map and picture")
    qtbot.keyClicks(help_window.field, "map")
    assert help_window.topic is not None
    assert help_window.topic.title == "Swipe between map and picture"
    help_window.show_topic("no such topic")
    assert help_window.topic.title == "Swipe between map and picture"


def test_words_that_stand_nowhere_are_told(help_window: HelpWindow, qtbot: QtBot) -> None:
    qtbot.keyClicks(help_window.field, "xylophone")
    assert titles(help_window) == []
    assert help_window._nothing.isVisible()
    qtbot.keyClick(help_window.field, Qt.Key.Key_Escape)
    assert help_window.field.text() == ""
    assert len(titles(help_window)) == len(topics())
    assert not help_window._nothing.isVisible()


def test_escape_closes_and_control_f_searches(help_window: HelpWindow, qtbot: QtBot) -> None:
    help_window.page.setFocus()
    qtbot.keyClick(help_window.page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(help_window.field.hasFocus)
    qtbot.keyClick(help_window.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(help_window) or not help_window.isVisible())


def test_every_picture_of_every_topic_is_drawn(help_window: HelpWindow) -> None:
    for topic in topics():
        help_window.show_topic(topic.title)
        for name in topic.pictures:
            assert not help_window.page.loadResource(IMAGE, name).isNull(), name


def test_wide_pictures_shrink_with_the_page_and_small_ones_stay(page: HelpPage) -> None:
    page.show_text("![](wide.png)\n\n![](small.png)")
    before = page.loadResource(IMAGE, "wide.png").width()
    assert before <= page.viewport().width()
    assert page.loadResource(IMAGE, "small.png").width() == 50
    page.resize(300, 300)
    QApplication.processEvents()
    assert page.loadResource(IMAGE, "wide.png").width() == before - 100
    assert page.document().idealWidth() <= page.viewport().width()


def test_the_page_stays_where_it_was_when_it_becomes_narrower(page: HelpPage) -> None:
    page.show_text("word " * 2000)
    bar = page.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    page.resize(300, 300)
    QApplication.processEvents()
    assert bar.value() / bar.maximum() == pytest.approx(0.5, abs=0.02)
    page.show_text("word " * 2000)
    assert bar.value() == 0


def test_marks_have_the_colours_of_the_theme(page: HelpPage, qapp: QApplication) -> None:
    page.show_text("one word and another word", "word")
    assert page.marks == 2
    for name in ("dark", "light"):
        tokens = theme.apply(qapp, name)
        QApplication.processEvents()
        found = page.extraSelections()[0]
        assert found.format.background().color() == QColor(tokens.accent)
        assert found.format.foreground().color() == QColor(tokens.on_accent)
        assert page.viewport().grab().toImage().pixelColor(QPoint(2, 2)) == QColor(tokens.surface)


def test_every_control_has_a_name_and_a_tip(help_window: HelpWindow) -> None:
    for widget in (help_window.field, help_window.list, help_window.page):
        assert widget.accessibleName()
        assert widget.toolTip() or widget.accessibleDescription()


def test_the_help_speaks_the_language_of_the_messages(
    owner: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "help.de.md").write_text("## Ein Bild\n\nText\n", encoding="utf-8")
    monkeypatch.setattr("fragscope.widgets.help_window.language", lambda: "de")
    monkeypatch.setattr("fragscope.widgets.help_window.folders", lambda: (tmp_path,))
    assert titles(HelpWindow(owner)) == ["Ein Bild"]
