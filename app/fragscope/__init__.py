"""FragScope: the window, the command line and the reports."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("fragscope")
