"""Asks a model that runs on a server."""

from __future__ import annotations

import math
import time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..translation import tr
from . import web
from .open_inference import Signature

MOST_SENT = 16 << 20
"""Bytes of a request at most: a larger one would make people wait, and servers refuse it."""
_START, _LARGEST = 4, 16
_SHARE_OF_TIME = 0.25
"""Part of the time-out that a batch may be expected to take."""
_USUAL_NUMBERS = 3 * 224 * 224


class RefusedError(ModelError):
    """The server does not take a request, and might take a smaller one."""


class Transport(Protocol):
    """Carries tensors to a model and back."""

    @property
    def name(self) -> str:
        """What it is called, such as "server over HTTP"."""

    @property
    def bytes_a_number(self) -> float:
        """Length of one number of a request."""

    def infer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """The outputs for an input, by name.

        Raises
        ------
        RefusedError
            The server does not take the request.
        ModelError
            It gives no answer that can be used.
        """

    def close(self) -> None:
        """Give back the connection."""


class ServerRunner:
    """A runner (`black_box.Runner`) on a server.

    Batches are small, because each is a wait. One that the server refuses is asked again in
    halves, and none as large is sent after that; nor any that would take near to the time-out.

    Parameters
    ----------
    server : how sentences name the model, such as "resnet on localhost:8000".
    """

    def __init__(self, transport: Transport, signature: Signature, server: str) -> None:
        self.server = server
        self._transport = transport
        self._signature = signature
        self._most = self._taken = _LARGEST

    @property
    def name(self) -> str:
        return self._transport.name

    @property
    def batches(self) -> tuple[int, int, int]:
        fixed = self.fixed_batch
        if fixed is not None:
            return fixed, fixed, fixed
        sides = self._signature.shape[-3:]
        numbers = math.prod(sides) if sides and min(sides) > 0 else _USUAL_NUMBERS
        picture = numbers * self._transport.bytes_a_number
        largest = max(1, min(_LARGEST, int(MOST_SENT / picture)))
        return min(_START, largest), 1, largest

    @property
    def fixed_batch(self) -> int | None:
        return self._signature.fixed_batch

    def answer(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        if len(batch) > self._most and self.fixed_batch is None:
            return self._in_halves(batch)
        began = time.perf_counter()
        try:
            found = self._asked(batch)
        except RefusedError as error:
            if len(batch) == 1 or self.fixed_batch is not None:
                raise ModelError(*error.args) from None
            self._most = self._taken = len(batch) // 2
            return self._in_halves(batch)
        seconds = (time.perf_counter() - began) / len(batch)
        self._most = max(1, min(self._taken, int(_SHARE_OF_TIME * web.PATIENCE.read / seconds)))
        return found

    def close(self) -> None:
        self._transport.close()

    def _in_halves(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        half = (len(batch) + 1) // 2
        first, second = self.answer(batch[:half]), self.answer(batch[half:])
        # What belongs to no picture, such as a version, looks like a row where one is asked alone.
        both = [n for n, v in first.items() if n in second and v.shape[1:] == second[n].shape[1:]]
        if not both:
            raise ModelError(
                tr("{server} answers with other outputs from time to time", server=self.server)
            )
        return {name: np.concatenate([first[name], second[name]]) for name in both}

    def _asked(self, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
        if not self._signature.has_batch:
            found = self._transport.infer(batch[0])
            return {n: v if v.ndim > 1 and len(v) == 1 else v[None] for n, v in found.items()}
        found = self._transport.infer(batch)
        rows = {name: v for name, v in found.items() if v.shape[:1] == (len(batch),)}
        if not rows:
            shapes = ", ".join(f"{name} {list(v.shape)}" for name, v in found.items())
            raise ModelError(
                tr(
                    "{server} answers {count} pictures with {shapes}; one row a picture is needed",
                    server=self.server,
                    count=len(batch),
                    shapes=shapes,
                )
            )
        return rows
