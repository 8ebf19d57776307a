"""The sentences under a panel: how far, how stable, how fast, how long."""

from __future__ import annotations

from ..session import Panel, Status


def progress_text(panel: Panel) -> str:
    """One line for the panel's footer."""
    if panel.status is Status.EMPTY:
        return ""
    if panel.status is Status.WAITING:
        return "waiting for its turn"
    if panel.status is Status.FAILED:
        return "failed"
    state = panel.state
    if state is None:
        return "cancelled before its first result" if panel.status is Status.CANCELLED else ""
    snapshot = state.snapshot
    parts = [f"{snapshot.done:,} / {snapshot.total:,}"] if snapshot.total > 1 else []
    if state.stability is not None:
        parts.append(f"stability {state.stability:.2f}")
    parts.extend(_pace(panel))
    return "   ".join(parts)


def fraction_done(panel: Panel) -> float:
    """Share of the panel's steps that are taken, from 0 to 1."""
    if panel.state is None:
        return 0.0
    return panel.state.snapshot.done / max(panel.state.snapshot.total, 1)


def seconds_left(panel: Panel) -> float | None:
    """Estimate of the seconds until the method has taken all its steps."""
    if panel.status is not Status.RUNNING or panel.state is None:
        return None
    done = fraction_done(panel)
    if panel.state.snapshot.is_final:
        return None
    elapsed = panel.clock.seconds
    return elapsed * (1 - done) / done if done > 0 and elapsed > 0 else None


def duration(seconds: float) -> str:
    """A duration in a few characters."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def _pace(panel: Panel) -> list[str]:
    state = panel.state
    if state is None:
        return []
    if panel.status is Status.RUNNING and not state.snapshot.is_final:
        rate = state.snapshot.done / max(state.seconds, 1e-6)
        left = seconds_left(panel)
        return [f"{rate:,.0f} / s"] + ([f"{duration(left)} left"] if left is not None else [])
    if panel.status is Status.RUNNING:
        return ["drawing curves"]
    word = {Status.PAUSED: "paused", Status.CANCELLED: "stopped, partial"}.get(panel.status)
    return ([word] if word else []) + [duration(state.seconds)]
