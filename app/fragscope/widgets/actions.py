"""Everything the window can do, as actions with icons, keys and a sentence each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import qtawesome
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from fragscope_explainers.translation import tr

from . import theme


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its name, icon, keys, what it does, and its group in the sheet of keys."""

    name: str
    text: str
    icon: str
    keys: tuple[str, ...]
    tip: str
    group: str


_IN_FILE = (
    ActionSpec(
        "open", tr("Open"), "mdi6.folder-open-outline", ("Ctrl+O",), tr("Open pictures"), tr("File")
    ),
    ActionSpec(
        "paste",
        tr("Paste"),
        "mdi6.content-paste",
        ("Ctrl+V",),
        tr("Explain a copied picture"),
        tr("File"),
    ),
    ActionSpec(
        "open session",
        tr("Open session ..."),
        "mdi6.folder-clock-outline",
        ("Ctrl+Shift+O",),
        tr("Open a session that was saved"),
        tr("File"),
    ),
    ActionSpec(
        "save",
        tr("Save session"),
        "mdi6.content-save-outline",
        ("Ctrl+S",),
        tr("Save pictures, results and settings in one file"),
        tr("File"),
    ),
    ActionSpec(
        "save as",
        tr("Save session as ..."),
        "mdi6.content-save-edit-outline",
        ("Ctrl+Shift+S",),
        tr("Save the session in another file"),
        tr("File"),
    ),
    ActionSpec(
        "model", tr("Open model"), "mdi6.brain", ("Ctrl+M",), tr("Open another model"), tr("File")
    ),
    ActionSpec(
        "export",
        tr("Export"),
        "mdi6.export-variant",
        ("E",),
        tr("Write a report folder"),
        tr("File"),
    ),
    ActionSpec(
        "next picture",
        tr("Next picture"),
        "mdi6.image-multiple-outline",
        ("PgDown", "Ctrl+]"),
        tr("Show the next picture of the strip"),
        tr("File"),
    ),
    ActionSpec(
        "previous picture",
        tr("Picture before"),
        "mdi6.image-multiple-outline",
        ("PgUp", "Ctrl+["),
        tr("Show the picture before it in the strip"),
        tr("File"),
    ),
    ActionSpec(
        "close picture",
        tr("Close picture"),
        "mdi6.image-remove-outline",
        ("Ctrl+W",),
        tr("Take the picture in front out of the strip"),
        tr("File"),
    ),
)
_IN_RUN = (
    ActionSpec(
        "run",
        tr("Run"),
        "mdi6.play",
        ("Space",),
        tr("Run all methods, or pause and go on"),
        tr("Run"),
    ),
    ActionSpec(
        "stop",
        tr("Stop"),
        "mdi6.stop",
        ("Esc",),
        tr("Stop the methods on this picture; once more, to draw no curves of what they have"),
        tr("Run"),
    ),
    ActionSpec(
        "run pictures",
        tr("Run all pictures"),
        "mdi6.play-box-multiple-outline",
        ("Ctrl+Shift+R",),
        tr("Explain every open picture that is not explained yet"),
        tr("Run"),
    ),
)
_IN_LOOK = (
    ActionSpec(
        "fit",
        tr("Fit"),
        "mdi6.fit-to-page-outline",
        ("F",),
        tr("Show the whole picture, or what the model sees of it"),
        tr("Look"),
    ),
    ActionSpec(
        "opacity",
        tr("Map on or off"),
        "mdi6.layers-outline",
        ("O",),
        tr("Show or hide the maps"),
        tr("Look"),
    ),
    ActionSpec(
        "swipe",
        tr("Swipe"),
        "mdi6.swap-horizontal",
        ("W",),
        tr("Swipe between map and picture"),
        tr("Look"),
    ),
    ActionSpec(
        "theme",
        tr("Light or dark"),
        "mdi6.theme-light-dark",
        ("Ctrl+T",),
        tr("Switch between light and dark"),
        tr("Look"),
    ),
)
_IN_CLASSES = (
    ActionSpec(
        "next",
        tr("Next class"),
        "mdi6.chevron-down",
        ("]",),
        tr("Explain the next class"),
        tr("Classes"),
    ),
    ActionSpec(
        "previous",
        tr("Class before"),
        "mdi6.chevron-up",
        ("[",),
        tr("Explain the class before"),
        tr("Classes"),
    ),
    ActionSpec(
        "pin",
        tr("Pin class"),
        "mdi6.star-outline",
        ("P",),
        tr("Pin a class to the top, or unpin it"),
        tr("Classes"),
    ),
    ActionSpec(
        "versus",
        tr("Contrast"),
        "mdi6.compare-horizontal",
        ("V",),
        tr("Subtract another class from the explained one, or stop doing so"),
        tr("Classes"),
    ),
)
_IN_FRAGMENTS = (
    ActionSpec(
        "finer",
        tr("Finer fragments"),
        "mdi6.plus",
        ("+", "="),
        tr("Show finer fragments"),
        tr("Fragments"),
    ),
    ActionSpec(
        "coarser",
        tr("Coarser fragments"),
        "mdi6.minus",
        ("-",),
        tr("Show coarser fragments"),
        tr("Fragments"),
    ),
)
_IN_EDIT = (
    ActionSpec(
        "undo", tr("Undo"), "mdi6.undo", ("Ctrl+Z",), tr("Undo what was changed last"), tr("Edit")
    ),
    ActionSpec(
        "redo",
        tr("Redo"),
        "mdi6.redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        tr("Change again what was undone last"),
        tr("Edit"),
    ),
)
_IN_WHAT_IF = (
    ActionSpec(
        "reset",
        tr("Reset"),
        "mdi6.backup-restore",
        ("Ctrl+R",),
        tr("Bring back all that is erased"),
        tr("What if"),
    ),
)
_IN_PANELS = tuple(
    ActionSpec(
        f"panel {place}",
        tr("Panel {place}", place=place),
        "mdi6.fullscreen",
        (str(place),),
        tr("Maximise panel {place}, or bring the others back", place=place),
        tr("Panels"),
    )
    for place in range(1, 10)
)
_IN_HELP = (
    ActionSpec(
        "palette",
        tr("Find a command"),
        "mdi6.magnify",
        ("Ctrl+K", "Ctrl+Shift+P"),
        tr("Find anything that can be done, and do it"),
        tr("Help"),
    ),
    ActionSpec(
        "help", tr("Keys"), "mdi6.keyboard-outline", ("?", "F1"), tr("Show all keys"), tr("Help")
    ),
)
SPECS = (
    *(*_IN_FILE, *_IN_EDIT, *_IN_RUN, *_IN_LOOK, *_IN_CLASSES, *_IN_FRAGMENTS),
    *(*_IN_WHAT_IF, *_IN_PANELS, *_IN_HELP),
)


