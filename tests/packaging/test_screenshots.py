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
    for name in ("screenshots", "scenes", "model_scenes", "scene_list", "studio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("screenshots")


@pytest.mark.parametrize("name", ["idle", "finished", "difference", "model", "two-models"])
def test_a_scene_is_grabbed(
    script: ModuleType, qapp: QApplication, tmp_path: Path, quick_model: None, name: str
) -> None:
    """One scene of every way in which the window is set up; all would take minutes."""
    whole, details = tmp_path / "whole", tmp_path / "details"
    application = cast(QApplication, QApplication.instance())
    studio = script.Studio(application, whole, details, (1280, 800), SHORT)
    script.play(script.chosen([name]), studio)
    picture = QImage(str(whole / f"{name}.png"))
    assert (picture.width(), picture.height()) == (1280, 800)
    colours = {picture.pixel(x, y) for x in range(0, 1280, 16) for y in range(0, 800, 16)}
    assert len(colours) > 10
    assert 0 < QImage(str(details / f"{name}.png")).width() <= 960


def test_a_tidy_window_is_as_it_was_when_its_runs_had_ended(
    script: ModuleType, qapp: QApplication, tmp_path: Path, quick_model: None
) -> None:
    application = cast(QApplication, QApplication.instance())
    studio = script.Studio(application, tmp_path, tmp_path, (1280, 800), SHORT)
    window = studio.explained()
    before = [(panel.number, panel.method.name, panel.state) for panel in window.session.panels]
    for name in ("two-models", "held-class"):
        script.SCENES[name].play(studio)
    window.side.show_input()
    assert studio.explained() is window
    panels = window.session.panels
    assert [(panel.number, panel.method.name) for panel in panels] == [
        (number, name) for number, name, _ in before
    ]
    assert all(panel.model is None and panel.held is None for panel in panels)
    assert panels[0].state is before[0][2], "what was there is not run again"
    assert not window.undo.history.stack.canUndo()
    assert window.side.tabs.currentIndex() == 0
    assert not window.grid.differences
    studio.close()


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
