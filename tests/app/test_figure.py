from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fragscope.colours import method_colour
from fragscope.figure import report_figure, write_figure
from fragscope.report_maps import overlay_pixels
from fragscope.results import MethodResult, Report
from fragscope.runs import Stage


def axes_titled(figure: Figure, start: str) -> Axes:
    (found,) = (axes for axes in figure.axes if axes.get_title().startswith(start))
    return found


def test_the_figure_shows_the_picture_and_the_frame_that_the_model_sees(
    small_report: Report,
) -> None:
    axes = axes_titled(report_figure(small_report), "the model sees")
    np.testing.assert_array_equal(axes.images[0].get_array(), small_report.model_input.image.pixels)
    (frame,) = axes.patches
    assert frame.get_bbox().extents == pytest.approx(small_report.model_input.geometry.box)


def test_the_figure_shows_every_map_and_names_its_class(small_report: Report) -> None:
    figure = report_figure(small_report)
    for index, result in enumerate(small_report.results):
        axes = axes_titled(figure, result.explainer.label)
        assert axes.get_title() == f"{result.explainer.label}: cat"
        assert axes.title.get_color() == method_colour(index)
        np.testing.assert_array_equal(
            axes.images[0].get_array(), overlay_pixels(small_report, result)
        )


def test_the_title_names_picture_model_and_prediction(small_report: Report) -> None:
    index, probability = small_report.top[0]
    title = report_figure(small_report).subfigs[0].get_suptitle()
    assert (
        title.splitlines()[0]
        == f"photo: small says {small_report.label(index)} ({probability:.1%})"
    )


def test_the_title_says_where_the_predicted_class_is_not_the_explained_one(
    small_report: Report,
) -> None:
    for index, odd in ((2, False), (3, True)):
        report = replace(small_report, top=[(index, 0.5)])
        title = report_figure(report).subfigs[0].get_suptitle()
        assert ("explained is not the predicted class" in title) is odd


def test_a_contrast_is_named_and_coloured_as_signed(small_report: Report) -> None:
    results = [replace(result, against=5) for result in small_report.results]
    report = replace(small_report, results=results, top=[(2, 0.5)])
    figure = report_figure(report)
    contrast, plain = (axes_titled(figure, r.explainer.label) for r in results)
    assert contrast.get_title() == "MFPP: cat \u2212 fox"
    assert plain.get_title() == "Saliency: cat"
    np.testing.assert_array_equal(
        contrast.images[0].get_array(), overlay_pixels(report, results[0])
    )
    second = figure.subfigs[0].get_suptitle().splitlines()[1]
    assert second == "contrast cat \u2212 fox; curves and scores are of cat"


def test_curves_stand_in_the_axes_of_their_kind(small_report: Report) -> None:
    figure = report_figure(small_report)
    for kind, title in (("deletion", "Deletion (lower"), ("insertion", "Insertion (higher")):
        axes = axes_titled(figure, title)
        assert len(axes.lines) == 2
        for line, result in zip(axes.lines, small_report.results, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), result.state.curves[kind].scores)


def test_the_table_has_the_numbers_of_every_method(small_report: Report) -> None:
    (table,) = (t for axes in report_figure(small_report).axes for t in axes.tables)
    texts = [[table[row, column].get_text().get_text() for column in range(7)] for row in range(3)]
    assert texts[0][:3] == ["Method", "Deletion ↓", "Insertion ↑"]
    auc = small_report.results[0].auc("deletion")
    assert texts[1][:2] == ["MFPP", f"{auc:.3f}"]
    assert [row[4:6] for row in texts[1:]] == [["40", "40"], ["-", "1"]]


def test_a_partial_result_is_called_so(small_report: Report) -> None:
    result = small_report.results[0]
    partial = MethodResult(replace(result.state, stage=Stage.EXPLAINING, curves={}), 0.5)
    figure = report_figure(replace(small_report, results=[partial]))
    assert axes_titled(figure, "MFPP").get_title() == "MFPP: cat (partial)"
    (table,) = (t for axes in figure.axes for t in axes.tables)
    assert table[1, 1].get_text().get_text() == "-"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_any_number_of_results_can_be_drawn(
    small_report: Report, tmp_path: Path, count: int
) -> None:
    path = tmp_path / "figure.png"
    write_figure(replace(small_report, results=[small_report.results[0]] * count), path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_names_are_no_formulae_and_may_be_in_any_script(
    small_report: Report, tmp_path: Path
) -> None:
    labels = ["$^$ 猫"] * 10
    write_figure(
        replace(small_report, model=replace(small_report.model, labels=labels)),
        tmp_path / "figure.png",
    )


def test_results_of_one_colour_are_told_apart_by_shapes(small_report: Report) -> None:
    first, second = small_report.results[:2]
    report = replace(small_report, results=[replace(first, place=1), replace(second, place=1 + 8)])
    figure = report_figure(report)
    plain, marked = axes_titled(figure, "Deletion").lines
    assert plain.get_color() == marked.get_color()
    assert plain.get_marker() in (None, "None")
    assert marked.get_marker() == "o"
    assert axes_titled(figure, f"\N{BLACK CIRCLE} {second.title}").title.get_color()
    (table,) = (table for axes in figure.axes for table in axes.tables)
    names = [table[row, 0].get_text().get_text() for row in (1, 2)]
    assert names == [first.title, f"\N{BLACK CIRCLE} {second.title}"]
