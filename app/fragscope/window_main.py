"""Start the window."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fragscope_explainers.types import Precision

from . import __version__
from .main_window import MainWindow
from .model_choice import ModelChoice
from .session import Session
from .settings import load_settings
from .widgets import theme


def run(
    pictures: Sequence[Path], precision: Precision = "f32", choice: ModelChoice | None = None
) -> int:
    """Show the window, open the first of the pictures, and return the exit code at its end."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("FragScope")
    application.setApplicationVersion(__version__)
    pyqtgraph.setConfigOptions(imageAxisOrder="row-major", antialias=True)
    settings = load_settings()
    theme.apply(application, settings.theme)  # type: ignore[arg-type]
    session = Session(precision=precision, choice=choice)
    application.aboutToQuit.connect(session.close)
    window = MainWindow(session, settings)
    window.show()
    stop_on_interrupt(window)
    window.open_files(list(pictures))
    return application.exec()


def stop_on_interrupt(window: MainWindow) -> None:
    """Close the window on Ctrl-C in the terminal.

    Python runs its signal handlers only between its own instructions, so a timer wakes it up.
    """
    signal.signal(signal.SIGINT, lambda *_: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(200)
