"""Export from the window: the same files as the command line, written by the same code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from fragscope_explainers.errors import FragScopeError, ParameterError
from fragscope_explainers.translation import tr

from ..colours import Display, Span
from ..files import write_file
from ..session import Session

if TYPE_CHECKING:
    from ..results import Report


class Exporter(QObject):
    """Writes what a session shows, on the worker.

    Signals (GUI thread)
    -------
    said(str) : what was written, or why not.
    """

    said = Signal(str)

    def __init__(self, session: Session, folder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._window = session, parent
        self.display = Display()
        self.spans: Callable[[], Mapping[int, Span]] = dict
        """Gives the colour ranges on the screen, by the panel's number."""
        self.folder = folder

    def menu(self) -> QMenu:
        """What can be exported."""
        menu = QMenu(self._window)
        menu.addAction(tr("Report folder ..."), self.ask_report)
        menu.addAction(tr("Figure as PNG ..."), self.ask_figure)
        menu.addAction(tr("Scores as CSV ..."), self.ask_scores)
        menu.addAction(tr("Curves as CSV ..."), self.ask_curves)
        return menu

    # -- with a dialog ----------------------------------------------------------------------

    def ask_report(self) -> None:
        """Ask for a folder and write the report there."""
        found = QFileDialog.getExistingDirectory(
            self._window, tr("Folder for the report"), self.folder
        )
        if found:
            self.folder = found
            self.write_report(Path(found))

    def ask_figure(self) -> None:
        """Ask for a file and write the report's figure."""
        self._ask(tr("Figure"), "report.png", tr("PNG (*.png)"), self.write_figure)

    def ask_scores(self) -> None:
        """Ask for a file and write the table of scores."""
        self._ask(tr("Scores"), "summary.csv", tr("CSV (*.csv)"), self.write_scores)

    def ask_curves(self) -> None:
        """Ask for a file and write the curves."""
        self._ask(tr("Curves"), "curves.csv", tr("CSV (*.csv)"), self.write_curves)

    def ask_overlay(self, number: int) -> None:
        """Ask for a file and write one panel's overlay."""
        panel = self._session.panel(number)
        aspect = self._session.aspect_of(panel)
        differs = aspect is not None and panel.subtracted(aspect) is not None
        from ..session_report import panel_aliases

        alias = panel_aliases(self._session)[number]
        name = f"{alias}{'.contrast' if differs else ''}.overlay.png"
        self._ask(tr("Map"), name, tr("PNG (*.png)"), lambda path: self.write_overlay(path, number))

    # -- without one ------------------------------------------------------------------------

    def write_report(self, out: Path) -> None:
        """Write the whole report into a folder of the picture's name inside `out`."""

        def work(report: Report) -> Path:
            from ..reports import free_folder, write_report

            image = report.model_input.image
            return write_report(report, free_folder(out, image.name, image.sha256))

        self._in_background(work)

    def write_figure(self, path: Path) -> None:
        """Write the report's figure."""

        def work(report: Report) -> Path:
            from ..figure import write_figure

            write_file(path, lambda fresh: write_figure(report, fresh))
            return path

        self._in_background(work)

    def write_scores(self, path: Path) -> None:
        """Write the table of scores."""

        def work(report: Report) -> Path:
            from ..reports import SUMMARY_COLUMNS, summary_rows, write_csv

            rows = summary_rows(report)
            write_file(path, lambda fresh: write_csv(fresh, SUMMARY_COLUMNS, rows))
            return path

        self._in_background(work)

    def write_curves(self, path: Path) -> None:
        """Write the curves."""

        def work(report: Report) -> Path:
            from ..reports import CURVE_COLUMNS, curve_rows, write_csv

            rows = curve_rows(report.results)
            write_file(path, lambda fresh: write_csv(fresh, CURVE_COLUMNS, rows))
            return path

        self._in_background(work)

    def write_overlay(self, path: Path, number: int) -> None:
        """Write the picture with one panel's map over it."""

        def work(report: Report) -> Path:
            from PIL import Image

            from ..report_maps import overlay_pixels

            pixels = Image.fromarray(overlay_pixels(report, report.results[0]))
            write_file(path, lambda fresh: pixels.save(fresh, format="PNG"))
            return path

        self._in_background(work, only=number)

    def _in_background(self, work: Callable[[Report], Path], only: int | None = None) -> None:
        from ..session_report import session_report

        try:
            report = session_report(self._session, self.display, only, self.spans())
        except FragScopeError as error:
            self.said.emit(str(error))
            return
        self._session.in_background(lambda: work(report), self._written)

    def _written(self, path: Path) -> None:
        self.said.emit(tr("Written: {path}", path=path))

    def _ask(self, title: str, name: str, kind: str, write: Callable[[Path], None]) -> None:
        if self._session.image is None:
            self.said.emit(
                str(ParameterError(tr("there is nothing to export yet; open a picture")))
            )
            return
        start = str(Path(self.folder) / f"{self._session.image.name}.{name}")
        found, _ = QFileDialog.getSaveFileName(self._window, title, start, kind)
        if found:
            path = Path(found)
            self.folder = str(path.parent)
            write(path if path.suffix else path.with_suffix(Path(name).suffix))
