"""What is installed holds what is shipped: the wheel has the help and its pictures."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from fragscope_resources.help_page import PICTURES, topics

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
USED = {name for topic in topics() for name in topic.pictures}


def test_the_installed_package_has_every_picture_of_the_help() -> None:
    assert USED
    assert {path.name for path in PICTURES.iterdir()} == USED


def test_what_is_shipped_lies_in_a_package_and_is_not_ignored() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    folder = ROOT / "resources" / "fragscope_resources"
    assert "resources/fragscope_resources" in packages
    shipped = [folder / "help.md", *(folder / "pictures" / name for name in sorted(USED))]
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    asked = subprocess.run(
        [git, "check-ignore", "--no-index", *map(str, shipped)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout == ""  # the build leaves out what git ignores


def test_the_wheel_has_help_and_pictures(tmp_path: Path) -> None:
    builder = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    built = next(iter(builder.WheelBuilder(str(ROOT)).build(directory=str(tmp_path))))
    with ZipFile(built) as wheel:
        names = set(wheel.namelist())
    assert "fragscope_resources/help.md" in names
    assert {f"fragscope_resources/pictures/{name}" for name in USED} <= names
