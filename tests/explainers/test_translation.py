"""Marked texts stay English where they are kept, and are translated where they are shown."""

from __future__ import annotations

import copy
import gettext
import json
import pickle

import pytest

from fragscope_explainers import translation
from fragscope_explainers.counts import EXTREMES
from fragscope_explainers.errors import ModelError, first_line
from fragscope_explainers.translation import mark, shown, tr, trn

WORDS = {
    "from the least to the greatest": "voller Bereich",
    "guessed: near to {source}": "geraten: nahe an {source}",
    "its image processor": "sein Bildprozessor",
    "fails ({reason})": "scheitert ({reason})",
    "{name} has no answer": "{name} bleibt stumm",
    "{count} mask": "{count} Maske",
    "{count} masks": "{count} Masken",
}


class _German(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return WORDS.get(message, message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return WORDS[one if count == 1 else many]


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


def test_a_reason_that_was_said_already_is_english_in_files() -> None:
    error = ModelError(tr("{name} has no answer", name="resnet"))
    assert str(error) == "resnet bleibt stumm"
    for reason in (first_line(error), error):
        kept = mark("fails ({reason})", reason=reason)
        assert kept == "fails (resnet has no answer)"
        assert shown(kept) == "scheitert (resnet bleibt stumm)"


def test_an_error_in_an_error_is_english_in_files() -> None:
    inner = ModelError(tr("{name} has no answer", name="resnet"))
    outer = ModelError(tr("fails ({reason})", reason=inner))
    assert str(outer) == "scheitert (resnet bleibt stumm)"
    assert mark("{why}", why=first_line(outer)) == "fails (resnet has no answer)"


@pytest.mark.parametrize(("count", "said"), [(1, "1 Maske"), (3, "3 Masken")])
def test_a_number_of_things_is_english_in_files(count: int, said: str) -> None:
    text = trn("{count} mask", "{count} masks", count)
    assert text == said
    assert mark("{what}", what=text) == f"{count} mask{'s' if count > 1 else ''}"
