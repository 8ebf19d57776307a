"""All classes in one list: clicked, sought, pinned and contrasted with real events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fragscope.session import Session
from fragscope.widgets.class_delegate import Part, part_rectangle
from fragscope.widgets.class_model import EXPLAINED, INDEX
from fragscope.widgets.class_section import ClassSection


@pytest.fixture
def section(explained: Session, qtbot: QtBot) -> ClassSection:
    """The section of a session with results, in the size that it has in a small window."""
    found = ClassSection(explained)
    qtbot.addWidget(found)
    found.restore_pins({})
    found.resize(282, 200)
    with qtbot.waitExposed(found):
        found.show()
    return found


def listed(section: ClassSection) -> list[int]:
    model = section.list.model()
    return [model.index(row, 0).data(INDEX) for row in range(model.rowCount())]


def place_of(section: ClassSection, index: int) -> QModelIndex:
    return section.list.model().index(listed(section).index(index), 0)


def click(section: ClassSection, index: int, qtbot: QtBot, part: Part | None = None) -> None:
    """Click on a class's name, or on a part of its row."""
    place = place_of(section, index)
    section.list.scrollTo(place)
    row = section.list.visualRect(place)
    point = part_rectangle(part, row).center() if part is not None else QPoint(60, row.center().y())
    qtbot.mouseClick(section.list.viewport(), Qt.MouseButton.LeftButton, pos=point)


def seem_close(session: Session, share: float) -> None:
    """Let the session's model be less sure: the second class gets this share of the first's."""
    prediction = session.prediction
    assert prediction is not None
    first, second = prediction.top[:2]
    probabilities = np.array(prediction.probabilities)
    probabilities[first], probabilities[second] = 0.4, 0.4 * share
    session.picture.prediction = replace(prediction, probabilities=probabilities)
    session.target_changed.emit()


def test_every_class_is_listed_and_the_predicted_one_marked(
    section: ClassSection, explained: Session
) -> None:
    probabilities = explained.prediction.probabilities
    assert listed(section) == np.argsort(-probabilities, kind="stable").tolist()
    assert place_of(section, explained.target).data(EXPLAINED)
    assert section.notes.warning.isHidden()


