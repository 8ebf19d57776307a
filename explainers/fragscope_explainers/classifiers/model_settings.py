"""What must be known of a model beside its weights, and where each piece is known from.

Wrong preprocessing is the most common silent error in this field. So every setting carries its
source, and what nobody stated is marked as guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from ..errors import ParameterError, UnknownNameError
from ..preprocessing import (
    ChannelOrder,
    ElementType,
    Interpolation,
    Layout,
    Preprocessing,
    ResizeMode,
)
from ..translation import mark, tr
from .channel_values import check_share, per_channel
from .outputs import Activation, Outputs

GUESSED = mark("guessed")
SET = mark("set by you")
BESIDE = "fragscope.toml"
"""The file of settings beside a model; what it says is typed by people, as what `SET` says."""
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_USUAL_SIZE, _USUAL_SHORT_SIDE = 224, 256
LARGEST_SIDE = 4096


@dataclass(frozen=True, slots=True)
class Known:
    """A value and where it is known from.

    Attributes
    ----------
    source : a marked text, such as "torchvision weights".
    guessed : whether nobody stated it.
    """

    value: Any
    source: str
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """Description of one setting, for the command line and the window.

    Attributes
    ----------
    read : makes the value of a text or a plain value from a settings file.
    choices : all values it can have, or none where it is a number or a text.
    """

    name: str
    label: str
    help: str
    read: Callable[[Any], Any]
    choices: tuple[str, ...] = ()

    def text(self, value: Any) -> str:
        """A value as the command line takes it."""
        if self.name == "size":
            return "x".join(map(str, value))
        if isinstance(value, tuple):
            return ",".join(f"{entry:.6g}" for entry in value)
        return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The settings of a loaded model by name, each with its source.

    Attributes
    ----------
    known : value and source of every field of `FIELDS`.
    labels : source of the class names, a marked text.
    labels_guessed : whether nobody stated them.
    """

    known: Mapping[str, Known] = field(default_factory=dict)
    labels: str = ""
    labels_guessed: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.known[name].value

    @property
    def guessed(self) -> tuple[str, ...]:
        """Names of the settings that nobody stated."""
        return tuple(name for name, found in self.known.items() if found.guessed)

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the model's input.

        Raises
        ------
        ParameterError
            The settings contradict each other.
        """
        channels = self["channels"]
        return Preprocessing(
            self["size"],
            per_channel(self["mean"], channels, "mean"),
            per_channel(self["std"], channels, "std"),
            self["resize"],
            self["short_side"],
            self["interpolation"],
            self["order"],
            self["range"],
            self["layout"],
            self["dtype"],
        )

    @property
    def outputs(self) -> Outputs:
        """How the model's answers are read."""
        return Outputs(self["activation"], self["output"])

    def describe(self) -> dict[str, dict[str, str]]:
        """Text and source of every setting, for reports."""
        return {
            name: {"value": FIELDS[name].text(found.value), "source": found.source}
            for name, found in self.known.items()
        }


def stated(values: Mapping[str, Any], source: str, *, guessed: bool = False) -> dict[str, Known]:
    """Settings that one source states, checked.

    Parameters
    ----------
    values : texts or plain values by the names of `FIELDS`.
    guessed : whether the source is only near to what the model was trained with.

    Raises
    ------
    UnknownNameError
        There is no such setting, or a choice is none of its choices.
    ParameterError
        A value does not suit its setting.
    """
    found = {}
    for name, value in values.items():
        if name not in FIELDS:
            raise UnknownNameError(tr("setting of the model"), name, [*FIELDS, "labels"])
        found[name] = Known(FIELDS[name].read(value), source, guessed)
        if source in (SET, BESIDE) and name in ("mean", "std"):
            check_share(name, found[name].value)
    return found


def settled(layers: Iterable[Mapping[str, Known]]) -> ModelSettings:
    """All settings: each from the last layer that states it, and a marked guess where none does."""
    known: dict[str, Known] = {}
    for layer in layers:
        if "size" in layer and "short_side" not in layer:
            known.pop("short_side", None)  # it was meant for the other size
        known |= {name: found for name, found in layer.items() if name in FIELDS}
    for name, guess in _GUESSES.items():
        if name not in known:
            known[name] = Known(guess(known), GUESSED, guessed=True)
    return ModelSettings({name: known[name] for name in FIELDS})


# --- reading values


def _size(value: Any) -> tuple[int, int]:
    parts = value.lower().replace("x", ",").split(",") if isinstance(value, str) else value
    try:
        sides = [int(part) for part in (parts if isinstance(parts, Sequence) else [parts])]
    except (TypeError, ValueError):
        sides = []
    if len(sides) not in (1, 2) or not all(1 <= side <= LARGEST_SIDE for side in sides):
        raise ParameterError(
            tr(
                "model.size takes one side or rows x columns from 1 to {largest_side:,}, such as "
                "224 "
                "or 224x320, got '{value}'",
                largest_side=LARGEST_SIDE,
                value=value,
            )
        )
    return sides[0], sides[-1]


