"""The command line. `fragscope` alone, with pictures or a session, opens the window.

No Qt but for that.
"""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from fragscope_explainers.errors import FragScopeError, ParameterError, UnknownNameError, one_of
from fragscope_explainers.fills import FILLS
from fragscope_explainers.translation import tr
from fragscope_explainers.types import PRECISIONS
from fragscope_resources.samples import SAMPLES, sample

from . import __version__, display
from .cli_options import (
    CurvesOption,
    DeviceOption,
    FillOption,
    MasksOption,
    MethodOption,
    ModelOption,
    OutOption,
    PrecisionOption,
    SettingsOption,
    TargetOption,
    TrustOption,
    WindowOption,
)
from .files import picture_files
from .model_choice import DEFAULT_MODEL, ModelChoice, model_settings
from .progress_bars import ExplainingBars

if TYPE_CHECKING:
    from rich.status import Status

    from fragscope_explainers.classifiers.loaded import LoadedClassifier

    from .batch import Plan

_OUT = Console(emoji=False, highlight=False, soft_wrap=True)
_ERR = Console(stderr=True, emoji=False, highlight=False, soft_wrap=True)
_USAGE_ERROR = 2
_INTERRUPTED = 130
_WINDOW_OPTIONS = ("--model", "--set", "--device", "--precision", "--trust")
"""Options that open the window without a picture."""


app = typer.Typer(
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(
    help="\n".join(
        (
            tr("Why did this image classifier say that, and can I believe the explanation?"),
            "",
            tr(
                "FragScope PICTURE opens the window on a picture, and with --model MODEL on a "
                "model of yours; FragScope FILE.fragscope opens a saved session; the commands "
                "below need no display."
            ),
        )
    )
)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help=tr("Print the version."))] = False,
) -> None:
    """Open the window, where no command is given."""
    if version:
        _OUT.print(f"FragScope {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _open_window([])


@app.command("open", hidden=True)
def open_pictures(
    pictures: Annotated[list[str] | None, typer.Argument()] = None,
    model: ModelOption = DEFAULT_MODEL,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help=tr("model.FIELD=VALUE; repeat for more."))
    ] = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "f32",
    trust: TrustOption = False,
) -> None:
    """Open the window on pictures and a model."""
    paths = [Path(text) for text in pictures or []]
    for path in paths:
        if not path.exists():
            _fail(tr("{path}: no such file", path=path), _USAGE_ERROR)
    try:
        choice = ModelChoice(model, model_settings(settings or []), trust, device)
    except FragScopeError as error:
        _fail(str(error), _USAGE_ERROR)
    _open_window(paths, precision, choice)


@app.command(help=tr("Explain pictures and write a report folder for each, without a window."))
def explain(
    pictures: Annotated[list[Path], typer.Argument(help=tr("Picture files, or folders of them."))],
    out: OutOption,
    model: ModelOption = DEFAULT_MODEL,
    method: MethodOption = None,
    target: TargetOption = "top1",
    masks: MasksOption = None,
    seed: Annotated[int, typer.Option(min=0, help=tr("Seed of every random choice."))] = 0,
    fill: FillOption = "mean",
    settings: SettingsOption = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "f32",
    curves: CurvesOption = True,
    trust: TrustOption = False,
    window: WindowOption = None,
) -> None:
    """Explain pictures and write a report folder for each, without a window."""
    what = (model, method, target, masks, seed, fill, settings)
    _explain(pictures, out, _Wish(*what, device, precision, curves, trust, window))


@app.command(
    help=tr(
        "Explain a sample photo by three methods into a report folder, then open the window on it."
    )
)
def demo(
    out: OutOption = Path("fragscope-report"),
    masks: MasksOption = None,
    window: Annotated[
        bool, typer.Option(help=tr("Open the window where there is a display."))
    ] = True,
) -> None:
    """Explain a sample photo by three methods into a report folder, then open the window on it."""
    picture = sample(SAMPLES[0].name).path
    _explain([picture], out, _Wish(masks=masks))
    if not window:
        return
    if display.is_visible():
        _OUT.print(tr("The window now explains it again, live."))
        _open_window([picture])
    else:
        _OUT.print(tr("No display here, so no window: the report folder has everything."))


@app.command("methods", help=tr("List the methods and their parameters."))
def list_methods() -> None:
    """List the methods and their parameters."""
    from fragscope_explainers import methods, parameters

    for entry in methods:
        cls = entry.load()
        _OUT.print(f"[bold]{entry.name}[/]  {escape(cls.summary)}")
        _OUT.print(
            tr("  {reference}; needs {access}", reference=escape(cls.reference), access=cls.access),
            style="dim",
        )
        for p in parameters.parameters(cls):
            choices = tr(" One of {choices}.", choices=", ".join(p.choices)) if p.choices else ""
            _OUT.print(f"  {p.name}={p.text(p.default)}  {escape(p.help)}{choices}")


@app.command("models", help=tr("List what --model takes, or the names of a collection's models."))
def list_models(
    kind: Annotated[
        str, typer.Argument(help=tr("torchvision or timm; without it, all kinds."))
    ] = "",
    text: Annotated[str, typer.Argument(help=tr("Only names that contain this text."))] = "",
) -> None:
    """List what --model takes, or the names of a collection's models."""
    from . import model_list

    if kind:
        model_list.print_names(_OUT, kind, text)
    else:
        model_list.print_kinds(_OUT)


