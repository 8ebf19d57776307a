"""Width, centre and presets in the real window, and drags in its pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fragscope.main_window import MainWindow
from fragscope.widgets.evidence import Evidence
from fragscope.widgets.window_control import WindowControl
from fragscope_explainers.counts import Window

from ...conftest import is_done

HEIGHT, WIDTH = 90, 140


def stored() -> np.ndarray[tuple[int, int], np.dtype[np.uint16]]:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    ramp = 600 + 8 * columns + rows
    disc = (rows - 50) ** 2 + (columns - 80) ** 2 < 18**2
    return np.where(disc, ramp + 900, ramp).astype(np.uint16)


def write_ct(path: Path) -> Path:
    """A CT with two windows of its own."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.SOPClassUID, found.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    found.Rows, found.Columns = HEIGHT, WIDTH
    found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
    found.BitsAllocated, found.BitsStored, found.HighBit = 16, 16, 15
    found.PixelRepresentation = 0
    found.PixelData = stored().tobytes()
    found.Modality, found.RescaleSlope, found.RescaleIntercept = "CT", 1, -1024
    found.WindowCenter, found.WindowWidth = [40, 300], [400, 1500]
    found.WindowCenterWidthExplanation = ["ABDOMEN", "SPINE"]
    dcmwrite(path, found, enforce_file_format=True)
    return path


def write_grey(path: Path) -> Path:
    PillowImage.fromarray(stored()).save(path)
    return path


Open = Callable[[Path], WindowControl]


@pytest.fixture
def opened(window: MainWindow, qtbot: QtBot) -> Open:
    """Opens a picture in the window, waits for its results, and brings the tab to the front."""

    def open_file(path: Path) -> WindowControl:
        control = window.side.window_control
        window.open_file(path)
        qtbot.waitUntil(lambda: is_done(window.session), timeout=30_000)
        qtbot.waitUntil(lambda: window.grid.is_settled, timeout=10_000)
        window.side.show_input()
        return control

    return open_file


def wait_window(window: MainWindow, qtbot: QtBot, wanted: Window | None) -> None:
    session = window.session
    qtbot.waitUntil(
        lambda: (
            session.prediction is not None
            and session.picture.job is None
            and session.prediction.model_input.image.window == wanted
        ),
        timeout=10_000,
    )


def drag_right(window: MainWindow, across: int, down: int, *, ends: bool = True) -> None:
    """Drag in the first picture with the right button held."""
    view = window.grid.views[0]
    port = view.viewport()
    start = view.mapFromScene(view.box.mapViewToScene(QPointF(WIDTH / 2, HEIGHT / 2)))
    button = Qt.MouseButton.RightButton
    QTest.mousePress(port, button, pos=start)
    for share in (0.3, 0.6, 1.0):
        at = start + QPoint(round(share * across), round(share * down))
        QTest.mouseMove(port, at, delay=20)
    if ends:
        QTest.mouseRelease(port, button, pos=start + QPoint(across, down))


def test_pictures_of_8_bits_have_no_window(opened: Open, photo: Path, qtbot: QtBot) -> None:
    control = opened(photo)
    assert not control.isVisible()
    assert control.windowing.counts is None


def test_a_ct_offers_its_own_windows_and_those_of_tissues(
    opened: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_ct(tmp_path / "scan.dcm"))
    qtbot.waitUntil(lambda: control.presets.count() > 0)
    assert control.isVisible()
    names = [control.presets.itemText(index) for index in range(control.presets.count())]
    assert names[:2] == ["ABDOMEN, from the file (40, 400)", "SPINE, from the file (300, 1,500)"]
    assert {"Brain (40, 80)", "Lung (-600, 1,500)", "Bone (400, 1,800)"} < set(names)
    assert control.presets.currentText() == names[0]
    listed = control.presets.view()
    assert listed.minimumWidth() > listed.sizeHintForColumn(0), "the list shows names whole"
    assert (control.width_box.value(), control.centre_box.value()) == (400, 40)
    assert control.width_box.suffix() == " HU"
    assert control.facts.text() == f"This picture has -424 to {stored().max() - 1024:,} HU."
    assert not control.all_button.isVisible()


def test_a_preset_is_set_at_once_and_can_be_undone(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_ct(tmp_path / "scan.dcm"))
    qtbot.waitUntil(lambda: control.presets.count() > 0)
    control.presets.setFocus()
    qtbot.keyClick(control.presets, Qt.Key.Key_Down)
    wait_window(window, qtbot, Window(300, 1500, "linear"))
    assert control.presets.currentText() == "SPINE, from the file (300, 1,500)"
    panel = window.session.panels[0]
    assert window.session.picture.is_outdated(panel)
    widget = window.grid.panels[panel.number]
    assert "of an earlier window" in widget._progress.text()
    assert widget._retry.isVisible()
    assert window.actions_["undo"].text() == "Undo: set the window"
    window.actions_["undo"].trigger()
    wait_window(window, qtbot, None)
    qtbot.waitUntil(lambda: control.presets.currentText().startswith("ABDOMEN, "))
    assert "earlier window" not in widget._progress.text()
    window.actions_["redo"].trigger()
    wait_window(window, qtbot, Window(300, 1500, "linear"))


