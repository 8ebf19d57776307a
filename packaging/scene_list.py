"""The list of scenes, in the order in which they are grabbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from studio import Studio

Play = Callable[[Studio], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """A state of the window that has a picture.

    Attributes
    ----------
    name : of the picture's file.
    shows : what is to be seen, as a sentence.
    in_help : whether a topic of the help has the picture.
    """

    name: str
    shows: str
    play: Play
    in_help: bool = True


SCENES: dict[str, Scene] = {}


def scene(name: str, shows: str, *, in_help: bool = True) -> Callable[[Play], Play]:
    """Make a function a scene."""

    def keep(play: Play) -> Play:
        if name in SCENES:
            raise ValueError(f"there are two scenes named {name}")
        SCENES[name] = Scene(name, shows, play, in_help)
        return play

    return keep


def chosen(names: Iterator[str] | list[str]) -> list[Scene]:
    """Scenes by their names, in their order; all where none are named.

    Raises
    ------
    KeyError
        There is no scene of one of the names.
    """
    wanted = set(names)
    unknown = wanted - SCENES.keys()
    if unknown:
        raise KeyError(f"there is no scene {', '.join(sorted(unknown))}")
    return [found for found in SCENES.values() if not wanted or found.name in wanted]
