"""How far a picture is does not depend on the words for it."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from fragscope import pictures
from fragscope.widgets.picture_strip import PROGRESS_WORDS
from fragscope_explainers import translation


def test_progress_stays_apart_where_a_language_has_one_word_for_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translation, "tr", lambda message, **_: "läuft")
    name = "fragscope.pictures_again"
    spec = importlib.util.spec_from_file_location(name, pictures.__file__)
    assert spec is not None
    assert spec.loader is not None
    again = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, again)
    spec.loader.exec_module(again)
    assert len(again.Progress) == 5


def test_every_progress_has_words() -> None:
    assert set(PROGRESS_WORDS) == set(pictures.Progress)
