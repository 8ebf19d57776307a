"""The curves with mouse and keys: legend, scrubber, axes, readout, table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from fragscope.session import Session
from fragscope.widgets.curve_plot import CurvePlot
from fragscope.widgets.curves_view import CurvesView
from fragscope.widgets.swatch import Swatch, swatch_icon

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(explained: Session, qtbot: QtBot) -> Iterator[CurvesView]:
    """The curves of four finished panels."""
    found = CurvesView(explained)
    qtbot.addWidget(found)
    found.resize(700, 300)
    with qtbot.waitExposed(found):
        found.show()
    return found


def place(plot: CurvePlot, share: float) -> QPoint:
    """Where a share of pixels lies on a plot with linear axes."""
    return plot.mapFromScene(plot.getPlotItem().vb.mapViewToScene(QPointF(share, 0.5)))


def drag(plot: CurvePlot, start: float, stop: float) -> None:
    """Drag in a plot from one share of pixels to another, over some places between."""
    kinds, held, none = QEvent.Type, LEFT, Qt.MouseButton.NoButton
    moves = [(kinds.MouseMove, share, none, held) for share in np.linspace(start, stop, 5)[1:]]
    first = (kinds.MouseButtonPress, start, LEFT, held)
    for kind, share, button, buttons in (
        first,
        *moves,
        (kinds.MouseButtonRelease, stop, LEFT, none),
    ):
        where = QPointF(place(plot, share))
        there = QPointF(plot.viewport().mapToGlobal(where))
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, where, there, button, buttons, modifiers)
        QApplication.sendEvent(plot.viewport(), event)


def test_every_panel_has_an_entry_with_both_areas(view: CurvesView, explained: Session) -> None:
    assert list(view.legend.entries) == [0, 1, 2, 3]
    for panel in explained.panels:
        row = view.legend.entries[panel.number].row
        assert row.name == panel.method.label
        assert row.deletion == f"{panel.state.curves['deletion'].auc:.3f}"
        assert row.insertion == f"{panel.state.curves['insertion'].auc:.3f}"


def test_a_click_hides_a_method_in_both_plots_and_a_key_shows_it(
    view: CurvesView, qtbot: QtBot
) -> None:
    entry = view.legend.entries[2]
    qtbot.mouseClick(entry, LEFT)
    assert [plot.drawn for plot in view.plots.values()] == [{0, 1, 3}] * 2
    entry.setFocus()
    qtbot.keyClick(entry, Qt.Key.Key_Space)
    assert [plot.drawn for plot in view.plots.values()] == [{0, 1, 2, 3}] * 2


def test_a_hidden_method_stays_hidden_in_the_next_run(
    view: CurvesView, explained: Session, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.legend.entries[2], LEFT)
    before = explained.panel(2).state
    explained.run(explained.panel(2))
    qtbot.waitUntil(
        lambda: explained.panel(2).state is not before and not explained.is_running, timeout=20_000
    )
    qtbot.waitUntil(lambda: view.legend.entries[2].row.insertion != "")
    assert all(2 not in plot.drawn for plot in view.plots.values())
    qtbot.mouseClick(view.legend.entries[0], LEFT)
    view.tools.show_all.trigger()
    assert all(plot.drawn == {0, 1, 2, 3} for plot in view.plots.values())


def test_what_is_hidden_can_be_told_and_set(view: CurvesView, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.legend.entries[2], LEFT)
    assert view.legend.hidden == (2,)
    view.legend.hide_only((0, 1, 77))
    assert view.legend.hidden == (0, 1)
    assert [plot.drawn for plot in view.plots.values()] == [{2, 3}] * 2
    view.legend.hide_only(())
    assert [plot.drawn for plot in view.plots.values()] == [{0, 1, 2, 3}] * 2


def test_what_was_hidden_of_a_method_is_not_hidden_of_the_next_in_its_place(
    view: CurvesView, explained: Session, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.legend.entries[2], LEFT)
    explained.use_panels([("saliency", {}), ("saliency", {}), ("saliency", {}), ("grad-cam", {})])
    assert view.legend.is_shown(2)
    qtbot.mouseClick(view.legend.entries[3], LEFT)
    explained.add_panel("grad-cam")  # which counts the names of both
    assert not view.legend.is_shown(3)
    explained.stop_all()
    qtbot.waitUntil(lambda: not explained.is_running, timeout=20_000)


def test_panels_of_one_method_are_told_apart_and_removed_ones_go(
    view: CurvesView, explained: Session, qtbot: QtBot
) -> None:
    explained.add_panel("saliency")
    explained.add_panel("saliency")
    names = [entry.row.name for entry in view.legend.entries.values()]
    assert names[-2:] == ["Saliency 1", "Saliency 2"]
    explained.remove_panel(4)
    explained.remove_panel(0)
    assert list(view.legend.entries) == [1, 2, 3, 5]
    assert view.legend.entries[5].row.name == "Saliency"
    assert all(0 not in plot.drawn for plot in view.plots.values())


def test_without_a_curve_nothing_is_drawn_and_the_legend_says_why(
    view: CurvesView, explained: Session
) -> None:
    explained.panel(1).state = None
    view.rebuild()
    assert all(plot.drawn == {0, 2, 3} for plot in view.plots.values())
    entry = view.legend.entries[1]
    assert (entry.row.deletion, entry.row.insertion) == ("", "")
    assert "RISE has no curves: " in entry.toolTip()


def test_dragging_moves_one_line_in_both_plots(view: CurvesView) -> None:
    assert not view.scrubber.is_on
    drag(view.plots["insertion"], 0.2, 0.6)
    assert view.scrubber.is_on
    assert view.tools.scrub.isChecked()
    assert view.scrubber.kind == "insertion"
    assert view.scrubber.share == pytest.approx(0.6, abs=0.02)
    for plot in view.plots.values():
        assert plot._scrub.isVisible()
        assert plot._scrub.value() == pytest.approx(view.scrubber.share)


def test_keys_move_the_line(view: CurvesView, qtbot: QtBot) -> None:
    plot = view.plots["deletion"]
    qtbot.mouseClick(plot.viewport(), LEFT, pos=place(plot, 0.5))
    assert not view.scrubber.is_on  # a click alone may be one of two that reset the axes
    view.tools.scrub.trigger()
    qtbot.mouseClick(plot.viewport(), LEFT, pos=place(plot, 0.5))
    start = view.scrubber.share
    assert start == pytest.approx(0.5, abs=0.02)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert view.scrubber.share == pytest.approx(start + 0.01)
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.scrubber.share == pytest.approx(start - 0.09)
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert view.scrubber.share == 1.0
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert view.scrubber.share == 0.0


def test_the_button_switches_the_scrubber(view: CurvesView, qtbot: QtBot) -> None:
    button = view.tools.button(view.tools.scrub)
    qtbot.mouseClick(button, LEFT)
    assert view.scrubber.is_on
    qtbot.mouseClick(button, LEFT)
    assert not view.scrubber.is_on
    assert not any(plot._scrub.isVisible() for plot in view.plots.values())


def test_hovering_reads_out_every_curve(view: CurvesView, explained: Session, qtbot: QtBot) -> None:
    plot = view.plots["deletion"]
    qtbot.mouseMove(plot.viewport(), place(plot, 0.25))
    qtbot.waitUntil(lambda: "%" in view.tools.caption.text())
    share = view._pointer
    assert share == pytest.approx(0.25, abs=0.02)
    for panel in explained.panels:
        curve = panel.state.curves["insertion"]
        score = curve.scores[np.abs(curve.fractions - share).argmin()]
        assert view.legend.entries[panel.number].row.insertion == f"{score:.3f}"
    assert all(p._pointer.isVisible() for p in view.plots.values())
    plot.left.emit()
    assert view.tools.caption.text().startswith("area under")


def test_logarithmic_axes_show_zeros_at_their_ends(view: CurvesView, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.tools.button(view.tools.log_probability), LEFT)
    qtbot.mouseClick(view.tools.button(view.tools.log_share), LEFT)
    view.scrubber.move("deletion", 0.1)
    for plot in view.plots.values():
        for line in plot._lines.values():
            x, y = line.getData()
            assert np.isfinite(x).all()
            assert np.isfinite(y).all()
            assert x[0] == pytest.approx(np.log10(0.004))
            assert x[-1] == pytest.approx(0)
        assert plot._scrub.value() == pytest.approx(-1)
        assert plot.getPlotItem().vb.viewRange()[1][0] < -3.9
    qtbot.mouseClick(view.tools.button(view.tools.log_share), LEFT)
    assert view.plots["deletion"]._scrub.value() == pytest.approx(0.1)


def test_what_is_shown_is_copied(view: CurvesView, explained: Session, qtbot: QtBot) -> None:
    qtbot.mouseClick(view.legend.entries[0], LEFT)
    with qtbot.waitSignal(view.said):
        view.tools.copy.trigger()
    rows = list(csv.reader(io.StringIO(QApplication.clipboard().text()), delimiter="\t"))
    points = sum(
        len(curve.scores) for panel in explained.panels[1:] for curve in panel.state.curves.values()
    )
    assert len(rows) == points + 1
    assert {row[0] for row in rows[1:]} == {"RISE", "Integrated Gradients", "Grad-CAM"}


def test_what_is_shown_is_saved_without_a_modal_dialog(
    view: CurvesView, qtbot: QtBot, tmp_path: Path
) -> None:
    view.tools.save.trigger()
    dialog = view.findChild(QFileDialog)
    with qtbot.waitSignal(view.said, timeout=5000) as said:
        dialog.fileSelected.emit(str(tmp_path / "found.csv"))
    dialog.close()
    assert said.args == [f"Written: {tmp_path / 'found.csv'}"]
    assert (tmp_path / "found.csv").read_text(encoding="utf-8") == view.table()


def test_a_place_that_cannot_be_written_is_told(
    view: CurvesView, explained: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(explained.noticed, timeout=5000) as told:
        view.write(tmp_path / "missing" / "found.csv")
    assert "choose another place" in told.args[0]


def test_nothing_to_save_says_so(session: Session, qtbot: QtBot) -> None:
    view = CurvesView(session)
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.said) as said:
        view.tools.save.trigger()
    assert "no curves yet" in said.args[0]
    assert view.findChild(QFileDialog) is None


def test_many_updates_draw_few_times(
    view: CurvesView, explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(CurvePlot, "draw", lambda _, number, *rest: drawn.append(number))
    qtbot.waitUntil(lambda: not view._throttle._timer.isActive())
    for _ in range(200):
        explained.panel_changed.emit(1)
    assert len(drawn) == 2  # one in each plot
    qtbot.waitUntil(lambda: len(drawn) == 4)


def test_a_right_click_in_a_plot_offers_the_menu(view: CurvesView) -> None:
    surface = view.plots["insertion"].viewport()
    place = QPoint(100, 60)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, surface.mapToGlobal(place))
    QApplication.sendEvent(surface, event)
    assert view.tools.menu.isVisible()
    view.tools.menu.close()


def test_every_control_has_a_name_and_a_tip(view: CurvesView) -> None:
    controls = [
        w for w in view.tools.findChildren(QWidget) if w.metaObject().className() == "QToolButton"
    ]
    assert len(controls) == 4
    for control in (*controls, *view.legend.entries.values()):
        assert control.accessibleName()
        assert control.toolTip()


def test_curves_of_one_colour_have_different_marks_as_their_entries_have(
    view: CurvesView, explained: Session
) -> None:
    plot, curve = view.plots["deletion"], explained.panel(0).state.curves["deletion"]
    for number in (8, 16, 24):
        plot.draw(number, curve)
    pens = {plot._lines[number].opts["pen"].color().name() for number in (0, 8, 16, 24)}
    symbols = [plot._marks[number].opts["symbol"] for number in (0, 8, 16, 24)]
    assert len(pens) == 1
    assert symbols[0] is None
    assert len(set(symbols)) == 4
    assert 3 <= len(plot._marks[8].getData()[0]) <= 20
    plot.remove(8)
    assert plot.drawn == {0, 1, 2, 3, 16, 24}
    assert all(item in plot.plotItem.items for item in plot._marks.values())


def test_shapes_are_drawn_as_they_are_told_apart(qtbot: QtBot) -> None:
    drawn = set()
    for number in range(0, 8 * 5, 8):
        swatch = Swatch(number)
        qtbot.addWidget(swatch)
        drawn.add(swatch.grab().toImage().constBits().tobytes())
        icon = swatch_icon(number, 16).pixmap(16, 16).toImage()
        drawn.add(icon.constBits().tobytes())
    assert len(drawn) == 10
