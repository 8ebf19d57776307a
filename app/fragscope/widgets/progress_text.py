"""The sentences under a panel: how far, how stable, how fast, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fragscope_explainers.translation import tr

from ..panels import Panel, Status

if TYPE_CHECKING:
    from ..runs import RunState

STABLE = 0.95
"""Stability from which on a map is taken for settled."""
_LEAST_SECONDS = 0.5


def progress_text(panel: Panel, target: int | None = None, *, contrast: bool = False) -> str:
    """One line for the panel's footer, about a class.

    Parameters
    ----------
    contrast : whether another class is subtracted in the panel; stability is not the contrast's.
    """
    if panel.status in (Status.EMPTY, Status.UNSUPPORTED):
        return ""
    if panel.status is Status.WAITING:
        return tr("stopped, drawing curves") if panel.scores_partial else tr("waiting for its turn")
    if panel.status is Status.FAILED:
        return tr("failed")
    state = panel.state
    if state is None:
        return tr("cancelled before its first result") if panel.status is Status.CANCELLED else ""
    snapshot = state.snapshot
    parts = [_steps(state)] if snapshot.total > 1 else []
    stability = panel.stability(state.target if target is None else target)
    if stability is not None:
        alone = tr("stability of one class {stability:.2f}", stability=stability)
        told = alone if contrast else _verdict(panel, stability)
        # What to make of a map that is ready comes first: a narrow panel shows the beginning only.
        parts.insert(0 if panel.status is Status.FINISHED else len(parts), told)
    parts.extend(_pace(panel))
    return "   ".join(parts)


def _steps(state: RunState) -> str:
    """Steps done and planned; an automatic run may end before its budget."""
    snapshot = state.snapshot
    at_most = "" if snapshot.is_final or getattr(state.explainer, "masks", None) != 0 else "\u2264 "
    return f"{snapshot.done:,} / {at_most}{snapshot.total:,}"


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


def _pace(panel: Panel) -> list[str]:
    state = panel.state
    if state is None:
        return []
    masking = not state.snapshot.is_final and not panel.scores_partial
    if panel.status is Status.RUNNING and masking:
        rate, left = wall_rate(panel), seconds_left(panel)
        return (
            []
            if rate is None or left is None
            else [f"{rate:,.0f} / s", tr("{duration} left", duration=duration(left))]
        )
    if panel.status is Status.RUNNING:
        return [tr("stopped, drawing curves") if panel.scores_partial else tr("drawing curves")]
    stopped = tr("curves stopped") if state.snapshot.is_final else tr("stopped, partial")
    done = tr("done in {duration}", duration=duration(state.seconds))
    return [{Status.PAUSED: tr("paused"), Status.CANCELLED: stopped}.get(panel.status, done)]


def _verdict(panel: Panel, stability: float) -> str:
    """Stability, and once the run has ended what to make of it."""
    text = tr("stability {stability:.2f}", stability=stability)
    if panel.status is not Status.FINISHED:
        return text
    explainer = panel.state.explainer if panel.state is not None else None
    enough = stability >= getattr(explainer, "stable", STABLE)
    return (
        tr("{text}, stable", text=text)
        if enough
        else tr("{text}, more masks would help", text=text)
    )
