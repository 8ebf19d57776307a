"""What FragScope remembers between two starts. No Qt."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from platformdirs import user_config_path

from fragscope_explainers.errors import ReportError

from .colours import COLOUR_MAPS, Display
from .files import write_file

SIZES = (100, 125, 150, 175, 200)
"""Sizes of text and controls in percent of the desktop's."""
THEMES = ("system", "light", "dark")
_MOST_PIXELS = 100_000
_MOST_MEMORY = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of the user.

    Attributes
    ----------
    theme : "system", "light" or "dark".
    colour_map, opacity, contours, fade : how maps are shown. What hides a part of them is not
        remembered, so that nothing is missing at the next start.
    picture_folder, report_folder : where the last picture came from and the last report went.
    pins : indices of the pinned classes of every model, by the model's specification.
    window : position and size as text, as Qt writes it.
    sizes : sizes in pixels of the parts of every splitter, by its name.
    tab : name of the tab in front.
    hints_seen : whether the hints of the first start were shown or skipped.
    recent : files and folders that were opened lately, newest first.
    autosave : whether unsaved work is kept while the window is open.
    models : specifications of models used lately, newest first.
    size : of text and controls, in percent of what the desktop says; one of `SIZES`.
    results_mb : memory in MiB that results may take before those of other pictures go to the disk.
    """

    theme: str = "system"
    colour_map: str = "magma"
    opacity: float = 0.6
    contours: bool = False
    fade: bool = False
    picture_folder: str = ""
    report_folder: str = ""
    window: str = ""
    pins: dict[str, list[int]] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)
    tab: str = ""
    hints_seen: bool = False
    recent: list[str] = field(default_factory=list)
    autosave: bool = True
    models: list[str] = field(default_factory=list)
    size: int = 100
    results_mb: int = 500

    @property
    def display(self) -> Display:
        """How maps are shown at the start."""
        return Display(self.colour_map, self.opacity, contours=self.contours, fade=self.fade)

    def with_display(self, display: Display) -> Settings:
        """The same settings with what is remembered of a display."""
        return replace(
            self,
            colour_map=display.colour_map,
            opacity=display.opacity,
            contours=display.contours,
            fade=display.fade,
        )


def settings_file() -> Path:
    """Where settings are kept."""
    return user_config_path("fragscope", appauthor=False) / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; what is missing or damaged gets its default."""
    try:
        stored = json.loads((path or settings_file()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    default = Settings()
    names = [entry.name for entry in fields(Settings)]
    kept = {
        name: stored[name]
        for name in names
        if _is_sound(name, stored.get(name), getattr(default, name))
    }
    return Settings(**kept)


def _is_sound(name: str, value: object, default: object) -> bool:
    """Whether a stored value can be used in the place of the default."""
    if name == "pins":
        return isinstance(value, dict) and all(_are_indices(entry) for entry in value.values())
    if name == "recent":
        return isinstance(value, list) and all(_is_path(entry) for entry in value)
    if name == "sizes":
        return isinstance(value, dict) and all(_are_sizes(entry) for entry in value.values())
    if name == "models":
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    if name == "results_mb":
        return type(value) is int and 0 <= value <= _MOST_MEMORY
    known: dict[str, Collection[object]] = {
        "theme": THEMES,
        "size": SIZES,
        "colour_map": COLOUR_MAPS,
    }
    choices = known.get(name)
    if isinstance(value, float):
        return isinstance(default, float) and 0 <= value <= 1
    return type(value) is type(default) and (choices is None or value in choices)


def _are_indices(value: object) -> bool:
    """Whether a stored value lists classes by their indices."""
    return isinstance(value, list) and all(type(index) is int and index >= 0 for index in value)


def _is_path(value: object) -> bool:
    """Whether a stored value can be the name of a file."""
    return isinstance(value, str) and bool(value) and "\0" not in value


def _are_sizes(value: object) -> bool:
    """Whether a stored value can be the sizes of a splitter's parts, in pixels."""
    return (
        isinstance(value, list)
        and all(type(size) is int and 0 <= size <= _MOST_PIXELS for size in value)
        and sum(value) > 0
    )


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings; where that fails nothing is lost but the memory."""
    path = path or settings_file()
    text = json.dumps(asdict(settings), indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, lambda fresh: fresh.write_text(text, encoding="utf-8"))
    except (OSError, ReportError):
        return
