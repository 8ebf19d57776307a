"""The order of classes, what a text finds among them, and what a row says."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from fragscope.widgets.class_model import INDEX, ClassFilter, ClassModel

NAMES = ("ant", "Bee", "cat", "crane", "crane", "catfish")
PROBABILITIES = np.array([0.1, 0.3, 0.25, 0.05, 0.2, 0.1], np.float32)


@pytest.fixture
def model(qapp: object) -> ClassModel:
    found = ClassModel()
    found.set_labels(NAMES)
    found.set_probabilities(PROBABILITIES)
    return found


@pytest.fixture
def classes(model: ClassModel) -> ClassFilter:
    return ClassFilter(model)


def listed(model: ClassModel | ClassFilter) -> list[int]:
    return [model.index(row, 0).data(INDEX) for row in range(model.rowCount())]


def test_both_keep_the_rules_of_qt(model: ClassModel, classes: ClassFilter) -> None:
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    testers = [QAbstractItemModelTester(found, fatal) for found in (model, classes)]
    model.set_explained(1, 2)
    classes.search("cat")
    model.set_explained(0, None)
    model.set_pins({3})
    classes.search("")
    model.set_probabilities(None)
    assert all(tester.model().rowCount() == 0 for tester in testers)


def test_pinned_ones_come_first_then_the_most_probable(model: ClassModel) -> None:
    assert listed(model) == [1, 2, 4, 0, 5, 3]
    model.set_pins({3, 0, 99})
    assert listed(model) == [0, 3, 1, 2, 4, 5]
    assert model.pins == {0, 3}
    assert all(model.index_of(index).data(INDEX) == index for index in range(len(NAMES)))


@pytest.mark.parametrize(
    ("text", "found"),
    [("", [1, 2, 4, 0, 5, 3]), ("CAT", [2, 5]), (" ee ", [1]), ("4", [4]), ("emu", [])],
)
def test_a_text_finds_parts_of_names_and_indices(
    classes: ClassFilter, text: str, found: list[int]
) -> None:
    classes.search(text)
    assert listed(classes) == found


def test_the_explained_class_stays_whatever_is_sought(
    model: ClassModel, classes: ClassFilter
) -> None:
    model.set_explained(1, None)
    classes.search("cat")
    assert listed(classes) == [1, 2, 5]
    assert classes.first_found().data(INDEX) == 2
    model.set_explained(0, None)
    assert listed(classes) == [2, 0, 5]
    classes.search("emu")
    assert listed(classes) == [0]
    assert not classes.first_found().isValid()


def test_a_row_tells_a_screen_reader_what_it_shows(model: ClassModel) -> None:
    model.set_pins({2})
    model.set_explained(1, 2)
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index_of(1).data(role) == "Bee 30%, explained"
    assert model.index_of(2).data(role) == "cat 25%, subtracted, pinned"
    assert model.index_of(0).data(role) == "ant 10%"


def test_many_classes_are_all_listed_and_found(qapp: object) -> None:
    count = 21_841
    model = ClassModel()
    model.set_labels([f"class {number:05d}" for number in range(count)])
    probabilities = np.random.default_rng(1).permutation(count).astype(np.float32)
    model.set_probabilities(probabilities / probabilities.sum())
    classes = ClassFilter(model)
    assert listed(classes)[0] == int(probabilities.argmax())
    classes.search("0123")
    assert sorted(listed(classes)) == [123, *range(1230, 1240), 10123, 20123]
