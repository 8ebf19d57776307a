"""What the image processor of a transformers model says of its input."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...translation import mark
from ..model_settings import Known, stated

SOURCE = mark("its image processor")
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
"""Pillow's numbers of filters."""
_LEVIT_SHARE = 256 / 224
_CONVNEXT_WHOLE = 384
"""From this side on ConvNeXt scales the whole picture."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture is scaled and cut.

    Attributes
    ----------
    short_side : length that the short side gets before the centre is cut, or None where the whole
        picture is scaled.
    is_exact : whether it is just what the processor does.
    """

    size: tuple[int, int]
    short_side: int | None
    is_exact: bool = True


def processor_facts(said: Mapping[str, Any]) -> dict[str, Known]:
    """Settings from the values of an image processor.

    Parameters
    ----------
    said : its `to_dict()`.
    """
    found = _colours(said) | {"layout": "NCHW", "dtype": "float32"}
    resample = int(said.get("resample", -1))
    if resample in _FILTERS:
        found["interpolation"] = _FILTERS[resample]
    known = stated(found, SOURCE)
    placement = _placement(said)
    return known | (_placed(placement) if placement else {})


def _placed(placement: Placement) -> dict[str, Known]:
    how = (
        {"resize": "squash", "short_side": min(placement.size)}
        if placement.short_side is None
        else {"resize": "crop", "short_side": placement.short_side}
    )
    size = stated({"size": placement.size}, SOURCE)
    if placement.is_exact:
        return size | stated(how, SOURCE)
    return size | stated(how, mark("guessed: near to {source}", source=SOURCE), guessed=True)


def _placement(said: Mapping[str, Any]) -> Placement | None:
    """Scaling and cutting, or None where the processor does not tell the size."""
    scaled = _sides(said.get("size")) if said.get("do_resize") else None
    cut = _sides(said.get("crop_size")) if said.get("do_center_crop") else None
    short = _short_side(said)
    if said.get("image_processor_type", "").startswith("ConvNext") and short:
        if short >= _CONVNEXT_WHOLE:
            return Placement((short, short), None)
        return Placement((short, short), int(short / float(said.get("crop_pct") or 0.875)))
    if cut is None:
        return Placement(scaled, None) if scaled else None
    if short:
        return Placement(
            cut, max(_before_cut(said, short), *cut), _before_cut(said, short) >= max(cut)
        )
    if scaled == cut:
        return Placement(cut, None)
    # It squashes and then cuts the centre, which is the same as "crop" for square pictures only.
    return Placement(cut, max(*cut, *(scaled or cut)), is_exact=False)


def _before_cut(said: Mapping[str, Any], short: int) -> int:
    """The short side before the cut: two families enlarge what their configuration says."""
    kind = said.get("image_processor_type", "")
    if kind.startswith("Levit"):
        return int(short * _LEVIT_SHARE)
    if kind.startswith("PoolFormer") and said.get("crop_pct"):
        return math.floor(short / float(said["crop_pct"]))
    return short


def _short_side(said: Mapping[str, Any]) -> int | None:
    size = said.get("size")
    return (
        int(size["shortest_edge"])
        if isinstance(size, Mapping) and size.get("shortest_edge")
        else None
    )


def _sides(size: Any) -> tuple[int, int] | None:
    if isinstance(size, Mapping):
        if size.get("height") and size.get("width"):
            return int(size["height"]), int(size["width"])
        return None
    return (int(size), int(size)) if size else None


def _colours(said: Mapping[str, Any]) -> dict[str, Any]:
    """Mean, std and order.

    The processor computes (pixel * factor - offset - mean) / std; settings count the mean and std
    in shares of white.
    """
    rescales = bool(said.get("do_rescale"))
    white = 255 * float(said.get("rescale_factor") or 1 / 255) if rescales else 255.0
    white = 1.0 if math.isclose(white, 1, rel_tol=1e-6) else white
    offset = 1.0 if rescales and said.get("rescale_offset") else 0.0
    mean, std = [0.0], [1.0]
    if said.get("do_normalize"):
        mean, std = _list(said.get("image_mean"), 0.0), _list(said.get("image_std"), 1.0)
    if said.get("include_top"):  # EfficientNet divides once more
        more = _list(said.get("image_std"), 1.0)
        std = [value * more[place % len(more)] for place, value in enumerate(std * len(more))][:3]
        mean = (mean * 3)[: len(std)]
    return {
        "channels": 3,
        "order": "BGR" if said.get("do_flip_channel_order") else "RGB",
        "range": 1,
        "mean": tuple((value + offset) / white for value in mean),
        "std": tuple(value / white for value in std),
    }


def _list(values: Any, default: float) -> list[float]:
    if values is None:
        return [default]
    return (
        [float(value) for value in values] if isinstance(values, list | tuple) else [float(values)]
    )
