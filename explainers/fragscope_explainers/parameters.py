"""Parameters of explainers: dataclass fields that carry their own label, range, unit and help.

The command line, the parameter panel and the reports are all generated from these fields, so
adding a method means writing one module.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from .errors import ParameterError, UnknownNameError
from .translation import tr

_KEY = "fragscope"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Description of one field of an explainer.

    Attributes
    ----------
    zero : what the number 0 means, in a word such as "auto".
    suggested : what knows values that suit a picture, such as "layers", or nothing.
    """

    name: str
    default: Any
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    zero: str = ""
    suggested: str = ""

    def text(self, value: Any) -> str:
        """A value as the command line takes it."""
        if self.zero and value == 0:
            return self.zero
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    @property
    def kind(self) -> type:
        """Type of the value: int, float, str, or tuple for a list of integers."""
        return type(self.default)

    def parse(self, text: str) -> Any:
        """Read a value from text as the command line gives it.

        Raises
        ------
        ParameterError
            The text is not of the field's type.
        """
        if self.zero and text.strip().lower() == self.zero:
            return 0
        try:
            if self.kind is tuple:
                return tuple(int(part) for part in text.replace(" ", ",").split(",") if part)
            return self.kind(text)
        except ValueError:
            raise ParameterError(
                tr(
                    "{name} takes {kind_names}, got '{text}'",
                    name=self.name,
                    kind_names=_KIND_NAMES[self.kind],
                    text=text,
                )
            ) from None

    def check(self, value: Any, owner: str) -> None:
        """Raise ParameterError where a value has the wrong type or lies outside the range."""
        if not self._fits(value):
            raise ParameterError(
                tr(
                    "{owner}.{name} takes {kind_names}, got {value!r}",
                    owner=owner,
                    name=self.name,
                    kind_names=_KIND_NAMES[self.kind],
                    value=value,
                )
            )
        if self.choices and value not in self.choices:
            raise UnknownNameError(f"{owner}.{self.name}", value, self.choices)
        for entry in value if self.kind is tuple else (value,):
            self._check_range(entry, owner)
        if self.kind is tuple and not value:
            raise ParameterError(
                tr("{owner}.{name} needs at least one number", owner=owner, name=self.name)
            )

    def _fits(self, value: Any) -> bool:
        """Whether a value has the field's type; True and False are no numbers."""
        if self.kind is tuple:
            return isinstance(value, tuple) and all(type(entry) is int for entry in value)
        kinds = (int, float) if self.kind is float else self.kind
        return isinstance(value, kinds) and not isinstance(value, bool)

    def _check_range(self, value: Any, owner: str) -> None:
        if isinstance(value, str):
            return
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if not low <= value <= high:
            unit = f" {self.unit}" if self.unit else ""
            word = tr(" or be {zero}", zero=self.zero) if self.zero else ""
            raise ParameterError(
                tr(
                    "{owner}.{name} must lie between {low:.12g} and "
                    "{high:.12g}{unit}{word}, got {value}",
                    owner=owner,
                    name=self.name,
                    low=1 if word else low,
                    high=high,
                    unit=unit,
                    word=word,
                    value=value,
                )
            )


_KIND_NAMES = {
    int: tr("a whole number"),
    float: tr("a number"),
    str: tr("a name"),
    tuple: tr("a list of whole numbers such as 50,100,200"),
}


def parameter(default: Any, label: str, help: str, **more: Any) -> Any:
    """Declare an explainer's field together with its description (see `Parameter`)."""
    return dataclasses.field(
        default=default, metadata={_KEY: {"label": label, "help": help, **more}}
    )


def parameters(explainer: Any) -> tuple[Parameter, ...]:
    """List the parameters of an explainer class or instance, in the order of its fields."""
    return tuple(
        Parameter(name=field.name, default=field.default, **field.metadata[_KEY])
        for field in dataclasses.fields(explainer)
        if _KEY in field.metadata
    )


def values(explainer: Any) -> dict[str, Any]:
    """Values of an explainer's parameters by name, as reports store them."""
    return {p.name: _stored(p, getattr(explainer, p.name)) for p in parameters(explainer)}


def _stored(parameter: Parameter, value: Any) -> Any:
    return parameter.zero if parameter.zero and value == 0 else value
