"""The window: it wires widgets to the session and holds no logic of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from fragscope_explainers.errors import FragScopeError
from fragscope_explainers.images import SUFFIXES
from fragscope_explainers.translation import tr
from fragscope_resources.samples import SAMPLES

from .colours import Display
from .files import picture_files
from .model_check import ModelCheck
from .session import Session
from .settings import Settings, save_settings
from .suggestions import suggest
from .widgets import clipboard, theme
from .widgets.actions import Actions
from .widgets.class_picker import ClassPicker
from .widgets.curves_view import CurvesView
from .widgets.evidence import Evidence
from .widgets.export_menu import Exporter
from .widgets.guide import Guide
from .widgets.layout_memory import LayoutMemory
from .widgets.model_chooser import is_model_file
from .widgets.model_menu import ModelMenu
from .widgets.notice_bar import NoticeBar
from .widgets.panel_area import PanelArea
from .widgets.panel_grid import PanelGrid
from .widgets.panel_model_chooser import PanelModelChooser
from .widgets.parameter_form import ParameterForm
from .widgets.picture_strip import PictureStrip
from .widgets.scores_table import ScoresTable
from .widgets.session_desk import SessionDesk
from .widgets.side_bar import SideBar
from .widgets.size_menu import SizeMenu
from .widgets.status_line import StatusLine
from .widgets.theme_control import ThemeControl
from .widgets.tool_bar import ToolBar
from .widgets.undo import Undo
from .widgets.welcome import Welcome
from .widgets.what_if_editor import WhatIfEditor
from .widgets.window_state import WindowState
from .wiring import wire

_MOMENT = 8000
"""Milliseconds for which the bottom line shows what was done."""


class MainWindow(QMainWindow):
    """One picture, its explanations, and the evidence under them."""

    def __init__(self, session: Session, settings: Settings | None = None) -> None:
        super().__init__()
        self.session, self.settings = session, settings or Settings()
        display = self.settings.display
        self.actions_ = Actions(self)
        self.notice = NoticeBar(self)
        self.welcome = Welcome(self)
        self.grid = PanelGrid(session, self)
        self.strip = PictureStrip(session.album, self)
        self.side = SideBar(session, display, self)
        self.what_if = WhatIfEditor(session, self.grid, self.side, self.actions_, self)
        self.curves = CurvesView(session, self)
        self.curves.folder = self.settings.report_folder
        self.scores = ScoresTable(session, self)
        self.exporter = Exporter(session, self.settings.report_folder, self)
        self.exporter.spans = lambda: self.grid.spans
        self.status = StatusLine(session, self)
        self.undo = Undo(session, self.grid, self.side, self.what_if, self.actions_, self)
        self.theme = ThemeControl(self.settings.theme, self)
        self.size_menu = SizeMenu(self.settings.size, self)
        self.check = ModelCheck(session, self)
        self.models = ModelMenu(session, self)
        self.models.recent = self.settings.models
        self.tools = ToolBar(
            self.actions_, self.exporter.menu(), self._looks_menu(), self.models, self
        )
        self.pages = QStackedWidget(self)
        self.layout_memory = self._lay_out()
        self.desk = self._make_desk()
        self.guide = Guide(
            session, self.actions_, (self.grid, self.side, self.curves, self.tools), self
        )
        self.guide.hints_seen = self.settings.hints_seen
        self.tools.set_file(self.desk.menu)
        self.welcome.set_recent(self.desk.recent)
        self.class_picker = ClassPicker(session, self)
        self.panel_models = PanelModelChooser(session, self)
        wire(self)
        self.set_display(display)
        self.side.classes.restore_pins(self.settings.pins)
        self.setAcceptDrops(True)
        self.name_window()
        self.resize(self._first_size())
        self.restoreGeometry(QByteArray.fromBase64(self.settings.window.encode()))
        self.layout_memory.restore(self.settings.sizes, self.settings.tab)
        QTimer.singleShot(0, lambda: session.load_model())

    def _first_size(self) -> QSize:
        """Most of a large screen, all that fits of a small one; room for the title bar is left."""
        screen = self.screen().availableSize()
        wanted = QSize(max(1280, screen.width() * 3 // 4), max(800, screen.height() * 3 // 4))
        return wanted.boundedTo(screen - QSize(16, 48))

    # -- opening ----------------------------------------------------------------------------

    def open_file(self, path: Path) -> None:
        """Open a picture file and explain it."""
        self.notice.hide()
        if path not in [entry.path for entry in SAMPLES]:
            self.settings = replace(self.settings, picture_folder=str(path.parent))
            self.desk.recent.remember(path)
        self.session.open_file(path)

    def open_files(self, paths: list[Path]) -> None:
        """Open picture files and folders of them; the first is shown, the others wait beside it.

        A session file among them is opened instead.
        """
        if self.desk.open_among(paths):
            return
        models = [path for path in paths if is_model_file(path)]
        if models:
            self.models.open_file(models[0])
        found = picture_files([path for path in paths if path not in models])
        if len(found) == 1:
            self.open_file(found[0])
        elif found:
            self.notice.hide()
            self.settings = replace(self.settings, picture_folder=str(found[0].parent))
            for path in reversed(paths):
                self.desk.recent.remember(path)
            self.session.album.open_files(found)

    def ask_file(self) -> None:
        """Ask for pictures."""
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        kinds = tr("Pictures ({patterns});;All files (*)", patterns=patterns)
        found, _ = QFileDialog.getOpenFileNames(
            self, tr("Open pictures"), self.settings.picture_folder, kinds
        )
        self.open_files([Path(name) for name in found])

    def paste(self) -> None:
        """Open what was copied: a picture's pixels or its file."""
        self._open_mime(QApplication.clipboard().mimeData(), tr("The clipboard"))

    def _open_mime(self, mime: QMimeData | None, source: str) -> None:
        try:
            files, image = clipboard.dropped_files(mime), clipboard.pasted_image(mime)
        except FragScopeError as error:
            self.notice.show_text(str(error))
            return
        if files:
            self.open_files(files)
        elif image is not None:
            self.session.open_image(image)
        else:
            self.notice.show_text(
                tr("{source} holds no picture; copy or drop a picture or its file.", source=source)
            )

    # -- doing ------------------------------------------------------------------------------

    def run_or_pause(self) -> None:
        """Pause what runs, let go on what is paused, or run everything again."""
        if self.session.is_running:
            self.session.pause_all()
        elif self.session.is_paused:
            self.session.pause_all(False)
        else:
            self.session.run_all()

    def edit_parameters(self, number: int) -> None:
        """Edit a panel's parameters; accepting runs it."""
        if self.session.classifier is None:  # the form would wait for torch
            self.notice.show_text(tr("The model is still loading; try again in a moment."))
            return
        panel = self.session.panel(number)
        form = ParameterForm(panel.method, panel.settings, self)
        form.accepted.connect(
            lambda: self.session.configure(number, panel.method.name, form.settings)
        )
        suggest(self.session, panel, form.offer)
        form.open()

    def set_display(self, display: Display) -> None:
        """Show maps in other colours or with another opacity."""
        self.settings = self.settings.with_display(display)
        self.exporter.display = display
        self.grid.set_display(display)

    def show_workspace(self) -> None:
        """Show the panels where there is a picture, and call the window after it."""
        self.pages.setCurrentIndex(0 if self.session.image is None else 1)
        self.grid.setFocus()  # keys are for the panels, not for the first field that takes text
        self.name_window()

    def name_window(self) -> None:
        """Name the window after its session or picture, and mark unsaved changes."""
        self.setWindowTitle(self.desk.title)
        self.setWindowModified(self.desk.keeper.is_changed)

    # -- events -----------------------------------------------------------------------------

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        self._open_mime(event.mimeData(), tr("The drop"))
        event.acceptProposedAction()

    def closeEvent(self, event: Any) -> None:
        self.hide()  # a model that is being converted may take seconds to end
        self.grid.hide_windows()
        self.desk.close()  # what it keeps tells of the windows
        self.grid.close_windows()
        self.session.close()
        save_settings(
            replace(
                self.settings,
                theme=self.theme.choice,
                size=self.size_menu.size_wanted,
                models=self.models.recent,
                report_folder=self.exporter.folder,
                pins=self.side.classes.pins,
                window=self.saveGeometry().toBase64().toStdString(),
                sizes=self.settings.sizes | self.layout_memory.sizes,
                tab=self.layout_memory.tab,
                hints_seen=self.guide.hints_seen,
                recent=self.desk.recent.known,
                autosave=self.desk.keeps_work,
            )
        )
        super().closeEvent(event)

    # -- building ---------------------------------------------------------------------------

    def _lay_out(self) -> LayoutMemory:
        self.addToolBar(self.tools)
        self.addActions(self.actions_.all())
        self.setStatusBar(self.status)
        self.pages.addWidget(self.welcome)
        evidence = Evidence(self.session, self.curves, self.scores, self)
        rows = QSplitter(Qt.Orientation.Vertical, self)
        self.pages.addWidget(self._workspace(rows, evidence))
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.pages, stretch=1)
        self._body = layout
        self.setCentralWidget(body)
        splitters = {"rows": rows, "evidence": evidence.beside, "side": self.side}
        return LayoutMemory(splitters, self.side.tabs)

    def _looks_menu(self) -> QMenu:
        menu = self.theme.menu()
        menu.addSeparator()
        menu.addMenu(self.size_menu)
        self.size_menu.chosen.connect(
            lambda percent: self.notice.show_text(
                tr("Text and controls are of {percent} % at the next start.", percent=percent)
            )
        )
        return menu

    def _make_desk(self) -> SessionDesk:
        parts = (self.grid, self.side, self.what_if.what_if, self.layout_memory, self.curves)
        state = WindowState(self.session, *parts)
        desk = SessionDesk(self.session, state, self.actions_, self.settings, self)
        for place, bar in enumerate((desk.offer, desk.replaced)):
            self._body.insertWidget(place, bar)
        desk.said.connect(self.notice.show_text)
        desk.told.connect(lambda sentence: self.status.showMessage(sentence, _MOMENT))
        desk.named.connect(self.name_window)
        desk.chosen.connect(lambda path: self.open_files([path]))
        self.side.display.changed.connect(desk.keeper.look)
        self.what_if.what_if.changed.connect(desk.keeper.look)
        self.grid.panels_built.connect(desk.keeper.look)
        return desk

    def _workspace(self, rows: QSplitter, evidence: QWidget) -> QWidget:
        rows.addWidget(PanelArea(self.grid, self))
        rows.addWidget(evidence)
        rows.setStretchFactor(0, 3)
        rows.setStretchFactor(1, 1)
        rows.setChildrenCollapsible(False)
        page = QWidget(self)
        layout = QHBoxLayout(page)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self.strip)
        layout.addWidget(rows, stretch=8)
        layout.addWidget(self.side, stretch=1)  # more room for names on a large screen
        return page
