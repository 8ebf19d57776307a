"""Models of timm by name, their weights from the Hugging Face hub or from a file."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from ...errors import ModelError, UnknownNameError
from ...translation import mark, tr
from ..downloads import Download
from ..hub import fetch
from ..imagenet import imagenet_labels
from ..model_settings import Known, stated
from ..specs import ModelSpec
from .extras import extra
from .fine_tuning import with_channels
from .found import Found, Order
from .model_files import sha256
from .state_dicts import load_state

_FILES = ("model.safetensors", "pytorch_model.bin")
_SQUASH = "squash"


def names() -> list[str]:
    """Names of all models with weights and classes; others only make features."""
    timm = extra("timm", "timm")
    found = timm.list_pretrained()
    return [name for name in found if timm.get_pretrained_cfg(name).num_classes]


def find(spec: ModelSpec, order: Order) -> Found:
    """Load a model of timm with its own weights, or with those of a file."""
    timm = extra("timm", "timm")
    if not timm.is_model(spec.name):
        raise UnknownNameError(tr("timm model"), spec.name, timm.list_models())
    try:
        config = timm.get_pretrained_cfg(spec.name)
    except RuntimeError:
        tags = timm.list_pretrained(f"{spec.name.partition('.')[0]}.*")
        raise UnknownNameError(tr("timm model"), spec.name, tags) from None
    if spec.weights:
        return _from_file(spec, config, order)
    return _from_weights(spec, config, order)


def _from_weights(spec: ModelSpec, config: Any, order: Order) -> Found:
    if config is not None and not config.num_classes:
        raise ModelError(
            tr(
                "timm:{name} makes features and has no classes; see 'fragscope models timm'",
                name=spec.name,
            )
        )
    path = _local(spec, config, order)
    here = {"file": str(path), "custom_load": False}  # timm reads weights only, and runs no pickle
    module = extra("timm", "timm").create_model(
        spec.name, pretrained=True, pretrained_cfg_overlay=here
    )
    source = mark("timm, weights {tagged}", tagged=_tagged(config))
    licence = config.license or "not told"
    return Found(
        module,
        _tagged(config),
        facts(config, source) | stated({"activation": "softmax", "output": ""}, source),
        labels(config, source),
        sha256(path),
        origin=f"{config.hf_hub_id or config.url}; licence of the weights: {licence}",
    )


def _from_file(spec: ModelSpec, config: Any, order: Order) -> Found:
    """Weights of a file; how they were trained is not known, so timm's own is a guess."""
    path = Path(spec.weights).expanduser()
    module, digest = load_state(partial(_blank, spec.name), path, order)
    source = mark("guessed: as timm's own weights")
    known = with_channels(facts(config, source, guessed=True) if config else {}, module)
    return Found(module, spec.name, known, None, digest, origin=spec.weights)


def _blank(name: str, classes: int | None) -> nn.Module:
    more = {} if classes is None else {"num_classes": classes}
    found: nn.Module = extra("timm", "timm").create_model(name, pretrained=False, **more)
    return found


def _local(spec: ModelSpec, config: Any, order: Order) -> Path:
    """The file of a model's weights, fetched where no cache has it.

    Raises
    ------
    ModelError
        It has none, or they cannot be fetched.
    """
    if config is None or not config.has_weights:
        raise ModelError(
            tr(
                "timm has no weights for {name}; give a file with timm:{name}@weights.pth",
                name=spec.name,
            )
        )
    advice = tr(
        "its weights are needed once: connect and try again, or give a file with "
        "timm:{name}@weights.pth",
        name=spec.name,
    )
    if not config.hf_hub_id:
        return Download(config.url, advice=advice).into_torch_cache(order.report)[0]
    files = (config.hf_hub_filename,) if config.hf_hub_filename else _FILES
    for file in files:
        repository, _, revision = config.hf_hub_id.partition("@")
        path = fetch(repository, file, order.report, revision=revision, advice=advice)
        if path is not None:
            return path
    raise ModelError(
        tr(
            "{hf_hub_id} has none of the files {files}; {advice}",
            hf_hub_id=config.hf_hub_id,
            files=", ".join(files),
            advice=advice,
        )
    )


def facts(config: Any, source: str, *, guessed: bool = False) -> dict[str, Known]:
    """What a configuration says of a model's input.

    Cutting in other ways than from the centre of a square is told as a guess, since it is only
    near to what timm does.
    """
    from timm.data import resolve_data_config

    found = resolve_data_config(pretrained_cfg=config.to_dict())
    channels, rows, columns = found["input_size"]
    known = {
        "size": (rows, columns),
        "channels": channels,
        "order": "RGB",
        "range": 1,
        "mean": tuple(found["mean"]),
        "std": tuple(found["std"]),
        "layout": "NCHW",
        "dtype": "float32",
    }
    if found["interpolation"] != "random":
        known["interpolation"] = found["interpolation"]
    cut = _cut(found, rows, columns, source, guessed=guessed)
    return stated(known, source, guessed=guessed) | cut


def _cut(
    found: dict[str, Any], rows: int, columns: int, source: str, *, guessed: bool
) -> dict[str, Known]:
    mode, share = found["crop_mode"], found["crop_pct"]
    short = math.floor(min(rows, columns) / share)
    if mode == _SQUASH and share == 1:
        return stated({"resize": _SQUASH, "short_side": short}, source, guessed=guessed)
    if rows == columns and share <= 1:
        how = {"resize": "crop", "short_side": short}
    else:
        how = {"resize": _SQUASH, "short_side": min(rows, columns)}
    is_exact = mode == "center" and how["resize"] == "crop"
    if is_exact:
        return stated(how, source, guessed=guessed)
    near = mark(
        "guessed: near to timm's crop_mode {mode}, crop_pct {share:g}", mode=mode, share=share
    )
    return stated(how, near, guessed=True)


def labels(config: Any, source: str) -> Known | None:
    """Names of the classes, from the configuration or by the number of ImageNet's classes."""
    named = config.label_names
    if named:
        described = config.label_descriptions or {}
        return Known(tuple(str(described.get(name, name)) for name in named), source)
    if config.num_classes == 1000:
        return Known(imagenet_labels(), source)  # as other sources name them
    from timm.data import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": config.num_classes})
    return Known(tuple(ImageNetInfo(subset).label_descriptions()), source) if subset else None


def _tagged(config: Any) -> str:
    return f"{config.architecture}.{config.tag}" if config.tag else str(config.architecture)
