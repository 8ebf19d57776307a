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
    """One action: its name, icon, keys and what it does."""

    name: str
    text: str
    icon: str
    keys: tuple[str, ...]
    tip: str


SPECS = (
    ActionSpec("open", "Open", "mdi6.folder-open-outline", ("Ctrl+O",), "Open a picture"),
    ActionSpec("paste", "Paste", "mdi6.content-paste", ("Ctrl+V",), "Explain a copied picture"),
    ActionSpec(
        "next picture",
        "Next picture",
        "mdi6.image-multiple-outline",
        ("PgDown", "Ctrl+]"),
        "Show the next picture of the strip",
    ),
    ActionSpec(
        "previous picture",
        "Picture before",
        "mdi6.image-multiple-outline",
        ("PgUp", "Ctrl+["),
        "Show the picture before it in the strip",
    ),
    ActionSpec(
        "close picture",
        "Close picture",
        "mdi6.image-remove-outline",
        ("Ctrl+W",),
        "Take the picture in front out of the strip",
    ),
    ActionSpec(
        "run pictures",
        "Run all pictures",
        "mdi6.play-box-multiple-outline",
        ("Ctrl+Shift+R",),
        "Explain every open picture that is not explained yet",
    ),
    ActionSpec("run", "Run", "mdi6.play", ("Space",), "Run all methods, or pause and go on"),
    ActionSpec("stop", "Stop", "mdi6.stop", ("Esc",), "Stop all methods and keep what they have"),
    ActionSpec("export", "Export", "mdi6.export-variant", ("E",), "Write a report folder"),
    ActionSpec(
        "fit",
        "Fit",
        "mdi6.fit-to-page-outline",
        ("F",),
        "Show the whole picture, or what the model sees of it",
    ),
    ActionSpec("finer", "Finer fragments", "mdi6.plus", ("+", "="), "Show finer fragments"),
    ActionSpec("coarser", "Coarser fragments", "mdi6.minus", ("-",), "Show coarser fragments"),
    ActionSpec("next", "Next class", "mdi6.chevron-down", ("]",), "Explain the next class"),
    ActionSpec("previous", "Previous class", "mdi6.chevron-up", ("[",), "Explain the class before"),
    ActionSpec(
        "pin", "Pin class", "mdi6.star-outline", ("P",), "Pin a class to the top, or unpin it"
    ),
    ActionSpec(
        "versus",
        "Contrast",
        "mdi6.compare-horizontal",
        ("V",),
        "Subtract another class from the explained one, or stop doing so",
    ),
    ActionSpec("opacity", "Map on or off", "mdi6.layers-outline", ("O",), "Show or hide the maps"),
    ActionSpec("swipe", "Swipe", "mdi6.swap-horizontal", ("W",), "Swipe between map and picture"),
    *(
        ActionSpec(
            f"panel {place}",
            f"Panel {place}",
            "mdi6.fullscreen",
            (str(place),),
            f"Maximise panel {place}, or bring the others back",
        )
        for place in range(1, 10)
    ),
    ActionSpec("undo", "Undo", "mdi6.undo", ("Ctrl+Z",), "Undo an edit of the picture"),
    ActionSpec("redo", "Redo", "mdi6.redo", ("Ctrl+Shift+Z",), "Do it again"),
    ActionSpec(
        "reset", "Reset", "mdi6.backup-restore", ("Ctrl+R",), "Bring back all that is erased"
    ),
    ActionSpec("theme", "Light or dark", "mdi6.theme-light-dark", ("Ctrl+T",), "Switch the theme"),
    ActionSpec("help", "Keys", "mdi6.help-circle-outline", ("?", "F1"), "Show all keys"),
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

    def colour_icons(self) -> None:
        """Draw the icons in the current theme's colours."""
        tokens = theme.current()
        for name, icon in self._icons.items():
            drawn = qtawesome.icon(icon, color=tokens.text, color_disabled=tokens.line)
            self._by_name[name].setIcon(drawn)

    def _make(self, spec: ActionSpec, parent: QObject) -> QAction:
        action = QAction(spec.text, parent)
        action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(f"{spec.tip} ({spec.keys[0]})")
        return action


def keys_table() -> str:
    """All keys as a table in rich text."""
    listed = [
        (" or ".join(spec.keys), spec.tip) for spec in SPECS if not spec.name.startswith("panel ")
    ]
    listed.append(("1 to 9", "Maximise a panel, or bring the others back"))
    rows = "".join(
        f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td style='white-space:nowrap'>{tip}</td></tr>"
        for keys, tip in listed
    )
    mouse = (
        "<tr><td colspan=2><br>Drag pans, the wheel zooms at the pointer, "
        "a double click fits.</td></tr>"
        "<tr><td colspan=2>In the curves, dragging and the arrow keys move the scrubber.</td></tr>"
    )
    return f"<table cellspacing='6'>{rows}{mouse}</table>"
