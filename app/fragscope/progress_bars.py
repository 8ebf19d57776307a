"""How far `fragscope explain` is, and what came of each picture. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fragscope_explainers.translation import shown, tr

_SEVERITIES = {"warning": tr("warning"), "note": tr("note")}


class ExplainingBars:
    """Progress bars on the error stream; results go to the output.

    Parameters
    ----------
    pictures : how many are to be explained.
    out, err : the two streams.
    """

    def __init__(self, pictures: int, out: Console, err: Console) -> None:
        self._out, self._err = out, err
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            console=self._err,
            transient=True,
            disable=not self._err.is_interactive,  # a log would get an empty line
        )
        self._pictures = self._bars.add_task("pictures", total=pictures, note="")
        self._method: Any = None
        self._told = False

    def __enter__(self) -> ExplainingBars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def start(self, label: str, total: int) -> None:
        if self._method is not None:
            self._bars.remove_task(self._method)
        self._method = self._bars.add_task(label, total=total, note="")

    def update(self, done: int, total: int, note: str) -> None:
        self._bars.update(self._method, completed=done, total=total, note=note)

    def picture_done(self, outcome: Any) -> None:
        self._bars.advance(self._pictures)
        if outcome.error:
            self._err.print(tr("[red]error:[/] {error}", error=escape(outcome.error)))
            return
        self._tell(outcome.report.model.findings)
        self._out.print(_result_table(outcome))
        results = outcome.report.results
        engines = {result.state.engine.note: None for result in results}
        odd = (f"{result.name}: {shown(result.note)}" for result in results if result.note)
        kept = (*outcome.report.model_input.image.notes, *filter(None, engines))
        for note in (*map(shown, kept), *odd):
            self._out.print(tr("  note: {note}", note=escape(note)), style="dim")
        self._out.print(f"  {escape(str(outcome.folder))}", style="bold")

    def _tell(self, findings: Sequence[Any]) -> None:
        """What was seen of the model, once for all pictures."""
        for finding in () if self._told else findings:
            self._err.print(f"{_SEVERITIES[finding.severity]}: {escape(shown(finding.text))}")
        self._told = True


def _result_table(outcome: Any) -> Table:
    report = outcome.report
    index, probability = report.top[0]
    title = f"{outcome.path}: {report.label(index)} {probability:.1%}"
    table = Table(
        "method",
        "class",
        tr("deletion ↓"),
        tr("insertion ↑"),
        "stability",
        "masks",
        "seconds",
        title=escape(title),
        title_justify="left",
        box=None,
    )
    for result in report.results:
        numbers = (result.auc("deletion"), result.auc("insertion"), result.state.stability)
        table.add_row(
            result.name,
            report.label(result.state.target),
            *("-" if value is None else f"{value:.3f}" for value in numbers),
            str(result.masks or "-"),
            f"{result.state.seconds:.1f}",
        )
    return table
