"""Means and deviations: one number for all channels or one for each, of values from 0 to 1."""

from __future__ import annotations

from ..errors import ParameterError
from ..translation import tr

_GREATEST_SHARE = 2.0
"""Means and deviations of values from 0 to 1 are below; those of bytes are above."""


def check_share(name: str, values: tuple[float, ...]) -> None:
    """Refuse means and deviations of bytes, which would make every picture nearly one colour."""
    greatest = max(values, key=abs, default=0.0)
    if abs(greatest) > _GREATEST_SHARE:
        raise ParameterError(
            tr(
                "model.{name} is given for values from 0 to 1, also where white is 255, and "
                "{value:g} is none; divide by 255: {share:.4g}",
                name=name,
                value=greatest,
                share=greatest / 255,
            )
        )


def per_channel(values: tuple[float, ...], channels: int, name: str) -> tuple[float, ...]:
    """One number a channel."""
    if len(values) == 1:
        return values * channels
    if len(values) == 3 and channels == 4:
        return (*values, 0.0 if name == "mean" else 1.0)  # the usual: alpha is left as it is
    if len(values) != channels:
        raise ParameterError(
            tr(
                "model.{name} has {count} numbers, and the model takes {channels} channels; "
                "give one number for all, or one for each",
                name=name,
                count=len(values),
                channels=channels,
            )
        )
    return values
