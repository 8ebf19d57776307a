"""What a panel says of its run in every state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fragscope.runs import RunState, Stage
from fragscope.session import Panel, Status
from fragscope.widgets.progress_text import (
    duration,
    fraction_done,
    lines_of,
    progress_facts,
    seconds_left,
)
from fragscope_explainers import methods
from fragscope_explainers.classifiers.engines import EngineUse
from fragscope_explainers.types import MapSnapshot

TORCH = EngineUse("torch f32")


def in_one_line(panel: Panel) -> str:
    """All that is told of a panel, in the longest words."""
    return lines_of(progress_facts(panel))[0]


def panel(status: Status, done: int = 250, total: int = 1000) -> Panel:
    """A panel whose method took two seconds for `done` of `total` masks."""
    saliency = np.zeros((4, 4), np.float32)
    snapshot = MapSnapshot(done=done, total=total, forwards=done, maps={0: saliency})
    explainer = methods.create("rise", masks=total)
    state = RunState(
        Stage.EXPLAINING, explainer, 0, snapshot, saliency, 0.875, {}, 2.0, EngineUse("torch f32")
    )
    found = Panel(0, methods.method("rise"), status=status, state=state)
    found.clock._sum, found.first_done = 4.0, 10
    return found


def test_running_tells_masks_stability_rate_and_time_left() -> None:
    text = in_one_line(panel(Status.RUNNING))
    assert text.split("   ") == ["250 / 1,000", "stability 0.88", "60 / s", "12 s left"]


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (Status.PAUSED, "paused"),
        (Status.CANCELLED, "stopped, partial"),
        (Status.FINISHED, "stability 0.88, more masks would help   250 / 1,000   done in 2.0 s"),
    ],
)
def test_other_states_tell_the_time_taken(status: Status, end: str) -> None:
    assert in_one_line(panel(status)).endswith(end)


def test_at_the_end_of_the_masks_only_curves_are_left() -> None:
    finished = panel(Status.RUNNING, done=1000)
    assert in_one_line(finished).endswith("drawing curves")
    assert seconds_left(finished) is None
    assert fraction_done(finished) == 1.0


def test_an_automatic_run_has_at_most_its_budget() -> None:
    automatic = panel(Status.RUNNING)
    assert automatic.state is not None
    automatic.state = replace(automatic.state, explainer=methods.create("rise"))
    assert in_one_line(automatic).startswith("250 / \u2264 1,000   ")


def test_nothing_yet() -> None:
    fresh = Panel(0, methods.method("rise"))
    assert in_one_line(fresh) == ""
    fresh.status = Status.WAITING
    assert in_one_line(fresh) == "waiting for its turn"
    fresh.status = Status.CANCELLED
    assert "before its first result" in in_one_line(fresh)
    assert fraction_done(fresh) == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.04 s"), (9.94, "9.9 s"), (61.2, "61 s"), (600.0, "10 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_told_of_a_result_shortens_step_by_step_and_loses_no_score() -> None:
    areas = ("0.069", "0.845")
    lines = lines_of(progress_facts(panel(Status.FINISHED), areas=areas))
    assert lines == (
        "stability 0.88, more masks would help   250 / 1,000   deletion 0.069   insertion 0.845"
        "   done in 2.0 s",
        "stability 0.88, more masks would help   250 / 1,000   del. 0.069   ins. 0.845",
        "stability 0.88   250 / 1,000   del. 0.069   ins. 0.845",
        "stab. 0.88  250 / 1,000  ↓0.069  ↑0.845",
        "0.88  250 / 1,000  ↓0.069  ↑0.845",
    )
    whole = lines_of(progress_facts(panel(Status.FINISHED, 1000), areas=areas))
    assert whole[-1] == "0.88  1,000  ↓0.069  ↑0.845"


def test_a_stable_map_says_so_in_every_length() -> None:
    stable = panel(Status.FINISHED)
    assert stable.state is not None
    stable.state = replace(stable.state, stability=0.97)
    assert all("stable" in line for line in lines_of(progress_facts(stable)))


def test_while_a_run_goes_on_the_time_left_stays_to_the_last() -> None:
    lines = lines_of(progress_facts(panel(Status.RUNNING)))
    assert lines[0] == "250 / 1,000   stability 0.88   60 / s   12 s left"
    assert lines[-1] == "250 / 1,000  0.88  12 s left"
