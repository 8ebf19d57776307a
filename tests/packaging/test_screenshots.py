"""The script that grabs the pictures of README and help drives the real window to its end."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from fragscope_resources.help_page import topics

ROOT = Path(__file__).resolve().parents[2]
SHORT = {
    "mfpp": {"masks": 60},
    "rise": {"masks": 50},
    "integrated-gradients": {"steps": 10},
}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as it is when it is run: its folder comes first on the path."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    for name in ("screenshots", "scenes", "studio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("screenshots")


def test_every_scene_is_grabbed(
    script: ModuleType, qapp: QApplication, tmp_path: Path, quick_model: None
) -> None:
    whole, details = tmp_path / "whole", tmp_path / "details"
    application = cast(QApplication, QApplication.instance())
    studio = script.Studio(application, whole, details, (1280, 800), SHORT)
    script.play(script.SCENES.values(), studio)
    for scene in script.SCENES.values():
        picture = QImage(str(whole / f"{scene.name}.png"))
        width, height = (3840, 2160) if scene.name == "large" else (1280, 800)
        assert (picture.width(), picture.height()) == (width, height)
        colours = {picture.pixel(x, y) for x in range(0, 1280, 16) for y in range(0, 800, 16)}
        assert len(colours) > 10, scene.name
        assert (details / f"{scene.name}.png").exists() is scene.in_help
        if scene.in_help:
            assert QImage(str(details / f"{scene.name}.png")).width() <= 960


def test_every_picture_of_the_help_is_a_scene_and_the_other_way_round(script: ModuleType) -> None:
    used = {name for topic in topics() for name in topic.pictures}
    assert {f"{scene.name}.png" for scene in script.SCENES.values() if scene.in_help} == used


def test_every_scene_has_its_picture_in_the_repository(script: ModuleType) -> None:
    grabbed = {path.stem for path in (ROOT / "resources" / "screenshots").glob("*.png")}
    assert grabbed == set(script.SCENES)


def test_scenes_are_listed_and_chosen_by_name(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["screenshots.py", "--list"])
    script.main()
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()] == list(script.SCENES)
    assert [scene.name for scene in script.chosen(["dark", "idle"])] == ["idle", "dark"]
    assert len(script.chosen([])) == len(script.SCENES)
    monkeypatch.setattr(sys, "argv", ["screenshots.py", "--only", "unicorn"])
    with pytest.raises(SystemExit):
        script.main()
    assert "there is no scene unicorn; --list names all" in capsys.readouterr().err
