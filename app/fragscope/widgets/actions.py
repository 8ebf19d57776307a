"""Everything the window can do, as actions with icons, keys and a sentence each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import qtawesome
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

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
    ActionSpec("open", "Open", "mdi6.folder-open-outline", ("Ctrl+O",), "Open pictures", "File"),
    ActionSpec(
        "paste", "Paste", "mdi6.content-paste", ("Ctrl+V",), "Explain a copied picture", "File"
    ),
    ActionSpec(
        "open session",
        "Open session ...",
        "mdi6.folder-clock-outline",
        ("Ctrl+Shift+O",),
        "Open a session that was saved",
        "File",
    ),
    ActionSpec(
        "save",
        "Save session",
        "mdi6.content-save-outline",
        ("Ctrl+S",),
        "Save pictures, results and settings in one file",
        "File",
    ),
    ActionSpec(
        "save as",
        "Save session as ...",
        "mdi6.content-save-edit-outline",
        ("Ctrl+Shift+S",),
        "Save the session in another file",
        "File",
    ),
    ActionSpec("model", "Open model", "mdi6.brain", ("Ctrl+M",), "Open another model", "File"),
    ActionSpec("export", "Export", "mdi6.export-variant", ("E",), "Write a report folder", "File"),
    ActionSpec(
        "next picture",
        "Next picture",
        "mdi6.image-multiple-outline",
        ("PgDown", "Ctrl+]"),
        "Show the next picture of the strip",
        "File",
    ),
    ActionSpec(
        "previous picture",
        "Picture before",
        "mdi6.image-multiple-outline",
        ("PgUp", "Ctrl+["),
        "Show the picture before it in the strip",
        "File",
    ),
    ActionSpec(
        "close picture",
        "Close picture",
        "mdi6.image-remove-outline",
        ("Ctrl+W",),
        "Take the picture in front out of the strip",
        "File",
    ),
)
_IN_RUN = (
    ActionSpec("run", "Run", "mdi6.play", ("Space",), "Run all methods, or pause and go on", "Run"),
    ActionSpec(
        "stop", "Stop", "mdi6.stop", ("Esc",), "Stop all methods and keep what they have", "Run"
    ),
    ActionSpec(
        "run pictures",
        "Run all pictures",
        "mdi6.play-box-multiple-outline",
        ("Ctrl+Shift+R",),
        "Explain every open picture that is not explained yet",
        "Run",
    ),
)
_IN_LOOK = (
    ActionSpec(
        "fit",
        "Fit",
        "mdi6.fit-to-page-outline",
        ("F",),
        "Show the whole picture, or what the model sees of it",
        "Look",
    ),
    ActionSpec(
        "opacity", "Map on or off", "mdi6.layers-outline", ("O",), "Show or hide the maps", "Look"
    ),
    ActionSpec(
        "swipe", "Swipe", "mdi6.swap-horizontal", ("W",), "Swipe between map and picture", "Look"
    ),
    ActionSpec(
        "theme",
        "Light or dark",
        "mdi6.theme-light-dark",
        ("Ctrl+T",),
        "Switch between light and dark",
        "Look",
    ),
)
_IN_CLASSES = (
    ActionSpec(
        "next", "Next class", "mdi6.chevron-down", ("]",), "Explain the next class", "Classes"
    ),
    ActionSpec(
        "previous", "Class before", "mdi6.chevron-up", ("[",), "Explain the class before", "Classes"
    ),
    ActionSpec(
        "pin",
        "Pin class",
        "mdi6.star-outline",
        ("P",),
        "Pin a class to the top, or unpin it",
        "Classes",
    ),
    ActionSpec(
        "versus",
        "Contrast",
        "mdi6.compare-horizontal",
        ("V",),
        "Subtract another class from the explained one, or stop doing so",
        "Classes",
    ),
)
_IN_FRAGMENTS = (
    ActionSpec(
        "finer", "Finer fragments", "mdi6.plus", ("+", "="), "Show finer fragments", "Fragments"
    ),
    ActionSpec(
        "coarser", "Coarser fragments", "mdi6.minus", ("-",), "Show coarser fragments", "Fragments"
    ),
)
_IN_EDIT = (
    ActionSpec("undo", "Undo", "mdi6.undo", ("Ctrl+Z",), "Undo what was changed last", "Edit"),
    ActionSpec(
        "redo",
        "Redo",
        "mdi6.redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Change again what was undone last",
        "Edit",
    ),
)
_IN_WHAT_IF = (
    ActionSpec(
        "reset",
        "Reset",
        "mdi6.backup-restore",
        ("Ctrl+R",),
        "Bring back all that is erased",
        "What if",
    ),
)
_IN_PANELS = tuple(
    ActionSpec(
        f"panel {place}",
        f"Panel {place}",
        "mdi6.fullscreen",
        (str(place),),
        f"Maximise panel {place}, or bring the others back",
        "Panels",
    )
    for place in range(1, 10)
)
_IN_HELP = (
    ActionSpec(
        "palette",
        "Find a command",
        "mdi6.magnify",
        ("Ctrl+K", "Ctrl+Shift+P"),
        "Find anything that can be done, and do it",
        "Help",
    ),
    ActionSpec("help", "Keys", "mdi6.keyboard-outline", ("?", "F1"), "Show all keys", "Help"),
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