class Actions:
    """The actions of one window, by name."""

    def __init__(self, parent: QObject) -> None:
        self._by_name = {spec.name: self._make(spec, parent) for spec in SPECS}
        self._icons = {spec.name: spec.icon for spec in SPECS}
        self.colour_icons()

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the list of keys."""
        return list(self._by_name.values())

    def connect(self, name: str, slot: Callable[[], None]) -> None:
        """Do something when an action is triggered."""
        self._by_name[name].triggered.connect(lambda _=False: slot())

    def set_icon(self, name: str, icon: str, text: str) -> None:
        """Give an action another icon and text, as for run and pause."""
        self._by_name[name].setText(text)
        if self._icons[name] != icon:
            self._icons[name] = icon
            self.colour_icons()

    def rename(self, name: str, text: str) -> None:
        """Say what an action would do now, in its text and its tooltip."""
        action = self._by_name[name]
        action.setText(text)
        action.setToolTip(f"{text} ({action.shortcut().toString()})")

    def colour_icons(self) -> None:
        """Draw the icons in the current theme's colours."""
        tokens = theme.current()
        for name, icon in self._icons.items():
            drawn = qtawesome.icon(icon, color=tokens.text, color_disabled=tokens.disabled)
            self._by_name[name].setIcon(drawn)

    def _make(self, spec: ActionSpec, parent: QObject) -> QAction:
        action = QAction(spec.text, parent)
        action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(f"{spec.tip} ({spec.keys[0]})")
        return action
