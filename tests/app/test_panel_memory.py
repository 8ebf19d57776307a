from __future__ import annotations

from collections.abc import Callable

import pytest

from fragscope.panel_memory import forget, forget_common
from fragscope.panel_set import PanelSet
from fragscope.panels import Status
from fragscope.runs import RunState


@pytest.fixture
def panels(run_state: Callable[..., RunState]) -> PanelSet:
    """Two panels with the whole result of a gradient."""
    found = PanelSet([("saliency", {}), ("grad-cam", {})])
    for panel in found:
        panel.state, panel.status, panel.asked = run_state("saliency"), Status.FINISHED, {}
    return found


def test_panels_are_as_they_were_whatever_was_done(panels: PanelSet) -> None:
    before, state = panels.remember(), panels.of(1).state
    panels.remove(1)
    panels.add(("rise", {"masks": 9}))
    panels.move(1, 0)
    panels.of(0).held = 3
    assert panels.remember() != before
    gone = panels.recall(before)
    assert panels.remember() == before
    assert [panel.method.name for panel in gone] == ["rise"]
    assert panels.of(1).state is state
    assert panels.of(1).status is Status.FINISHED


def test_what_answers_the_same_question_stays_as_it_is(panels: PanelSet) -> None:
    before, kept = panels.remember(), panels.of(0)
    kept.held, kept.state = 4, None
    panels.recall(before)
    assert panels.of(0) is kept
    assert kept.held is None
    assert kept.state is None


@pytest.mark.parametrize(
    ("status", "whole", "expected", "has_state"),
    [
        (Status.WAITING, True, Status.EMPTY, False),
        (Status.RUNNING, False, Status.EMPTY, True),
        (Status.RUNNING, True, Status.CANCELLED, True),
        (Status.PAUSED, False, Status.CANCELLED, True),
        (Status.FAILED, True, Status.FAILED, True),
    ],
)
def test_a_run_that_was_under_way_is_at_rest_in_memory(
    run_state: Callable[..., RunState],
    status: Status,
    whole: bool,
    expected: Status,
    has_state: bool,
) -> None:
    panels = PanelSet([("rise", {})])
    state = run_state("rise", masks=20)
    panel = panels[0]
    if not whole:
        object.__setattr__(state.snapshot, "total", state.snapshot.done + 1)
    panel.state, panel.status, panel.job = state, status, 5
    kept = panels.remember()[0].kept
    assert (kept.status, kept.state is not None, kept.job) == (expected, has_state, None)
    assert (panel.status, panel.job) == (status, 5)


def test_only_what_differs_keeps_its_result(panels: PanelSet) -> None:
    before = panels.remember()
    panels.remove(1)
    forget_common(before, panels.remember())
    assert [memory.kept.state is not None for memory in before] == [False, True]
    forget(before[1].kept)
    assert before[1].kept.status is Status.EMPTY
