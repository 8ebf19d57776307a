"""What is read out at the pointer: the picture's own numbers there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from pytestqt.qtbot import QtBot

from fragscope.session import Session
from fragscope.widgets.readout import Readout

from .test_window_control import stored, write_ct, write_grey

X, Y = 70.6, 45.2
COLUMN, ROW = 70, 45


@pytest.fixture
def readout(session: Session, qtbot: QtBot) -> Readout:
    found = Readout(session)
    qtbot.addWidget(found)
    session.load_model()
    return found


def second_row(readout: Readout, session: Session, path: Path, qtbot: QtBot) -> str:
    """Open a picture and read out one point; what comes after its place."""
    session.open_file(path)
    qtbot.waitUntil(lambda: session.prediction is not None, timeout=10_000)
    rows = readout.plain_text(X, Y).splitlines()
    assert rows[0] == f"picture\t{COLUMN}, {ROW}"
    assert rows[2].startswith("model\t")
    return rows[1]


def test_a_colour_is_that_of_the_picture_not_of_the_input(
    readout: Readout, session: Session, photo: Path, qtbot: QtBot
) -> None:
    red, green, blue = np.asarray(PillowImage.open(photo).convert("RGB"))[ROW, COLUMN]
    wanted = f"pixel\tR {red}, G {green}, B {blue}"
    assert second_row(readout, session, photo, qtbot) == wanted


def test_a_grey_is_told_once(
    readout: Readout, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    PillowImage.fromarray((stored() % 256).astype(np.uint8)).save(tmp_path / "grey.png")
    wanted = f"pixel\tgrey {stored()[ROW, COLUMN] % 256}"
    assert second_row(readout, session, tmp_path / "grey.png", qtbot) == wanted


def test_counts_are_told_in_their_unit(
    readout: Readout, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    wanted = f"pixel\t{stored()[ROW, COLUMN]:,} counts"
    assert second_row(readout, session, write_grey(tmp_path / "scan.png"), qtbot) == wanted


def test_hounsfield_units_are_told(
    readout: Readout, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    wanted = f"pixel\t{int(stored()[ROW, COLUMN]) - 1024:,} HU"
    assert second_row(readout, session, write_ct(tmp_path / "scan.dcm"), qtbot) == wanted


def test_outside_the_picture_there_is_no_pixel(
    readout: Readout, session: Session, photo: Path, qtbot: QtBot
) -> None:
    second_row(readout, session, photo, qtbot)
    assert "pixel\t" not in readout.plain_text(-0.5, Y)
    assert "pixel\t" not in readout.plain_text(X, 9999)