def _numbers(name: str) -> Callable[[Any], tuple[float, ...]]:
    def read(value: Any) -> tuple[float, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        listed = parts if isinstance(parts, Sequence) else [parts]
        try:
            # TOML's true and false would pass for 1 and 0
            return tuple(float(str(part) if isinstance(part, bool) else part) for part in listed)
        except (TypeError, ValueError):
            raise ParameterError(
                tr(
                    "model.{name} takes one number for all channels, or one for each with commas "
                    "between them, in the range 0 to 1; got '{value}'",
                    name=name,
                    value=value,
                )
            ) from None

    return read


def _whole(name: str, low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            found = int(value) if isinstance(value, str) or value == int(value) else low - 1
        except (TypeError, ValueError, OverflowError):
            found = low - 1
        if not low <= found <= high:
            raise ParameterError(
                tr(
                    "model.{name} takes a whole number from {low} to {high:,}, got '{value}'",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                )
            )
        return found

    return read


def _range(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = 0.0
    if not 0 < found < float("inf"):
        raise ParameterError(
            tr(
                "model.range takes what a white pixel is for the model, 1 or 255, got '{value}'",
                value=value,
            )
        )
    return found


def _choice(name: str, choices: tuple[str, ...]) -> Callable[[Any], str]:
    by_lower = {choice.lower(): choice for choice in choices}

    def read(value: Any) -> str:
        if str(value).lower() not in by_lower:
            raise UnknownNameError(f"model.{name}", str(value), choices)
        return by_lower[str(value).lower()]

    return read


def _chosen(name: str, label: str, help: str, kind: Any) -> Field:
    choices: tuple[str, ...] = get_args(kind)
    return Field(name, label, help, _choice(name, choices), choices)


FIELDS: dict[str, Field] = {
    entry.name: entry
    for entry in (
        Field(
            "size", tr("Input size"), tr("Rows x columns that the model takes, in pixels."), _size
        ),
        _chosen(
            "resize",
            tr("Resize"),
            tr(
                "crop scales the short side and cuts the centre; squash scales the whole picture; "
                "pad fits the long side and fills the borders with the mean."
            ),
            ResizeMode,
        ),
        Field(
            "short_side",
            tr("Short side"),
            tr("Length in pixels that crop gives the picture's short side before it cuts."),
            _whole("short_side", 1, 2 * LARGEST_SIDE),
        ),
        _chosen(
            "interpolation",
            tr("Interpolation"),
            tr("Filter that scales the picture."),
            Interpolation,
        ),
        Field(
            "channels",
            tr("Channels"),
            tr("1 grey, 2 grey and alpha, 3 colours, 4 colours and alpha."),
            _whole("channels", 1, 4),
        ),
        _chosen(
            "order", tr("Colour order"), tr("Order in which the model takes colours."), ChannelOrder
        ),
        Field(
            "range",
            tr("White is"),
            tr("What a white pixel is before mean and std: 1 or 255."),
            _range,
        ),
        Field(
            "mean",
            tr("Mean"),
            tr("Subtracted from each channel, R, G, B, from 0 to 1."),
            _numbers("mean"),
        ),
        Field("std", tr("Std"), tr("Divides each channel, R, G, B, from 0 to 1."), _numbers("std")),
        _chosen("layout", tr("Layout"), tr("Where the model has its channels."), Layout),
        _chosen(
            "dtype", tr("Number type"), tr("Type of the numbers that the model takes."), ElementType
        ),
        _chosen(
            "activation",
            tr("Activation"),
            tr("What turns outputs into probabilities; none where they are probabilities already."),
            Activation,
        ),
        Field(
            "output",
            tr("Output"),
            tr("Which of several outputs holds the scores; a name or number."),
            str,
        ),
    )
}
"""All settings in the order in which they are shown."""


def _guess_short_side(known: Mapping[str, Known]) -> int:
    """The same share as 256 to 224, which most models are evaluated with."""
    smallest: int = min(known["size"].value)
    return round(smallest * _USUAL_SHORT_SIDE / _USUAL_SIZE)


def _takes_bytes(known: Mapping[str, Known]) -> bool:
    return known["dtype"].value == "uint8" or (
        "range" in known and known["range"].value > 1 and not known["range"].guessed
    )


def _guess_mean(known: Mapping[str, Known]) -> tuple[float, ...]:
    if _takes_bytes(known):
        return (0.0,)
    return IMAGENET_MEAN if known["channels"].value >= 3 else (0.5,)


def _guess_std(known: Mapping[str, Known]) -> tuple[float, ...]:
    if _takes_bytes(known):
        return (1.0,)
    return IMAGENET_STD if known["channels"].value >= 3 else (0.5,)


def _guess_resize(known: Mapping[str, Known]) -> str:
    rows, columns = known["size"].value
    return "crop" if rows == columns else "squash"


_GUESSES: dict[str, Callable[[Mapping[str, Known]], Any]] = {
    "size": lambda _: (_USUAL_SIZE, _USUAL_SIZE),
    "resize": _guess_resize,
    "short_side": _guess_short_side,
    "interpolation": lambda _: "bilinear",
    "channels": lambda _: 3,
    "order": lambda _: "RGB",
    "dtype": lambda _: "float32",
    "layout": lambda _: "NCHW",
    "mean": _guess_mean,
    "std": _guess_std,
    "range": lambda known: 255.0 if known["dtype"].value == "uint8" else 1.0,
    "activation": lambda _: "softmax",
    "output": lambda _: "",
}
"""How each setting is guessed from those known before it, in the order in which that is done."""
