"""Copies of a module that may be at work on another thread meanwhile."""

from __future__ import annotations

import copy

from torch import nn

_ATTEMPTS = 5
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def free_copy(module: nn.Module) -> nn.Module:
    """A copy without the hooks that a method may have on the original at this moment.

    Raises
    ------
    RuntimeError
        The original changed at every attempt.
    """
    for attempt in range(_ATTEMPTS):
        try:
            found = copy.deepcopy(module)
            break
        except RuntimeError:  # a hook came or went while its table was being copied
            if attempt == _ATTEMPTS - 1:
                raise
    for part in found.modules():
        for name in _HOOKS:
            getattr(part, name, {}).clear()
    return found
