"""Which packages the application may load, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WITHOUT_QT = (
    "archive",
    "batch",
    "changes",
    "cli",
    "cli_options",
    "colours",
    "commands",
    "curve_data",
    "display",
    "drawings",
    "edits",
    "environment",
    "files",
    "figure",
    "painting",
    "panel_memory",
    "preparation",
    "progress_bars",
    "recent",
    "reports",
    "runs",
    "session_file",
    "session_reading",
    "settings",
    "spilling",
    "stored_session",
)


def modules_after(code: str) -> set[str]:
    """Names of the modules that are loaded after some code ran."""
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_command_line_and_reports_load_no_qt() -> None:
    loaded = modules_after("\n".join(f"import fragscope.{name}" for name in WITHOUT_QT))
    assert not {name.partition(".")[0] for name in loaded} & {"PySide6", "pyqtgraph", "qtawesome"}


def test_listing_the_methods_loads_no_qt() -> None:
    code = """
from fragscope.cli import main
try:
    main(["methods"])
except SystemExit:
    pass
"""
    assert not {name for name in modules_after(code) if name.startswith("PySide6")}


@pytest.mark.parametrize(
    "name",
    [
        *("album", "autosave", "jobs", "latest", "model_loading", "pyramid_preview", "restoring"),
        *("result_memory", "scrubber", "session_keeper", "session_report", "what_if"),
    ],
)
def test_session_and_jobs_load_no_widgets(name: str) -> None:
    loaded = modules_after(f"import fragscope.{name}")
    assert "PySide6.QtCore" in loaded
    assert not loaded & {"PySide6.QtGui", "PySide6.QtWidgets", "pyqtgraph", "qtawesome"}


@pytest.mark.parametrize("name", ["cli", "main_window"])
def test_the_window_can_be_shown_before_torch_is_loaded(name: str) -> None:
    assert not modules_after(f"import fragscope.{name}") & {"torch", "torchvision", "captum"}


def test_the_window_is_up_before_heavy_packages_are_loaded() -> None:
    loaded = modules_after("""
from PySide6.QtWidgets import QApplication
from fragscope.window_main import MainWindow, Session
application = QApplication([])
session = Session()
window = MainWindow(session)
window.show()
session.close()
""")
    heavy = ("torch", "captum", "openvino", "matplotlib", "scipy.stats", "scipy.ndimage", "pandas")
    assert not loaded & set(heavy)
    assert not {name for name in loaded if name.startswith("skimage.") and "_shared" not in name}
