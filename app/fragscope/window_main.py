"""Start the window."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pyqtgraph
from pyqtgraph.util.garbage_collector import GarbageCollector
from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from fragscope_explainers.translation import language
from fragscope_explainers.types import Precision

from . import __version__
from .main_window import MainWindow
from .model_choice import ModelChoice
from .session import Session
from .settings import load_settings
from .widgets import theme

_SOON = 500
"""Milliseconds until what a closed model was made of is looked for."""


def run(
    pictures: Sequence[Path], precision: Precision = "f32", choice: ModelChoice | None = None
) -> int:
    """Show the window, open pictures or a session, and return the exit code at its end."""
    settings = load_settings()
    enlarge(settings.size)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("FragScope")
    application.setApplicationVersion(__version__)
    pyqtgraph.setConfigOptions(imageAxisOrder="row-major", antialias=True)
    speak_as_messages(application)
    theme.apply(application, settings.theme)  # type: ignore[arg-type]
    session = Session(precision=precision, choice=choice)
    application.aboutToQuit.connect(session.close)
    collector = collect_between_events(session)
    window = MainWindow(session, settings)
    window.show()
    stop_on_interrupt(window)
    window.desk.start_keeping()
    session.memory.start(settings.results_mb << 20)
    window.open_files(list(pictures))
    code = application.exec()
    del collector
    return code


def enlarge(percent: int) -> None:
    """Let Qt draw all larger; it reads this when the application is made, and never again."""
    if percent != 100:
        os.environ.setdefault("QT_SCALE_FACTOR", str(percent / 100))


def speak_as_messages(application: QApplication) -> None:
    """Let Qt's own texts, as in file dialogs, be of the language of the messages."""
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if language() and translator.load(QLocale(language()), "qtbase", "_", folder):
        application.installTranslator(translator)


def collect_between_events(session: Session) -> GarbageCollector:
    """Search for garbage on this thread only, as long as the result is kept.

    A worker that happens to search holds every thread up, for a quarter of a second once torch is
    loaded, and may take Qt's objects apart off their thread. What the model, its engine and torch
    are made of is not searched again, until a model is closed.
    """
    session.model_changed.connect(gc.freeze)
    session.engine_changed.connect(gc.freeze)
    session.model_closed.connect(lambda: QTimer.singleShot(_SOON, _search_all))
    return GarbageCollector(interval=0.1)


def _search_all() -> None:
    """Let go what a closed model was made of."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def stop_on_interrupt(window: MainWindow) -> None:
    """Close the window on Ctrl-C in the terminal.

    Python runs its signal handlers only between its own instructions, so a timer wakes it up.
    """
    signal.signal(signal.SIGINT, lambda *_: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(200)
