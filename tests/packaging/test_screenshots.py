"""The script that grabs the README's pictures drives the real window to its end."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "screenshots.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    spec = importlib.util.spec_from_file_location("screenshots", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_pictures_are_grabbed(
    script: ModuleType, qapp: QApplication, tmp_path: Path, quick_model: None
) -> None:
    application = cast(QApplication, QApplication.instance())
    script.theme.apply(application, "light")
    script.shots(script.Photographer(application, tmp_path, (1280, 800)), application)
    for name in ("idle", "running", "finished", "fragments", "dark"):
        picture = QImage(str(tmp_path / f"{name}.png"))
        assert (picture.width(), picture.height()) == (1280, 800)
        colours = {picture.pixel(x, y) for x in range(0, 1280, 16) for y in range(0, 800, 16)}
        assert len(colours) > 10, name
