from __future__ import annotations

import pytest

from fragscope.panel_set import PanelSet
from fragscope.panels import Status


@pytest.fixture
def panels() -> PanelSet:
    return PanelSet([("mfpp", {"masks": 9}), ("rise", {}), ("mfpp", {})])


def numbers(panels: PanelSet) -> list[int]:
    return [panel.number for panel in panels]


def test_panels_of_one_method_are_counted(panels: PanelSet) -> None:
    assert panels.names() == {0: "MFPP 1", 1: "RISE", 2: "MFPP 2"}


def test_a_new_panel_takes_the_least_free_number(panels: PanelSet) -> None:
    panels.remove(1)
    assert panels.add(("saliency", {})).number == 1
    assert panels.add(("saliency", {})).number == 3
    assert numbers(panels) == [0, 2, 1, 3]
    with pytest.raises(KeyError):
        panels.of(7)


@pytest.mark.parametrize(
    ("place", "expected"), [(-4, [2, 0, 1]), (0, [2, 0, 1]), (1, [0, 2, 1]), (9, [0, 1, 2])]
)
def test_moving_keeps_to_the_ends(panels: PanelSet, place: int, expected: list[int]) -> None:
    panels.move(2, place)
    assert numbers(panels) == expected
    assert panels.place(2) == expected.index(2)


def test_a_copy_stands_behind_and_has_settings_of_its_own(panels: PanelSet) -> None:
    copy = panels.duplicate(0)
    assert numbers(panels) == [0, 3, 1, 2]
    assert (copy.method, copy.settings) == (panels.of(0).method, {"masks": 9})
    copy.settings["masks"] = 4
    assert panels.of(0).settings == {"masks": 9}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.FINISHED, Status.FINISHED),
        (Status.FAILED, Status.FAILED),
        (Status.RUNNING, Status.EMPTY),
    ],
)
def test_a_copy_of_a_running_panel_does_not_run(
    panels: PanelSet, status: Status, expected: Status
) -> None:
    original = panels.of(1)
    original.status, original.job = status, 5
    copy = panels.duplicate(1)
    assert (copy.status, copy.job) == (expected, None)


def test_others_take_the_place_of_all(panels: PanelSet) -> None:
    panels.replace([("rise", {}), ("grad-cam", {})])
    assert numbers(panels) == [0, 1]
    assert [panel.method.name for panel in panels[:2]] == ["rise", "grad-cam"]
