"""Packages that only some kinds of models need."""

from __future__ import annotations

import importlib
from typing import Any

from ...errors import ModelError
from ...translation import tr
from ..torchvision_compat import torchvision


def extra(package: str, name: str) -> Any:
    """Import a package of an extra after torchvision, which it needs.

    Parameters
    ----------
    name : of the extra, and of the prefix of its models.

    Raises
    ------
    ModelError
        It is missing.
    """
    torchvision()
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ModelError(
            tr(
                "{name}: needs a package that is missing; pip install 'fragscope[{name}]'",
                name=name,
            )
        ) from None
