"""Every topic of the help has what it shows, and nothing is shipped that none shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as PillowImage

from fragscope_resources.help_page import PICTURES, Topic, topics

_MOST_BYTES = 2_500_000
_WIDEST = 960


def test_titles_are_unique_and_texts_are_there() -> None:
    found = topics()
    assert len(found) > 20
    assert len({topic.title for topic in found}) == len(found)
    assert all(topic.text for topic in found)


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.title)
def test_every_picture_exists_and_is_small(topic: Topic) -> None:
    for name in topic.pictures:
        with PillowImage.open(PICTURES / name) as picture:
            assert picture.format == "PNG"
            assert picture.width <= _WIDEST


def test_every_picture_is_used_and_all_together_are_small() -> None:
    used = {name for topic in topics() for name in topic.pictures}
    shipped = list(PICTURES.iterdir())
    assert {path.name for path in shipped} == used
    assert sum(path.stat().st_size for path in shipped) < _MOST_BYTES


def test_words_are_found_in_any_order_and_case_but_not_in_names_of_files() -> None:
    topic = Topic("The Scrubber", "Drag in a plot.\n\n![What is seen](curves.png)")
    assert topic.has("")
    assert topic.has("PLOT scrub")
    assert not topic.has("plot brush")
    assert not topic.has("png")
    assert topic.pictures == ("curves.png",)


def _write(folder: Path, name: str, *titles: str) -> None:
    text = "".join(f"## {title}\n\nText von {title}\n\n" for title in titles)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_translation_takes_the_place_of_the_english_help(tmp_path: Path) -> None:
    _write(tmp_path, "help.de.md", "Ein Bild öffnen", "Karten")
    found = topics("de", [tmp_path])
    assert [topic.title for topic in found] == ["Ein Bild öffnen", "Karten"]
    assert found[1].text == "Text von Karten"
    assert topics("de_AT", [tmp_path]) == found
    assert topics("fr", [tmp_path]) == topics("", [tmp_path]) == topics()


def test_the_first_folder_wins_and_a_region_before_its_language(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    _write(first, "help.pt.md", "Abrir")
    _write(second, "help.pt_BR.md", "Abrir no Brasil")
    assert topics("pt_BR", [first, second])[0].title == "Abrir"
    _write(first, "help.pt_BR.md", "Abrir aqui")
    assert topics("pt_BR", [first, second])[0].title == "Abrir aqui"


@pytest.mark.expects_log("help.de.md")
@pytest.mark.parametrize("data", [b"\xff\xfe broken", b"no topics at all"])
def test_a_translation_that_cannot_be_used_leaves_the_english_help(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "help.de.md").write_bytes(data)
    assert topics("de", [tmp_path]) == topics()
