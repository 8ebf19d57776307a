"""Commands: all that can be done is gathered, and a few letters find it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fragscope.commands import Command, Verbs, gather, rank
from fragscope.session import Session

REQUESTS = (("rerun", "Run again"), ("", ""), ("remove", "Remove panel"))


def command(text: str, kind: str = "Look", *, only_found: bool = False) -> Command:
    return Command(text, kind, lambda: None, only_found=only_found)


def texts(found: list[Command]) -> list[str]:
    return [entry.text for entry in found]


def verbs(done: list[tuple[object, ...]]) -> Verbs:
    return Verbs(
        open_sample=lambda sample: done.append(("open", sample.name)),
        add_method=lambda name: done.append(("add", name)),
        use_preset=lambda preset: done.append(("use", preset.label)),
        show_colours=lambda name: done.append(("show", name)),
        ask_panel=lambda number, request: done.append(("ask", number, request)),
        show_difference=lambda first, second: done.append(("difference", first, second)),
    )


def test_nothing_typed_lists_all_but_what_must_be_searched() -> None:
    known = [command("b"), command("a"), command("Explain cup", only_found=True)]
    assert texts(rank(known, "  ")) == ["b", "a"]
    assert texts(rank(known, "cup")) == ["Explain cup"]


def test_beginnings_come_before_middles() -> None:
    known = [command("Unfit"), command("Best fit"), command("Fit"), command("Swipe")]
    assert texts(rank(known, "FIT")) == ["Fit", "Best fit", "Unfit"]


def test_all_words_count_in_any_order_and_the_kind_too() -> None:
    known = [command("MFPP: Run again", "Panel"), command("RISE: Run again", "Panel")]
    assert texts(rank(known, "again mfpp")) == ["MFPP: Run again"]
    assert texts(rank(known, "panel rise")) == ["RISE: Run again"]


def test_letters_in_order_are_found_where_no_word_is() -> None:
    known = [command("Finer fragments"), command("Swipe"), command("Fit")]
    assert texts(rank(known, "fnfr")) == ["Finer fragments"]
    assert rank(known, "qqq") == []


def test_no_more_rows_than_asked_for() -> None:
    assert texts(rank([command(f"a{n}") for n in range(9)], "a", most=3)) == ["a0", "a1", "a2"]


def test_without_a_picture_only_samples_and_colours_are_there(session: Session) -> None:
    done: list[tuple[object, ...]] = []
    found = {entry.text: entry for entry in gather(session, verbs(done), REQUESTS)}
    assert {entry.kind for entry in found.values()} == {"Sample", "Map"}
    found["Open sample: Coffee"].does()
    found["Colours: viridis"].does()
    assert done == [("open", "coffee"), ("show", "viridis")]


def test_methods_presets_panels_and_classes_follow_the_session(explained: Session) -> None:
    done: list[tuple[object, ...]] = []
    found = {entry.text: entry for entry in gather(explained, verbs(done), REQUESTS)}
    for text in ("Add SmoothGrad", "Show panels: Gradients", "RISE: Remove panel"):
        found[text].does()
    assert done == [("add", "smoothgrad"), ("use", "Gradients"), ("ask", 1, "remove")]
    found["RISE: Difference with MFPP"].does()
    assert done[-1] == ("difference", 1, 0)
    assert "RISE: " not in found  # a line of the menu is no command
    assert explained.prediction is not None
    assert f"Explain {explained.label(explained.prediction.top[0])}" not in found  # it is already
    rival = explained.prediction.top[1]
    classes = [entry for entry in found.values() if entry.kind.startswith("Class")]
    assert classes[0].text == f"Explain {explained.label(rival)}"  # most probable first
    assert all(entry.only_found for entry in classes)
    classes[0].does()
    assert explained.target == rival


def test_a_class_is_subtracted_and_given_back(explained: Session) -> None:
    assert explained.prediction is not None
    first, second = explained.prediction.top[:2]
    found = {entry.text: entry for entry in gather(explained, verbs([]), REQUESTS)}
    assert f"Subtract {explained.label(first)}" not in found  # it is the explained one
    subtract = found[f"Subtract {explained.label(second)}"]
    assert subtract.only_found
    subtract.does()
    assert explained.against == second
    found = {entry.text: entry for entry in gather(explained, verbs([]), REQUESTS)}
    found[f"Subtract no class from {explained.label(first)}"].does()
    assert explained.against is None


def test_pictures_that_are_explained_can_be_held_and_cancelled(
    explained: Session, make_photo: Callable[..., Path]
) -> None:
    album = explained.album

    def listed() -> set[str]:
        return {entry.text for entry in gather(explained, verbs([]), ())}

    assert not {"Pause all pictures", "Cancel all pictures"} & listed()
    album.open_files([explained.picture.path, make_photo("further.png")])
    album.run_pictures()
    assert {"Pause all pictures", "Cancel all pictures"} <= listed()
    album.hold_queue(True)
    assert {"Let all pictures go on", "Cancel all pictures"} <= listed()
    album.cancel_queue()
    assert "Cancel all pictures" not in listed()
