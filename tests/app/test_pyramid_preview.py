from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from fragscope.pyramid_preview import PyramidPreview
from fragscope.session import Session
from fragscope_explainers.fragments import Cutting
from fragscope_explainers.preprocessing import ModelInput


def test_a_cut_is_shown_without_a_query(explained: Session, qtbot: QtBot) -> None:
    preview = PyramidPreview(explained)
    states = [panel.state for panel in explained.panels]
    with qtbot.waitSignal(preview.changed):
        preview.show(Cutting("watershed", (6, 20)))
    assert preview.pyramid is not None
    assert preview.pyramid.scales == (6, 20)
    assert [panel.state for panel in explained.panels] == states
    preview.clear()
    assert preview.pyramid is None


def test_of_several_wishes_the_latest_wins(explained: Session, qtbot: QtBot) -> None:
    preview = PyramidPreview(explained)
    seen: list[tuple[int, ...]] = []
    preview.changed.connect(lambda: seen.append(preview.pyramid.scales))
    with qtbot.waitSignal(preview.changed):
        for number in range(4, 12):
            preview.show(Cutting(scales=(number,)))
    assert seen == [(11,)]
    assert not preview.is_pending


def test_what_is_cleared_meanwhile_does_not_come(explained: Session, qtbot: QtBot) -> None:
    preview = PyramidPreview(explained)
    preview.show(Cutting(scales=(5,)))
    preview.clear()
    with qtbot.waitSignal(preview.changed):
        preview.show(Cutting(scales=(7,)))
    assert preview.pyramid.scales == (7,)


def test_a_failure_is_a_sentence_and_the_next_wish_comes(
    explained: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = PyramidPreview(explained)
    with qtbot.waitSignal(preview.changed):
        preview.show(Cutting(labels="/nowhere/labels.png"))
    assert preview.pyramid is None
    assert "no such label file" in preview.failure

    def burst(_: Cutting, __: ModelInput) -> None:
        raise IndexError("odd")

    with monkeypatch.context() as patch:
        patch.setattr(Cutting, "pyramid", burst)
        with qtbot.waitSignal(preview.changed):
            preview.show(Cutting(scales=(5,)))
    assert preview.failure == "the cut failed: IndexError: odd"
    with qtbot.waitSignal(preview.changed):
        preview.show(Cutting(scales=(5,)))
    assert (preview.failure, preview.pyramid.scales) == ("", (5,))


def test_without_a_picture_nothing_is_cut(session: Session) -> None:
    preview = PyramidPreview(session)
    preview.show(Cutting())
    assert not preview.is_pending
    assert preview.pyramid is None


def test_the_own_file_is_read_by_the_preview(
    explained: Session, qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("labels") / "own.npy"
    np.save(path, np.arange(90 * 140).reshape(90, 140) // (140 * 30))
    preview = PyramidPreview(explained)
    with qtbot.waitSignal(preview.changed):
        preview.show(Cutting(labels=str(path)))
    assert preview.failure == ""
    assert preview.pyramid.counts == (3,)
