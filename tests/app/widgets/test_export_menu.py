"""What the window exports."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow


def test_exports_are_what_the_command_line_writes(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with qtbot.waitSignal(filled.exporter.said, timeout=30_000):
        filled.exporter.write_report(out)
    names = {path.name for path in (out / "photo").iterdir()}
    assert {"report.png", "curves.csv", "summary.csv", "run.json", "mfpp.map.npy"} <= names
    facts = json.loads((out / "photo" / "run.json").read_text())
    assert facts["methods"][0]["steps_done"] == 60
    saved = np.load(out / "photo" / "rise.input.npy")
    assert np.array_equal(saved, filled.session.panel(1).state.saliency)


@pytest.mark.parametrize("kind", ["figure", "scores", "curves", "overlay"])
def test_single_files_are_exported(
    filled: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    path = tmp_path / "file.out"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    arguments = (2,) if kind == "overlay" else ()
    with qtbot.waitSignal(filled.exporter.said, timeout=30_000) as said:
        getattr(filled.exporter, f"ask_{kind}")(*arguments)
    assert said.args == [f"Written: {path}"]
    assert path.stat().st_size > 100
    assert filled.notice.text.startswith("Written")


def test_an_export_that_cannot_be_written_says_so(
    filled: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(filled.session.noticed, timeout=30_000) as told:
        filled.exporter.write_report(tmp_path / "file" / "below")
    assert "choose another folder" in told.args[0]


def test_exporting_nothing_says_so(window: MainWindow, tmp_path: Path) -> None:
    window.exporter.write_report(tmp_path)
    assert "nothing to export" in window.notice.text
