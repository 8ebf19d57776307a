"""Unsaved work outlives a crash, is offered once, and is not in the way otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.autosave import SWITCH, Autosave, autosave_folder
from fragscope.painting import Painting
from fragscope.session import Session
from fragscope.session_keeper import SessionKeeper
from fragscope.session_reading import read_session
from fragscope.stored_session import View

VICTIM = """
import sys
import numpy as np
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from fragscope.autosave import Autosave
from fragscope.session import Session
from fragscope.session_keeper import SessionKeeper
from fragscope.stored_session import View
from fragscope_explainers.images import image_from_array

application = QCoreApplication([])
session = Session(panels=("saliency",))
keeper = SessionKeeper(session, View)
autosave = Autosave(keeper, seconds=0.05)
autosave.start()
pixels = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3) % 251
session.open_image(image_from_array(pixels.astype(np.uint8), "crashed"))
folder = Path(sys.argv[1])

def look():
    if list(folder.glob("*.fragscope")):
        print("written", flush=True)

timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
application.exec()
"""


@pytest.fixture
def keeper(session: Session) -> Iterator[SessionKeeper]:
    found = SessionKeeper(session, View)
    yield found
    found.close()


@pytest.fixture
def autosave(keeper: SessionKeeper) -> Autosave:
    return Autosave(keeper, seconds=0.05)


def files() -> list[Path]:
    return sorted(autosave_folder().glob("*.fragscope"))


def test_nothing_is_kept_while_nothing_is_open(
    autosave: Autosave, session: Session, qtbot: QtBot
) -> None:
    autosave.start()
    autosave.save_now()
    assert files() == []
    autosave.close()


def test_work_is_kept_once_for_every_change_and_gone_at_the_end(
    autosave: Autosave, explained: Session, qtbot: QtBot
) -> None:
    autosave.start()
    qtbot.waitUntil(lambda: len(files()) == 1, timeout=10_000)
    qtbot.waitUntil(lambda: autosave._written is not None)
    autosave._not_before = 0.0
    stamp = files()[0].stat().st_mtime_ns
    autosave.save_now()  # nothing has changed since
    assert not autosave._keeper.writer.is_busy
    explained.paint(Painting((0.5,), 0.0))
    autosave.save_now()
    qtbot.waitUntil(lambda: files()[0].stat().st_mtime_ns != stamp, timeout=10_000)
    assert read_session(files()[0]).painting == Painting((0.5,), 0.0)
    autosave.close()
    assert files() == []
    assert list(autosave_folder().iterdir()) == []


def test_writing_takes_a_small_share_of_the_time(
    autosave: Autosave, explained: Session, qtbot: QtBot
) -> None:
    autosave.start()
    qtbot.waitUntil(lambda: autosave._written is not None, timeout=10_000)
    explained.paint(Painting((0.5,), 0.0))
    autosave._not_before = float("inf")
    autosave.save_now()
    assert not autosave._keeper.writer.is_busy
    autosave.close()


def test_what_has_a_file_is_not_kept_beside_it(
    autosave: Autosave, keeper: SessionKeeper, explained: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    autosave.start()
    qtbot.waitUntil(lambda: autosave._written is not None, timeout=10_000)
    with qtbot.waitSignal(keeper.saved):
        keeper.save(tmp_path / "work.fragscope")
    assert files() == []
    autosave.close()
    assert autosave.last is None


def test_changes_to_a_file_are_offered_after_a_clean_end(
    autosave: Autosave, keeper: SessionKeeper, explained: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "work.fragscope"
    autosave.start()
    with qtbot.waitSignal(keeper.saved):
        keeper.save(path)
    explained.paint(Painting((0.25,), 0.0))
    autosave.close()
    assert [found.name for found in files()] == ["last.fragscope"]
    next_keeper = SessionKeeper(explained, View)
    later = Autosave(next_keeper, seconds=1000)
    later.start()
    assert later.leftover is not None
    assert not later.leftover.crashed
    explained.paint(Painting())
    with qtbot.waitSignal(next_keeper.opened, timeout=20_000):
        next_keeper._on_model()
        later.restore()
    assert explained.painting == Painting((0.25,), 0.0)
    assert next_keeper.path == path
    assert next_keeper.is_changed
    later.close()


def test_a_killed_window_s_work_is_offered_and_restored(
    autosave: Autosave, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.load_model()
    qtbot.waitUntil(lambda: session.classifier is not None, timeout=20_000)
    folder = autosave_folder()
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == "written\n"
    autosave.start()  # a second window beside the first
    assert autosave.leftover is None
    autosave.stop()
    victim.kill()
    victim.wait()
    victim.stdout.close()
    with qtbot.waitSignal(autosave.offered):
        autosave.start()
    assert autosave.leftover.crashed
    left = autosave.leftover.path
    other = Autosave(SessionKeeper(session, View), seconds=1000)
    other.start()
    assert other.leftover is None  # it is offered to one window only
    other.close()
    with qtbot.waitSignal(autosave._keeper.opened, timeout=20_000):
        autosave.restore()
    assert session.image.name == "crashed"
    assert session.image.pixels.shape == (40, 60, 3)
    assert autosave.leftover is None
    qtbot.waitUntil(lambda: not left.exists() and len(files()) == 1, timeout=10_000)
    autosave.close()
    assert [path.name for path in files()] == ["last.fragscope"]


def leave(name: str, written: float = 0.0) -> Path:
    """What a window left whose lock is held by nobody."""
    path = autosave_folder() / f"{name}.fragscope"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK")
    os.utime(path, (written, written))
    return path


def test_what_is_discarded_is_gone_and_what_is_damaged_says_so(
    autosave: Autosave, keeper: SessionKeeper, session: Session, qtbot: QtBot
) -> None:
    old, new = leave("old", 1e9), leave("new", 1.5e9)
    session.load_model()
    qtbot.waitUntil(lambda: session.classifier is not None, timeout=20_000)
    autosave.start()
    assert autosave.leftover.path == new
    with qtbot.waitSignal(keeper.failed) as told:
        autosave.restore()
    assert "damaged" in told.args[0]
    assert autosave.leftover.path == new
    autosave.discard()
    assert autosave.leftover is None
    assert not new.exists()
    assert old.exists()
    autosave.close()


def test_no_more_than_a_few_are_kept(autosave: Autosave) -> None:
    paths = [leave(str(n), 1e9 + n) for n in range(9)]
    autosave.start()
    assert [path.exists() for path in paths] == [False] * 4 + [True] * 5
    autosave.close()


@pytest.mark.parametrize("word", ["0", "off", "No", "false"])
def test_a_variable_turns_it_off(
    word: str, autosave: Autosave, explained: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, word)
    autosave.start()
    assert not autosave.is_on
    autosave.save_now()
    autosave.close()
    assert not autosave_folder().exists()


def test_a_state_folder_that_cannot_be_made_is_no_trouble(
    keeper: SessionKeeper, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    autosave = Autosave(keeper, tmp_path / "file" / "autosave")
    autosave.start()
    assert not autosave.is_on
    autosave.close()


def test_a_full_disk_is_told(
    autosave: Autosave, explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fragscope.archive.ArchiveWriter.facts", full)
    autosave.start()
    with qtbot.waitSignal(autosave.failed, timeout=10_000) as told:
        autosave.save_now()
    assert told.args[0].startswith("Unsaved work is not kept: ")
    assert "No space left" in told.args[0]
    assert np.isfinite(autosave._not_before)
    autosave.close()
