"""What `fragscope models` prints. No Qt."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from fragscope_explainers import model_names, models
from fragscope_explainers.translation import tr


def print_kinds(console: Console) -> None:
    """Print what `--model` takes, with an example of each kind and whether it is installed."""
    for entry in models().values():
        told = f"{entry.label}: {entry.summary}" + (f" ({entry.licence})" if entry.licence else "")
        console.print(f"[bold]{escape(entry.spec)}[/]  {escape(told)}")
        if entry.is_pattern:
            console.print(tr("  such as {example}", example=escape(entry.example)), style="dim")
        if not entry.is_installed:
            console.print(
                escape(tr("  not installed; pip install 'fragscope[{extra}]'", extra=entry.extra))
            )
    console.print(
        tr(
            "'fragscope models torchvision TEXT' and 'fragscope models timm TEXT' list the names "
            "that "
            "contain TEXT."
        ),
        style="dim",
    )


def print_names(console: Console, kind: str, text: str) -> None:
    """Print the specifications of a collection's models whose names contain a text."""
    found = model_names(kind, text)
    for name in found:
        console.print(escape(f"{kind}:{name}"))
    if not found:
        console.print(
            tr("no model of {kind} has '{text}' in its name", kind=escape(kind), text=escape(text)),
            style="dim",
        )


def telling(status: Status) -> Callable[[int, int | None], None]:
    """A report for `load_classifier` that shows how far a download is."""

    def tell(done: int, total: int | None) -> None:
        of = tr(" of {total:.0f}", total=total / 1e6) if total else ""
        status.update(tr("Fetching the model, {done:.0f}{of} MB ...", done=done / 1e6, of=of))

    return tell
