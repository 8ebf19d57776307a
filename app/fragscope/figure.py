"""The figure of a report: picture, overlays, curves and a table, fit to paste into a paper."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, FigureBase
from matplotlib.patches import Rectangle

from fragscope_explainers.translation import tr

from .class_words import map_name
from .colours import SHAPE_LETTERS, Shape, colour_map_of, method_colour, method_shape
from .curve_data import marked_points
from .report_maps import overlay_pixels, report_spans, shown_layer
from .results import MethodResult, Report

_COLUMNS = 4
_MOST_COLUMNS = 5  # rather one long row than one with a single map below it
_PANEL = 3.1  # inches
_EVIDENCE = 3.0
_MOST_DRAWN = 1500
_HEADINGS = (
    tr("Method"),
    tr("Deletion ↓"),
    tr("Insertion ↑"),
    tr("Stability"),
    tr("Masks"),
    tr("Forwards"),
    tr("Seconds"),
)
_MARKERS: dict[Shape, str] = {"circle": "o", "triangle": "^", "diamond": "D", "cross": "P"}
_TITLES = {
    "deletion": tr("Deletion (lower is better)"),
    "insertion": tr("Insertion (higher is better)"),
}


def report_figure(report: Report) -> Figure:
    """Draw the figure of a report."""
    panels = len(report.results) + 1
    columns = panels if panels <= _MOST_COLUMNS else _COLUMNS
    rows = -(-panels // columns)
    ratio = report.model_input.image.height / report.model_input.image.width
    height = _PANEL * min(max(ratio, 0.4), 1.6) + 0.75
    wide = max(columns, 3) * _PANEL
    figure = Figure(figsize=(wide, rows * height + _EVIDENCE), dpi=150, layout="constrained")
    upper, lower = _split(figure, 2, 1, height_ratios=[rows * height, _EVIDENCE])
    axes = upper.subplots(rows, columns, squeeze=False).ravel()
    _draw_picture(axes[0], report)
    for index, result in enumerate(report.results):
        _draw_map(axes[index + 1], report, result, index)
    for place in axes:
        place.set_anchor("N")
    for spare in axes[panels:]:
        spare.set_axis_off()
    upper.suptitle(_title(report), fontsize=11, parse_math=False)
    _draw_evidence(lower, report)
    return figure


def write_figure(report: Report, path: Path) -> None:
    """Draw the figure of a report into a PNG file."""
    figure = report_figure(report)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # names in other scripts
        figure.savefig(path, format="png")


def _split(figure: FigureBase, rows: int, columns: int, **ratios: Any) -> Any:
    return figure.subfigures(rows, columns, **ratios)


def _title(report: Report) -> str:
    index, probability = report.top[0]
    name = report.model_input.image.name
    said = tr(
        "{name}: {model_name} says {label} ({probability:.1%})",
        name=name,
        model_name=report.model.name,
        label=report.label(index),
        probability=probability,
    )
    return f"{said}\n{explained}" if (explained := _explained(report)) else said


def _explained(report: Report) -> str:
    """What is explained, where that is not just the predicted class."""
    targets = {result.state.target for result in report.results if result.asked is None}
    contrasts = [result for result in report.results if result.subtracted is not None]
    parts = []
    if contrasts:
        first = contrasts[0]
        label = partial(report.class_name, first)
        name = map_name(label, first.state.target, first.subtracted)
        parts.append(
            tr(
                "contrast {name}; curves and scores are of {label}",
                name=name,
                label=label(first.state.target),
            )
        )
    if targets - {report.top[0][0]}:
        parts.append(tr("explained is not the predicted class"))
    return "; ".join(parts)


def _draw_picture(axes: Axes, report: Report) -> None:
    axes.imshow(_thinned(report.model_input.image.pixels), extent=_extent(report))
    left, top, right, bottom = report.model_input.geometry.box
    axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, color="white", linewidth=1.5)
    )
    axes.set_title(tr("the model sees what is inside the frame"), fontsize=9)
    axes.set_axis_off()


def _draw_map(axes: Axes, report: Report, result: MethodResult, index: int) -> None:
    signed = shown_layer(report, result).is_signed
    axes.imshow(_thinned(overlay_pixels(report, result)), extent=_extent(report))
    axes.set_axis_off()
    names = partial(report.class_name, result)
    label = map_name(names, result.state.target, result.subtracted)
    notes = "" if result.is_complete else tr(" (partial)")
    notes += tr(" (re-weighted)") if result.is_repainted else ""
    axes.set_title(
        f"{_named(result, index)}: {label}{notes}",
        fontsize=9,
        color=_colour(result, index),
        parse_math=False,
    )
    low, high = report_spans(report)[result.name]
    colours = ScalarMappable(
        Normalize(low, high), colour_map_of(report.display.colour_map, signed=signed)
    )
    bar = axes.figure.colorbar(
        colours, ax=axes, location="bottom", fraction=0.05, pad=0.02, aspect=30
    )
    bar.ax.tick_params(labelsize=6, length=2)
    bar.set_label(result.unit, fontsize=6)
    bar.ax.locator_params(nbins=5)


def _place(result: MethodResult, index: int) -> int:
    """The number that the result has in the window, or its place in the report."""
    return index if result.place is None else result.place


def _colour(result: MethodResult, index: int) -> str:
    return method_colour(_place(result, index))


def _shape(result: MethodResult, index: int) -> Shape:
    """The shape that tells its curve apart from others of its colour."""
    return method_shape(_place(result, index))


def _named(result: MethodResult, index: int) -> str:
    """The title of a result, with its shape where others have its colour."""
    shape = _shape(result, index)
    return f"{SHAPE_LETTERS[shape]} {result.title}" if shape in _MARKERS else result.title


def _thinned(pixels: Any) -> Any:
    """Every n-th pixel, as many as the figure can show."""
    step = -(-max(pixels.shape[:2]) // _MOST_DRAWN)
    return pixels[::step, ::step]


def _extent(report: Report) -> tuple[float, float, float, float]:
    """Edges of the picture in its own pixels, whatever share of them is drawn."""
    image = report.model_input.image
    return (-0.5, image.width - 0.5, image.height - 0.5, -0.5)


def _draw_evidence(figure: FigureBase, report: Report) -> None:
    curves, table = _split(figure, 1, 2, width_ratios=[1.15, 1])
    for axes, kind in zip(curves.subplots(1, 2, sharey=True), _TITLES, strict=True):
        _draw_curves(axes, report, kind)
    axes = table.subplots()
    axes.set_axis_off()
    cells = [_row(result, index) for index, result in enumerate(report.results)]
    if not cells:
        return
    drawn = axes.table(cells, colLabels=_HEADINGS, loc="upper center", cellLoc="right", edges="B")
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(7)
    drawn.scale(1, 1.35)
    drawn.auto_set_column_width(range(len(_HEADINGS)))
    for index in range(len(cells)):
        drawn[index + 1, 0].get_text().set_color(_colour(report.results[index], index))
    axes.text(0.5, 0.02, _footnote(report), fontsize=6, ha="center", transform=axes.transAxes)


def _draw_curves(axes: Axes, report: Report, kind: str) -> None:
    for index, result in enumerate(report.results):
        for name, curve in result.state.scored_curves.items():
            if name == kind:
                shown = curve.fractions[: len(curve.scores)]
                axes.plot(
                    shown,
                    curve.scores,
                    color=_colour(result, index),
                    linewidth=1.3,
                    marker=_MARKERS.get(_shape(result, index)),
                    markersize=4,
                    markevery=marked_points(_place(result, index), len(shown)),
                )
    axes.set_title(_TITLES[kind], fontsize=8)
    axes.set_xlabel(tr("share of pixels"), fontsize=7)
    if kind == "deletion":
        axes.set_ylabel(tr("probability"), fontsize=7)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.tick_params(labelsize=6)
    axes.spines[["top", "right"]].set_visible(False)


def _row(result: MethodResult, index: int) -> tuple[str, ...]:
    deletion, insertion, stability = (
        "-" if value is None else f"{value:.3f}"
        for value in (result.auc("deletion"), result.auc("insertion"), result.state.stability)
    )
    masks = f"{result.masks:,}" if result.masks else "-"
    forwards = f"{result.state.snapshot.forwards:,}"
    seconds = f"{result.state.seconds:.1f}"
    return (_named(result, index), deletion, insertion, stability, masks, forwards, seconds)


def _footnote(report: Report) -> str:
    return tr(
        "seed {seed}; {name} on {device}; one picture proves nothing about a method in general",
        seed=report.seed,
        name=report.model.name,
        device=report.model.device,
    )
