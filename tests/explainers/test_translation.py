"""Marked texts stay English where they are kept, and are translated where they are shown."""

from __future__ import annotations

import copy
import gettext
import json
import pickle

import pytest

from fragscope_explainers import translation
from fragscope_explainers.counts import EXTREMES
from fragscope_explainers.translation import mark, shown

WORDS = {
    "from the least to the greatest": "voller Bereich",
    "guessed: near to {source}": "geraten: nahe an {source}",
    "its image processor": "sein Bildprozessor",
}


class _German(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return WORDS.get(message, message)


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalogue", _German)


def near() -> str:
    return mark("guessed: near to {source}", source=mark("its image processor"))


def test_marked_text_is_english_and_shown_in_the_language() -> None:
    assert near() == "guessed: near to its image processor"
    assert shown(near()) == "geraten: nahe an sein Bildprozessor"


def test_files_hold_the_english_text() -> None:
    assert json.loads(json.dumps({"source": near()})) == {"source": str(near())}


@pytest.mark.parametrize("again", [copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))])
def test_a_copy_is_marked_as_well(again: object) -> None:
    assert callable(again)
    assert shown(again(near())) == shown(near())


def test_a_text_from_a_file_is_translated_where_it_holds_no_values() -> None:
    assert shown(json.loads(json.dumps(EXTREMES))) == "voller Bereich"
    assert shown("of another program") == "of another program"
    assert shown("") == ""