@app.command(help=tr("Look the installation over; paste the output into a bug report."))
def doctor() -> None:
    """Look the installation over; paste the output into a bug report."""
    from .environment import findings

    ill = 0
    for subject, found, well in findings():
        ill += not well
        mark = "[green]ok[/]" if well else "[red]!![/]"
        _OUT.print(f"{mark} {subject}: {escape(found)}")
    if ill:
        _fail(tr("look at what is marked !! above: {ill} in all", ill=ill))


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `fragscope` command; what is no command is a picture to open."""
    _print_any_name()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in _WINDOW_OPTIONS:
        given.insert(0, "open")
    elif given and not given[0].startswith("-") and given[0] not in _command_names():
        _check_is_picture(given[0])
        given.insert(0, "open")
    try:
        app(given)
    except FragScopeError as error:
        _fail(str(error))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What `explain` is asked for, as its options have it."""

    model: str = DEFAULT_MODEL
    method: list[str] | None = None
    target: str = "top1"
    masks: str | None = None
    seed: int = 0
    fill: str = "mean"
    settings: list[str] | None = None
    device: str = "auto"
    precision: str = "f32"
    curves: bool = True
    trust: bool = False
    window: str | None = None


def _explain(pictures: list[Path], out: Path, wish: _Wish) -> None:
    with _ERR.status(tr("Loading the model ...")) as status:
        from fragscope_explainers.allocator import keep_large_buffers

        from . import batch
        from .files import check_writable

        try:
            chosen = batch.parse_settings(wish.settings or [])
            plan = _planned(wish, chosen)
            arithmetic = one_of("precision", wish.precision, PRECISIONS)
            files = picture_files(pictures)
            check_writable(out)
            keep_large_buffers()
            classifier = _loaded(wish, chosen, status)
            can = batch.possible(plan.explainers, classifier, all_of_them=wish.method is not None)
        except FragScopeError as error:
            _fail(str(error), _USAGE_ERROR)
        note = batch.fast_engine(classifier, arithmetic)
    if note:
        _ERR.print(tr("note: {note}", note=escape(note)))
    _explain_all(files, out, classifier, replace(plan, explainers=can))


def _planned(wish: _Wish, chosen: dict[str, dict[str, str]]) -> Plan:
    """What is to be done with every picture, before the model is there."""
    from fragscope_explainers.classifiers.specs import without_secrets
    from fragscope_explainers.counts import Window

    from . import batch

    names = wish.method or list(batch.DEFAULT_METHODS)
    return batch.Plan(
        wish.model,
        batch.make_explainers(names, _mask_count(wish.masks), chosen),
        wish.target,
        wish.seed,
        one_of("fill", wish.fill, FILLS),
        without_secrets(shlex.join(sys.argv)),
        wish.curves,
        None if wish.window is None else Window.of(wish.window),
    )


def _loaded(wish: _Wish, chosen: dict[str, dict[str, str]], status: Status) -> LoadedClassifier:
    from . import batch, model_list

    return batch.load(
        wish.model,
        wish.device,
        wish.target,
        chosen.get(batch.MODEL),
        trusted=wish.trust,
        report=model_list.telling(status),
    )


def _explain_all(files: list[Path], out: Path, classifier: LoadedClassifier, plan: Plan) -> None:
    """Explain pictures with bars that tell how far it is; fail where one could not be."""
    from . import batch

    failed, windows = 0, []
    try:
        with ExplainingBars(len(files), _OUT, _ERR) as bars:
            for outcome in batch.explain_pictures(files, out, classifier, plan, bars):
                failed += bool(outcome.error)
                bars.picture_done(outcome)
                windows += batch.window_of(outcome)
    except KeyboardInterrupt:  # typer would end without a word
        _fail(tr("stopped; reports already written are complete"), _INTERRUPTED)
    note = batch.differing_windows(windows)
    if note:
        _ERR.print(tr("note: {note}", note=escape(note)))
    if failed:
        _fail(
            tr(
                "{failed} of {count} pictures could not be explained",
                failed=failed,
                count=len(files),
            )
        )


def _mask_count(text: str | None) -> int | None:
    """The number that --masks gives, 0 for auto."""
    if text is None or text == "auto":
        return 0 if text else None
    if not text.isdecimal() or int(text) < 1:
        raise ParameterError(
            tr("--masks takes a whole number from 1 on, or auto, got '{text}'", text=text)
        )
    return int(text)


def _open_window(
    paths: list[Path], precision: str = "f32", choice: ModelChoice | None = None
) -> None:
    arithmetic = one_of("precision", precision, PRECISIONS)
    if not display.is_present():
        _fail(
            tr(
                "there is no display to open a window on; "
                "use 'fragscope explain PICTURE --out FOLDER' instead"
            )
        )
    from .environment import window_trouble

    trouble = window_trouble()
    if trouble:
        _fail(
            tr("no window can be opened here: {trouble}; see 'fragscope doctor'", trouble=trouble)
        )
    from .window_main import run

    raise typer.Exit(run(paths, arithmetic, choice))


def _check_is_picture(text: str) -> None:
    """Fail where a first word that is no command does not look like a picture either."""
    if not Path(text).suffix and not os.path.lexists(text):
        known = sorted(name for name in _command_names() if name != "open")
        _fail(str(UnknownNameError("command", text, known)), _USAGE_ERROR)


def _print_any_name() -> None:
    """Let the output take file names and signs that its encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _command_names() -> list[str]:
    return [str(c.name or getattr(c.callback, "__name__", "")) for c in app.registered_commands]


def _fail(sentence: str, code: int = 1) -> Any:
    _ERR.print(tr("[red]error:[/] {sentence}", sentence=escape(sentence)))
    raise SystemExit(code)
