"""FragScope: the window, the command line and the reports."""

from __future__ import annotations

from importlib.metadata import version

from fragscope_explainers.threads import wait_politely

wait_politely()  # here, because it has to come before numpy is imported
__version__ = version("fragscope")
