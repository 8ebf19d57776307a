"""The sentences under a panel: how far, how stable, how fast, how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fragscope_explainers.translation import tr

from ..curve_data import Areas
from ..panels import Panel, Status

if TYPE_CHECKING:
    from ..runs import RunState

STABLE = 0.95
"""Stability from which on a map is taken for settled."""
_LEAST_SECONDS = 0.5
_GAPS = ("   ", "   ", "   ", "  ", "  ")
"""Between facts, from the longest words to the shortest ones."""

Fact = tuple[str, ...]
"""One thing that is told, in fewer and fewer words; empty where it is left out."""
_STOPPED: Fact = (tr("stopped, drawing curves (Esc ends them)"), tr("stopped, drawing curves"))


def lines_of(facts: Sequence[Fact]) -> tuple[str, ...]:
    """All facts in one line, from the longest words to the shortest ones."""
    levels = ((gap, [fact[min(n, len(fact) - 1)] for fact in facts]) for n, gap in enumerate(_GAPS))
    return tuple(gap.join(filter(None, words)) for gap, words in levels)


def progress_facts(
    panel: Panel, target: int | None = None, *, contrast: bool = False, areas: Areas = ("", "")
) -> list[Fact]:
    """What the panel's footer tells about a class.

    Parameters
    ----------
    contrast : whether another class is subtracted in the panel; stability is not the contrast's.
    areas : under the deletion and the insertion curve, or "" while they are not known.
    """
    if panel.status in (Status.EMPTY, Status.UNSUPPORTED):
        return []
    if panel.status is Status.WAITING:
        return [_STOPPED if panel.scores_partial else (tr("waiting for its turn"),)]
    if panel.status is Status.FAILED:
        return [(tr("failed"),)]
    state = panel.state
    if state is None:
        cancelled = panel.status is Status.CANCELLED
        return [(tr("cancelled before its first result"),)] if cancelled else []
    snapshot = state.snapshot
    facts: list[Fact] = [_steps(state)] if snapshot.total > 1 else []
    stability = panel.stability(state.target if target is None else target)
    if stability is not None:
        told = _of_one_class(stability) if contrast else _verdict(panel, stability)
        # What to make of a map that is ready comes first.
        facts.insert(0 if panel.status is Status.FINISHED else len(facts), told)
    return [*facts, *_area_facts(areas), *_pace(panel)]


def _area_facts(areas: Areas) -> list[Fact]:
    """Areas under the curves, the first with an arrow down: there less is better."""
    deletion, insertion = areas
    facts: list[Fact] = []
    if deletion:
        short = tr("del. {area}", area=deletion)
        facts.append((tr("deletion {area}", area=deletion), short, short, f"↓{deletion}"))
    if insertion:
        short = tr("ins. {area}", area=insertion)
        facts.append((tr("insertion {area}", area=insertion), short, short, f"↑{insertion}"))
    return facts


def _steps(state: RunState) -> Fact:
    """Steps done and planned; an automatic run may end before its budget."""
    snapshot = state.snapshot
    at_most = "" if snapshot.is_final or getattr(state.explainer, "masks", None) != 0 else "\u2264 "
    text, done = f"{snapshot.done:,} / {at_most}{snapshot.total:,}", f"{snapshot.done:,}"
    return (text, text, text, done if snapshot.is_final else text)


def fraction_done(panel: Panel) -> float:
    """Share of the panel's steps that are taken, from 0 to 1."""
    if panel.state is None:
        return 0.0
    return panel.state.snapshot.done / max(panel.state.snapshot.total, 1)


def seconds_left(panel: Panel) -> float | None:
    """Estimate of the seconds until the method has taken all its steps."""
    if panel.status is not Status.RUNNING or panel.state is None:
        return None
    rate = wall_rate(panel)
    left = panel.state.snapshot.total - panel.state.snapshot.done
    return left / rate if rate and left else None


def wall_rate(panel: Panel) -> float | None:
    """Steps a second of wall time, other methods' turns included; None before it can be told."""
    elapsed = panel.clock.seconds
    if panel.state is None or elapsed < _LEAST_SECONDS:
        return None
    return (panel.state.snapshot.done - panel.first_done) / elapsed or None


def duration(seconds: float) -> str:
    """A duration in a few characters."""
    if seconds < 0.1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return tr("{seconds:.0f} min", seconds=seconds / 60)


def _pace(panel: Panel) -> list[Fact]:
    state = panel.state
    if state is None:
        return []
    masking = not state.snapshot.is_final and not panel.scores_partial
    if panel.status is Status.RUNNING and masking:
        rate, left = wall_rate(panel), seconds_left(panel)
        return (
            []
            if rate is None or left is None
            else [
                (f"{rate:,.0f} / s", ""),
                (tr("{duration} left", duration=duration(left)),),
            ]
        )
    if panel.status is Status.RUNNING:
        return [_STOPPED if panel.scores_partial else (tr("drawing curves"),)]
    if panel.status is Status.PAUSED:
        return [(tr("paused"),)]
    if panel.status is Status.CANCELLED:
        return [
            (tr("curves stopped"),)
            if state.snapshot.is_final
            else (tr("stopped, partial"), tr("stopped, partial"), tr("partial"))
        ]
    return [(tr("done in {duration}", duration=duration(state.seconds)), "")]


def _verdict(panel: Panel, stability: float) -> Fact:
    """Stability, and once the run has ended what to make of it."""
    text, number = tr("stability {stability:.2f}", stability=stability), f"{stability:.2f}"
    short = tr("stab. {stability:.2f}", stability=stability)
    if panel.status is not Status.FINISHED:
        return (text, text, text, short, number)
    explainer = panel.state.explainer if panel.state is not None else None
    enough = stability >= getattr(explainer, "stable", STABLE)
    if enough:
        stable = tr("stable {stability:.2f}", stability=stability)
        return (tr("{text}, stable", text=text), stable)
    full = tr("{text}, more masks would help", text=text)
    return (full, full, text, short, number)


def _of_one_class(stability: float) -> Fact:
    text = tr("stability of one class {stability:.2f}", stability=stability)
    return (text, text, text, f"~{stability:.2f}")
