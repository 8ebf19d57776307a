"""The class of another model that has the same name. No Qt."""

from __future__ import annotations

from collections.abc import Sequence


def same_class(index: int | None, labels: Sequence[str], others: Sequence[str]) -> int | None:
    """Where a class of `labels` is among `others`: by its exact name, else in any case; or None."""
    if index is None or labels is others or tuple(labels) == tuple(others):
        return index
    name = labels[index]
    if name in others:
        return others.index(name)
    folded = [other.casefold() for other in others]
    return folded.index(name.casefold()) if name.casefold() in folded else None
