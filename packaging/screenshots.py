"""Drive the real window through its scenes, and grab the pictures of README and help.

    python packaging/screenshots.py [--only NAME ...] [--list] [--out FOLDER] [--details FOLDER]

Runs offscreen where there is no display. A scene is a function of `scenes.py` or `model_scenes.py`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import model_scenes  # noqa: F401  # its scenes enter the list
import pyqtgraph
import scenes  # noqa: F401
from PySide6.QtWidgets import QApplication
from scene_list import SCENES, Scene, chosen
from studio import Studio

RESOURCES = Path(__file__).resolve().parents[1] / "resources"


def main() -> None:
    """Grab what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these scenes only")
    parser.add_argument("--list", action="store_true", help="name all scenes and end")
    parser.add_argument("--out", type=Path, default=RESOURCES / "screenshots")
    parser.add_argument(
        "--details", type=Path, default=RESOURCES / "fragscope_resources" / "pictures"
    )
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{scene.name:14} {scene.shows}" for scene in SCENES.values()))
        return
    try:
        wanted = chosen(arguments.only)
    except KeyError as error:
        parser.error(f"{error.args[0]}; --list names all")
    with TemporaryDirectory() as home:
        for kind in ("CONFIG", "STATE"):  # the user's settings and unsaved work are to stay
            os.environ[f"XDG_{kind}_HOME"] = home
        play(wanted, Studio(QApplication([]), arguments.out, arguments.details))


def play(wanted: Iterable[Scene], studio: Studio) -> None:
    """Play scenes one after the other."""
    pyqtgraph.setConfigOptions(imageAxisOrder="row-major", antialias=True)
    for scene in wanted:
        scene.play(studio)
    studio.close()


if __name__ == "__main__":
    main()