def test_a_typed_width_is_set(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "scan.png"))
    assert control.width_box.suffix() == " counts"
    control.width_box.setFocus()
    control.width_box.selectAll()
    qtbot.keyClicks(control.width_box, "2000")
    qtbot.keyClick(control.width_box, Qt.Key.Key_Return)
    wait_window(window, qtbot, Window(2047.5, 2000))
    assert control.width_box.value() == 2000
    assert control.presets.currentIndex() == -1
    assert control.presets.placeholderText() == "Set by you"


def test_a_step_of_the_field_is_set_after_a_while(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "scan.png"))
    control.centre_box.stepDown()
    assert window.session.picture.window is None
    centre = control.centre_box.value()
    wait_window(window, qtbot, Window(centre, 4095))


def test_dragging_with_the_right_button_shows_and_then_sets_a_window(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "scan.png"))
    session, view = window.session, window.grid.views[0]
    view.show_region(QRectF(20, 10, 60, 60))
    seen = view._photo.image.copy()
    with qtbot.waitSignal(control.windowing.tried):
        drag_right(window, -60, -40, ends=False)
    assert not view._map.isVisible(), "the picture is bare while its window is tried"
    assert (view._photo.image != seen).any()
    assert session.picture.window is None
    tried = control.windowing.window
    assert tried is not None
    assert tried.width < 4095
    assert tried.centre > 2047.5
    assert window.status.currentMessage().startswith("Window: width ")
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.RightButton, pos=QPoint(30, 30))
    qtbot.waitUntil(lambda: session.picture.window is not None)
    wait_window(window, qtbot, session.picture.window)
    assert view._map.isVisible()
    assert view.box.viewRect().height() < HEIGHT, "what people zoomed to stays"
    np.testing.assert_array_equal(view._photo.image, session.preview)


def test_dragging_a_picture_of_8_bits_zooms(
    opened: Open, window: MainWindow, photo: Path, qtbot: QtBot
) -> None:
    opened(photo)
    view = window.grid.views[0]
    before = view.box.viewRect()
    drag_right(window, 0, 60)
    qtbot.waitUntil(lambda: view.box.viewRect() != before)


def test_one_button_uses_it_for_all_alike(
    opened: Open, window: MainWindow, tmp_path: Path, photo: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "first.png"))
    album, first = window.session.album, window.session.picture
    album.open_files([photo, write_grey(tmp_path / "second.png")])
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in album.pictures), timeout=10_000)
    album.show(first.number)
    control.windowing.use(Window(1000, 900))
    qtbot.waitUntil(control.all_button.isVisible)
    assert control.all_button.text() == "Use for 1 more picture"
    qtbot.mouseClick(control.all_button, Qt.MouseButton.LeftButton)
    assert [p.window for p in album.pictures] == [Window(1000, 900), None, Window(1000, 900)]
    wait_window(window, qtbot, Window(1000, 900))
    window.actions_["undo"].trigger()
    assert [p.window for p in album.pictures] == [Window(1000, 900), None, None]


def test_scores_of_an_earlier_window_are_marked(
    opened: Open, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    control = opened(write_grey(tmp_path / "grey.png"))
    evidence = window.findChild(Evidence)
    assert not window.scores.item(0, 1).text().startswith("~")
    assert "earlier window" not in evidence.note.text()
    control.windowing.use(Window(1000, 800))
    qtbot.waitUntil(lambda: "earlier window" in evidence.note.text(), timeout=10_000)
    assert window.scores.item(0, 1).text().startswith("~")


def test_what_cannot_be_a_width_is_told_at_the_field(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "scan.png"))
    control.width_box.setFocus()
    control.width_box.selectAll()
    qtbot.keyClicks(control.width_box, "abc")
    assert control.width_said.isVisible()
    assert control.width_said.text().startswith("'c' is not taken: type a whole number from 1 to")
    assert not control.centre_said.isVisible()
    qtbot.keyClicks(control.width_box, "0")
    qtbot.keyClick(control.width_box, Qt.Key.Key_Return)
    assert control.width_said.text().startswith("'0' is not taken")
    assert window.session.picture.window is None
    control.width_box.selectAll()
    qtbot.keyClicks(control.width_box, "2000")
    assert not control.width_said.isVisible()
    qtbot.keyClick(control.width_box, Qt.Key.Key_Return)
    wait_window(window, qtbot, Window(2047.5, 2000))


def test_pictures_of_a_kind_in_other_windows_are_told(
    opened: Open, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    control = opened(write_grey(tmp_path / "first.png"))
    assert not control.differing.isVisible()
    album, first = window.session.album, window.session.picture
    PillowImage.fromarray(stored() * 2).save(tmp_path / "brighter.png")
    album.open_files([write_grey(tmp_path / "alike.png"), tmp_path / "brighter.png"])
    qtbot.waitUntil(lambda: all(p.thumbnail is not None for p in album.pictures), timeout=10_000)
    album.show(first.number)
    qtbot.waitUntil(control.differing.isVisible, timeout=10_000)
    assert control.differing.text().startswith("1 more picture of this kind is seen through")
    qtbot.mouseClick(control.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not control.differing.isVisible(), timeout=10_000)
