"""Answers of Python code that somebody wrote: a function, or an object with `probabilities`."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import ModelError, first_line
from ..translation import tr
from .black_box import Answer
from .outputs import named_outputs

_BATCHES = (8, 1, 64)
CRASHES = (Exception, SystemExit)
"""What a program may end with that must not end this one."""


class CrashError(ModelError):
    """A model's own code raised something about an input."""


class CalledRunner:
    """A function of a batch.

    Parameters
    ----------
    call : takes float32 [B, channels, h, w] as a tensor, or, where it fails with that, as an array
        of numpy; answers with scores [B, C] of either kind.
    source : file whose lines are named when it crashes, or "" for the line where it did.
    """

    def __init__(self, call: Callable[[Any], Any], source: str = "") -> None:
        self._call = call
        self._source = source
        self._takes_arrays: bool | None = None

    @property
    def name(self) -> str:
        return "Python"

    @property
    def batches(self) -> tuple[int, int, int]:
        return _BATCHES

    @property
    def fixed_batch(self) -> int | None:
        return None

    def answer(self, batch: NDArray[Any]) -> Answer:
        try:
            return self._tried(batch)
        except CRASHES as error:
            raise CrashError(
                tr(
                    "the model's code crashed on inputs of the shape {shape} "
                    "({crash}); mend it, or set the model's size and channels",
                    shape=batch.shape,
                    crash=crash(error, self._source),
                )
            ) from error

    def close(self) -> None:
        """Nothing is held."""

    def _tried(self, batch: NDArray[Any]) -> Answer:
        if self._takes_arrays is None:
            try:
                found = self._asked(torch.from_numpy(batch))
            except CRASHES as first:
                try:
                    found = self._asked(batch)
                except CRASHES:
                    raise first from None  # what it says of tensors, which nearly all code takes
                self._takes_arrays = True
            else:
                self._takes_arrays = False
            return found
        return self._asked(batch if self._takes_arrays else torch.from_numpy(batch))

    def _asked(self, batch: Any) -> Answer:
        with torch.no_grad():
            answer = self._call(batch)
        parts = named_outputs(answer)
        if not parts and answer is not None:
            return np.asarray(answer, np.float32)
        return {name: part.detach().cpu().float().numpy() for name, part in parts.items()}


def crash(error: BaseException, source: str = "") -> str:
    """What went wrong, and in which line of a file.

    Parameters
    ----------
    source : the file that is meant; without it, or where it has no part in it, the last line.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == source] or frames[-1:]
    what = f"{type(error).__name__}: {first_line(error)}"
    if isinstance(error, SyntaxError) and error.lineno:
        return tr(
            "{what}, line {lineno} of {name}",
            what=what,
            lineno=error.lineno,
            name=Path(error.filename or source).name,
        )
    if not own:
        return what
    return tr(
        "{what}, line {lineno} of {name}",
        what=what,
        lineno=own[-1].lineno,
        name=Path(own[-1].filename).name,
    )