def test_a_click_explains_and_a_warning_names_the_predicted_class(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    last = listed(section)[-1]
    click(section, last, qtbot)
    assert explained.target == last
    assert place_of(section, last).data(EXPLAINED)
    predicted = explained.label(explained.prediction.top[0])
    assert section.notes.warning.isVisible()
    assert section.notes.warning.text().startswith(f"Not the predicted class: {predicted} ")
    click(section, explained.prediction.top[0], qtbot)
    assert section.notes.warning.isHidden()


def test_the_explained_class_is_scrolled_to(section: ClassSection, explained: Session) -> None:
    last = listed(section)[-1]
    explained.set_target(last)
    row = section.list.visualRect(place_of(section, last))
    assert section.list.viewport().rect().contains(row)


def test_arrows_move_and_return_explains(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    first, second = listed(section)[:2]
    qtbot.keyClick(section.list, Qt.Key.Key_Down)
    assert explained.target == first
    qtbot.keyClick(section.list, Qt.Key.Key_Return)
    assert explained.target == second


def test_a_text_narrows_the_list_and_return_explains(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    rare = next(i for i in range(10) if i not in explained.prediction.top)
    qtbot.keyClicks(section.search, str(rare))
    assert set(listed(section)) == {rare, explained.target}
    qtbot.keyClick(section.search, Qt.Key.Key_Return)
    assert explained.target == rare
    assert section.search.text() == ""
    assert len(listed(section)) == 10


def test_down_goes_from_the_field_to_what_was_found(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    rare = next(i for i in range(10) if i not in explained.prediction.top)
    qtbot.keyClicks(section.search, str(rare))
    qtbot.keyClick(section.search, Qt.Key.Key_Down)
    assert section.list.current_class() == rare
    qtbot.keyClick(section.list, Qt.Key.Key_Return)
    assert explained.target == rare


def test_nothing_found_says_so_and_explains_nothing(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    before = explained.target
    qtbot.keyClicks(section.search, "zebra")
    assert section._nothing.isVisible()
    qtbot.keyClick(section.search, Qt.Key.Key_Return)
    assert explained.target == before
    section.search.clear()
    assert not section._nothing.isVisible()


def test_a_star_pins_without_explaining(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    before, last = explained.target, listed(section)[-1]
    click(section, last, qtbot, Part.STAR)
    assert explained.target == before
    assert listed(section)[0] == last
    assert section.pins == {explained.model_spec: [last]}
    click(section, last, qtbot, Part.STAR)
    assert listed(section)[-1] == last
    assert section.pins == {explained.model_spec: []}


def test_pins_come_back_for_their_model_only(section: ClassSection, explained: Session) -> None:
    section.restore_pins({explained.model_spec: [7, 3, 500], "another": [1]})
    assert set(listed(section)[:2]) == {3, 7}
    section.toggle_pin(3)
    assert section.pins == {explained.model_spec: [7], "another": [1]}


def test_versus_subtracts_and_the_chip_swaps_and_ends_it(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    first, second = explained.prediction.top[:2]
    click(section, second, qtbot, Part.VERSUS)
    assert (explained.target, explained.against) == (first, second)
    names = f"{explained.label(first)} \u2212 {explained.label(second)}"
    assert section.notes.contrast.text() == names
    qtbot.mouseClick(section.notes.swap, Qt.MouseButton.LeftButton)
    assert (explained.target, explained.against) == (second, first)
    assert section.notes.warning.isVisible()
    qtbot.mouseClick(section.notes.end, Qt.MouseButton.LeftButton)
    assert (explained.target, explained.against) == (second, None)
    assert section.notes.chip.isHidden()


def test_the_key_subtracts_the_current_row_or_the_next_best(
    section: ClassSection, explained: Session
) -> None:
    section.toggle_contrast()
    assert explained.against == explained.prediction.top[1]
    section.toggle_contrast()
    assert explained.against is None
    section.list.setCurrentIndex(place_of(section, explained.prediction.top[3]))
    section.toggle_contrast()
    assert explained.against == explained.prediction.top[3]


def test_close_classes_offer_their_difference(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    first, second = explained.prediction.top[:2]
    seem_close(explained, share=0.5)
    assert section.notes.offer.isHidden()
    seem_close(explained, share=0.95)
    names = f"{explained.label(first)} 40% or {explained.label(second)} 38%?"
    assert section.notes.question.text() == names
    qtbot.mouseClick(section.notes.show_difference, Qt.MouseButton.LeftButton)
    assert (explained.target, explained.against) == (first, second)
    assert section.notes.offer.isHidden()


def test_the_menu_explains_subtracts_pins_and_copies(
    section: ClassSection, explained: Session, qtbot: QtBot
) -> None:
    first, second, third = explained.prediction.top[:3]

    def trigger(index: int, text: str) -> None:
        menu = section.list.menu(place_of(section, index))
        next(action for action in menu.actions() if action.text() == text).trigger()

    trigger(second, "Subtract this class")
    assert explained.against == second
    trigger(second, "Stop subtracting it")
    assert explained.against is None
    trigger(third, "Pin to the top")
    assert listed(section)[0] == third
    trigger(third, "Unpin")
    assert listed(section)[0] == first
    trigger(third, "Copy name")
    assert QApplication.clipboard().text() == explained.label(third)
    trigger(third, "Explain this class instead")
    assert explained.target == third
    explain, versus = section.list.menu(place_of(section, third)).actions()[:2]
    assert not explain.isEnabled()
    assert not versus.isEnabled()


def test_a_new_picture_empties_the_list_until_the_model_answers(
    section: ClassSection, explained: Session, qtbot: QtBot, make_photo: Callable[..., Path]
) -> None:
    click(section, explained.prediction.top[1], qtbot, Part.VERSUS)
    with qtbot.waitSignal(explained.image_changed):
        explained.open_file(make_photo("other.png", 95, 120, 8))
    assert listed(section) == []
    assert "asking" in section.list.waiting_text
    assert not section.search.isEnabled()
    assert section.notes.isHidden()
    qtbot.waitUntil(lambda: explained.prediction is not None, timeout=10_000)
    assert len(listed(section)) == 10
    assert explained.against is None
