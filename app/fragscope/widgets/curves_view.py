"""Deletion and insertion curves of all panels, live, with their legend and the scrubber."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fragscope_explainers.translation import tr
from fragscope_explainers.types import CurveKind

from ..curve_data import (
    KIND_WORDS,
    KINDS,
    curve_of,
    curve_rows,
    score_at,
    table_text,
    why_no_curve,
)
from ..files import write_file
from ..panels import Panel
from ..scrubber import Scrubber
from ..session import Session
from ..throttle import Throttle
from . import theme
from .curve_legend import CurveLegend, LegendArea, LegendRow
from .curve_plot import CurvePlot
from .curve_tools import CurveTools

_TIMES_A_SECOND = 15
_NOTHING = tr("There are no curves yet; let a run come to its end.")


class CurvesView(QFrame):
    """Two plots; every method has the colour and shape of its panel.

    Signals (GUI thread)
    -------
    said(str) : what was written or copied, or why not.
    """

    said = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.scrubber = Scrubber(session, self)
        self.folder = ""
        """Where the last file was saved."""
        self.tools, self.legend = CurveTools(self), CurveLegend(self)
        self.plots: dict[CurveKind, CurvePlot] = {kind: CurvePlot(kind, self) for kind in KINDS}
        self._pointer: float | None = None
        self._throttle = Throttle(_TIMES_A_SECOND, self)
        self._lay_out()
        self._wire()
        self.rebuild()

    def rebuild(self) -> None:
        """Draw the curves of all panels anew."""
        numbers = {panel.number for panel in self._session.panels}
        for plot in self.plots.values():
            for number in plot.drawn - numbers:
                plot.remove(number)
        self._draw(frozenset(numbers))

    def table(self, delimiter: str = ",") -> str:
        """The curves that are shown, as text; empty where there are none."""
        session = self._session
        names = session.panels.names()
        shown = [
            (names[panel.number], panel, target)
            for panel in session.panels
            if self.legend.is_shown(panel.number)
            and (target := session.target_of(panel)) is not None
        ]
        rows = list(curve_rows(shown, session.label))
        return table_text(rows, delimiter) if rows else ""

    # -- export -----------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Ask for a file, and write the curves that are shown."""
        if not self.table():
            self.said.emit(_NOTHING)
            return
        image = self._session.image
        start = Path(self.folder) / f"{image.name if image is not None else ''}.curves.csv"
        dialog = QFileDialog(self, tr("Save the curves"), str(start), tr("CSV (*.csv)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write(self, path: Path) -> None:
        """Write the curves that are shown, on the worker."""
        text = self.table()
        self.folder = str(path.parent)

        def work() -> Path:
            write_file(path, lambda fresh: fresh.write_text(text, encoding="utf-8", newline=""))
            return path

        self._session.in_background(
            work, lambda found: self.said.emit(tr("Written: {found}", found=found))
        )

    def copy(self) -> None:
        """Put the curves that are shown on the clipboard, with tabs, as spreadsheets take them."""
        text = self.table("\t")
        if text:
            QGuiApplication.clipboard().setText(text)
        self.said.emit(tr("The curves are copied.") if text else _NOTHING)

    # -- drawing ----------------------------------------------------------------------------

    def _draw(self, numbers: frozenset[int]) -> None:
        for panel in self._session.panels:
            if panel.number in numbers:
                shown = self.legend.is_shown(panel.number)
                for kind, plot in self.plots.items():
                    curve = curve_of(panel, self._session.target_of(panel), kind) if shown else None
                    plot.draw(panel.number, curve)
        self._show_values()

    def _show_values(self) -> None:
        """Areas in the legend, or the probabilities where the pointer or the scrubber is."""
        share = self._pointer
        if share is None and self.scrubber.is_on:
            share = self.scrubber.share
        caption = tr("area under deletion, insertion")
        if share is not None:
            caption = tr("at {share} %: deletion, insertion", share=round(100 * share))
        self.tools.caption.setText(caption)
        names = self._session.names()
        self.legend.set_rows(
            [self._row(panel, names[panel.number], share) for panel in self._session.panels]
        )

    def _row(self, panel: Panel, name: str, share: float | None) -> LegendRow:
        target = self._session.target_of(panel)
        curves = [curve_of(panel, target, kind) for kind in KINDS]
        areas = ["" if c is None or c.auc is None else f"{c.auc:.3f}" for c in curves]
        values = areas
        if share is not None:
            scores = [score_at(curve, share) for curve in curves]
            values = ["" if score is None else f"{score:.3f}" for score in scores]
        known = [
            f"{KIND_WORDS[kind]} {area}" for kind, area in zip(KINDS, areas, strict=True) if area
        ]
        listed = ", ".join(known)
        tip = tr("{name}: area under the curve of {listed}.", name=name, listed=listed)
        if not any(curves):
            tip = tr(
                "{name} has no curves: {why_no_curve}.", name=name, why_no_curve=why_no_curve(panel)
            )
        elif not known:
            tip = tr("{name}: its curves are being drawn.", name=name)
        return LegendRow(panel.number, name, values[0], values[1], tip, panel.method.name)

    # -- pointer and scrubber ---------------------------------------------------------------

    def _point_at(self, share: float | None) -> None:
        if share != self._pointer:
            self._pointer = share
            for plot in self.plots.values():
                plot.show_pointer(share)
            self._show_values()

    def _go_to(self, kind: CurveKind, share: float) -> None:
        """Follow a click, which alone does not switch the scrubber on."""
        if self.scrubber.is_on:
            self.scrubber.move(kind, share)

    def _show_scrubber(self) -> None:
        for plot in self.plots.values():
            plot.show_scrub(self.scrubber.share if self.scrubber.is_on else None)
        self.tools.scrub.setChecked(self.scrubber.is_on)
        self._show_values()

    def _set_logs(self) -> None:
        for plot in self.plots.values():
            plot.set_logs(self.tools.log_share.isChecked(), self.tools.log_probability.isChecked())

    def _show_menu(self, plot: CurvePlot, place: QPoint) -> None:
        self.tools.menu.popup(plot.mapToGlobal(place))

    # -- building ---------------------------------------------------------------------------

    def _wire(self) -> None:
        session, tools = self._session, self.tools
        session.panel_changed.connect(self._throttle.mark)
        self._throttle.due.connect(self._draw)
        for signal in (session.panels_changed, session.image_changed, session.target_changed):
            signal.connect(self.rebuild)
        self.scrubber.moved.connect(self._show_scrubber)
        self.legend.toggled.connect(lambda number, _: self._draw(frozenset({number})))
        tools.scrub.toggled.connect(self.scrubber.switch)
        tools.log_probability.toggled.connect(self._set_logs)
        tools.log_share.toggled.connect(self._set_logs)
        tools.save.triggered.connect(self.ask_file)
        tools.copy.triggered.connect(self.copy)
        tools.show_all.triggered.connect(self.legend.show_all)
        for kind, plot in self.plots.items():
            self._wire_plot(kind, plot)

    def _wire_plot(self, kind: CurveKind, plot: CurvePlot) -> None:
        scrubber = self.scrubber
        plot.scrubbed.connect(lambda share: scrubber.move(kind, share))
        plot.clicked.connect(lambda share: self._go_to(kind, share))
        plot.stepped.connect(lambda step: scrubber.move(kind, scrubber.share + step))
        plot.hovered.connect(self._point_at)
        plot.left.connect(lambda: self._point_at(None))
        plot.customContextMenuRequested.connect(lambda place: self._show_menu(plot, place))

    def _lay_out(self) -> None:
        self.setObjectName("card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, theme.SPACE, 1, 1)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self.tools)
        layout.addWidget(LegendArea(self.legend, self))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        for plot in self.plots.values():
            row.addWidget(plot)
        layout.addLayout(row, stretch=1)
