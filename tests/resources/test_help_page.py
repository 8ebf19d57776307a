"""Every topic of the help has what it shows, and nothing is shipped that none shows."""

from __future__ import annotations

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
