"""The page that explains the window to its users."""

from __future__ import annotations

from importlib.resources import files


def help_page() -> str:
    """The page as markdown."""
    return files("fragscope_resources").joinpath("help.md").read_text(encoding="utf-8")
