"""What can be done now, as a list that a few letters search. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from fragscope_explainers.registry import methods
from fragscope_explainers.translation import tr
from fragscope_resources.samples import SAMPLES, Sample

from .class_words import percent
from .colours import COLOUR_MAPS
from .presets import PRESETS, Preset

if TYPE_CHECKING:
    from .session import Session

MOST_SHOWN = 80
"""Rows of a list at most; more letters find the rest."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    Attributes
    ----------
    text : what it is, beginning with what it does.
    kind : which sort of thing it is, in one or two words; it is searched too.
    does : does it.
    keys : keys that do the same, or nothing.
    tip : a sentence about it.
    only_found : whether it is listed only where it was searched for, as the classes are.
    """

    text: str
    kind: str
    does: Callable[[], object]
    keys: str = ""
    tip: str = ""
    only_found: bool = False


@dataclass(frozen=True, slots=True)
class Verbs:
    """How the window does what commands say.

    Attributes
    ----------
    open_sample, add_method, use_preset, show_colours : with a sample, a method's name, a preset
        and a colour map.
    ask_panel : with a panel's number and the name of a request.
    show_difference : with the numbers of two panels.
    """

    open_sample: Callable[[Sample], object]
    add_method: Callable[[str], object]
    use_preset: Callable[[Preset], object]
    show_colours: Callable[[str], object]
    ask_panel: Callable[[int, str], object]
    show_difference: Callable[[int, int], object]


def gather(
    session: Session, verbs: Verbs, requests: Sequence[tuple[str, str]]
) -> Iterator[Command]:
    """Everything that can be done now beside the window's actions.

    Parameters
    ----------
    requests : names of what a panel can be asked for, with their texts; an empty name is a line.
    """
    yield from _openings(verbs)
    yield from _queue(session)
    if session.image is not None:
        yield from _methods(session, verbs)
        yield from _panels(session, verbs, requests)
        yield from _differences(session, verbs)
    for name in COLOUR_MAPS:
        yield Command(tr("Colours: {name}", name=name), tr("Map"), _call(verbs.show_colours, name))
    yield from _classes(session)
    yield from _contrasts(session)


def rank(commands: Iterable[Command], text: str, most: int = MOST_SHOWN) -> list[Command]:
    """The commands that have all words of a text in them, best first.

    A word counts most at the beginning of a command, then at that of a word, then elsewhere.
    Where nothing has all words, commands that have the letters in this order are taken.
    """
    words = text.casefold().split()
    known = list(commands)
    if not words:
        return [command for command in known if not command.only_found][:most]
    places = [(_distance(command, words), index) for index, command in enumerate(known)]
    if all(distance is None for distance, _ in places):
        letters = "".join(words)
        places = [(_spread(command.text, letters), index) for index, command in enumerate(known)]
    found = sorted((distance, index) for distance, index in places if distance is not None)
    return [known[index] for _, index in found[:most]]


# -- gathering ------------------------------------------------------------------------------


def _call(does: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: does(*arguments)


def _openings(verbs: Verbs) -> Iterator[Command]:
    for entry in SAMPLES:
        tip = tr("Explain this sample photo; {credit}", credit=entry.credit)
        text = tr("Open sample: {label}", label=entry.label)
        yield Command(text, tr("Sample"), _call(verbs.open_sample, entry), tip=tip)


def _queue(session: Session) -> Iterator[Command]:
    """What can be done with the pictures that are being explained."""
    album, kind = session.album, tr("Pictures")
    state = album.queue_state
    if state is not None:
        text = tr("Let all pictures go on") if state.is_held else tr("Pause all pictures")
        yield Command(text, kind, _call(album.hold_queue, not state.is_held))
        yield Command(tr("Cancel all pictures"), kind, album.cancel_queue)


def _methods(session: Session, verbs: Verbs) -> Iterator[Command]:
    for entry in methods:
        if session.why_unsupported(entry.name):
            continue
        yield Command(
            tr("Add {label}", label=entry.label),
            tr("Method"),
            _call(verbs.add_method, entry.name),
            tip=tr("Add a panel for this method"),
        )
    for preset in PRESETS:
        text = tr("Show panels: {label}", label=preset.label)
        yield Command(text, tr("Preset"), _call(verbs.use_preset, preset), tip=preset.question)


def _panels(
    session: Session, verbs: Verbs, requests: Sequence[tuple[str, str]]
) -> Iterator[Command]:
    for number, name in session.panels.names().items():
        for request, text in requests:
            if request:
                yield Command(
                    f"{name}: {text}", tr("Panel"), _call(verbs.ask_panel, number, request)
                )


def _classes(session: Session) -> Iterator[Command]:
    """Classes that can be explained, most probable first."""
    prediction = session.prediction
    if prediction is None:
        return
    for index in np.argsort(-prediction.probabilities, kind="stable").tolist():
        if index != session.target:
            yield Command(
                tr("Explain {label}", label=session.label(index)),
                tr("Class, {percent}", percent=percent(float(prediction.probabilities[index]))),
                _call(session.set_target, index),
                tip=tr("Explain class {index} in all panels", index=index),
                only_found=True,
            )


def _differences(session: Session, verbs: Verbs) -> Iterator[Command]:
    names = session.panels.names()
    for first, second in permutations(names, 2):
        yield Command(
            tr("{first}: Difference with {second}", first=names[first], second=names[second]),
            tr("Panel"),
            _call(verbs.show_difference, first, second),
            tip=tr("Show where the two maps differ"),
            only_found=True,
        )


def _contrasts(session: Session) -> Iterator[Command]:
    """Classes that can be subtracted from the explained one, most probable first."""
    prediction = session.prediction
    if prediction is None or session.target is None:
        return
    if session.against is not None:
        text = tr("Subtract no class from {label}", label=session.label(session.target))
        yield Command(text, tr("Contrast"), _call(session.set_against, None))
    for index in np.argsort(-prediction.probabilities, kind="stable").tolist():
        if index not in (session.target, session.against):
            yield Command(
                tr("Subtract {label}", label=session.label(index)),
                tr("Contrast"),
                _call(session.set_against, index),
                tip=tr(
                    "Subtract the maps of class {index} from those of the explained one",
                    index=index,
                ),
                only_found=True,
            )


# -- ranking --------------------------------------------------------------------------------


def _distance(command: Command, words: Sequence[str]) -> int | None:
    """How far a command is from what is looked for, or None where a word is not in it."""
    text = command.text.casefold()
    whole = f"{text} {command.kind.casefold()}"
    total = 0
    for word in words:
        if word not in whole:
            return None
        starts = f" {word}" in f" {whole}"
        total += 0 if text.startswith(word) else 1 if starts else 2
    return total


def _spread(text: str, letters: str) -> int | None:
    """How many characters of a text the letters span in their order, or None."""
    text = text.casefold()
    place = first = text.find(letters[0])
    for letter in letters[1:]:
        if place < 0:
            break
        place = text.find(letter, place + 1)
    return place - first if place >= 0 else None
