"""Classifiers of torchvision by name, their weights from its server or from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...errors import ModelError, UnknownNameError
from ...translation import mark, tr
from ..downloads import Download
from ..model_settings import Known, stated
from ..specs import ModelSpec, has_suffix
from ..torchvision_compat import torchvision
from .fine_tuning import with_channels
from .found import Found, Order
from .state_dicts import load_state

_CHANGED_SIZE = 2
"""A download may have this many times the bytes that torchvision names, and no more."""
_USUAL_BYTES = 4 << 30


def names() -> list[str]:
    """Names of all classification models; those for segments, boxes and videos are left out."""
    torchvision()
    from torchvision import models

    return list(models.list_models(module=models))


def find(spec: ModelSpec, order: Order) -> Found:
    """Load a model of torchvision with its own weights, or with those of a file."""
    known = names()
    if spec.name not in known:
        raise UnknownNameError(tr("torchvision model"), spec.name, known)
    if has_suffix(spec.weights) or (spec.weights and Path(spec.weights).expanduser().exists()):
        return _from_file(spec, order)
    return _from_weights(spec, order)


def _from_weights(spec: ModelSpec, order: Order) -> Found:
    from torchvision import models

    weights = _chosen(models.get_model_weights(spec.name), spec)
    path, digest = _local(spec, weights, order)
    state = torch.load(path, map_location="cpu", weights_only=True)
    with _answering_with(weights, state):
        module = models.get_model(spec.name, weights=weights, progress=False)
    source = mark("torchvision, weights {name}", name=weights.name)
    facts = _facts(weights) | {"activation": "softmax", "output": ""}
    labels = Known(tuple(weights.meta["categories"]), source)
    origin = f"{weights.url}; torchvision is BSD-3-Clause, weights may have terms of their own"
    return Found(module, spec.name, stated(facts, source), labels, digest, origin=origin)


def _from_file(spec: ModelSpec, order: Order) -> Found:
    """Weights of a file; how they were trained is not known, so torchvision's own is a guess."""
    from torchvision import models

    build = partial(_blank, models.get_model_builder(spec.name))
    module, digest = load_state(build, Path(spec.weights).expanduser(), order)
    facts = _facts(models.get_model_weights(spec.name).DEFAULT)
    source = mark("guessed: as torchvision's own weights")
    answers = stated({"output": ""}, "torchvision")  # what it was trained to answer is not known
    known = with_channels(stated(facts, source, guessed=True), module) | answers
    return Found(module, spec.name, known, None, digest, origin=spec.weights)


def _blank(build: Callable[..., nn.Module], classes: int | None) -> nn.Module:
    """A module with random weights; two old families are slow unless told not to draw them.

    They scale their input themselves where torchvision's weights are given, and so do networks that
    were trained on from those.
    """
    more: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    if build.__name__ in ("googlenet", "inception_v3"):
        more |= {"init_weights": False, "aux_logits": False, "transform_input": True}
    return build(weights=None, **more)


def _chosen(enum: Any, spec: ModelSpec) -> Any:
    """The member of an enumeration of weights that a specification names."""
    classifying = {member.name: member for member in enum if member.meta["categories"]}
    by_name = {"DEFAULT": enum.DEFAULT} | classifying
    name = (spec.weights or "DEFAULT").upper()
    if name not in by_name:
        raise UnknownNameError(tr("weights of {name}", name=spec.name), spec.weights, by_name)
    return by_name[name]


def _local(spec: ModelSpec, weights: Any, order: Order) -> tuple[Path, str]:
    """The weights' file in torch's own cache, and its sha256; fetched where it is not there."""
    mega = float(weights.meta.get("_file_size", 0))
    wanted = Download(
        weights.url,
        most=int(mega * _CHANGED_SIZE * 2**20) or _USUAL_BYTES,
        advice=tr(
            "{described} are needed once: connect and try again, or give "
            "a file with torchvision:{name}@weights.pth",
            described=_described(spec, weights, mega),
            name=spec.name,
        ),
    )
    return wanted.into_torch_cache(order.report)


def _described(spec: ModelSpec, weights: Any, mega: float) -> str:
    size = tr(" ({mega:.0f} MB)", mega=mega) if mega else ""
    return tr(
        "the weights {name} of {spec_name}{size}", name=weights.name, spec_name=spec.name, size=size
    )


def _facts(weights: Any) -> dict[str, Any]:
    """What the transforms of weights say, by the names of the settings.

    Raises
    ------
    ModelError
        They are none that a picture of one crop comes from.
    """
    found = weights.transforms()
    try:
        return {
            "size": tuple(found.crop_size),
            "resize": "crop",
            "short_side": found.resize_size[0],
            "interpolation": found.interpolation.value,
            "channels": len(found.mean),
            "order": "RGB",
            "range": 1,
            "mean": tuple(found.mean),
            "std": tuple(found.std),
            "layout": "NCHW",
            "dtype": "float32",
        }
    except AttributeError as error:
        raise ModelError(
            tr(
                "the weights {name} prepare pictures in a way that is not known here ({error})",
                name=weights.name,
                error=error,
            )
        ) from error


@contextmanager
def _answering_with(weights: Any, state: dict[str, Any]) -> Iterator[None]:
    """Let torchvision's builder take these values instead of fetching and unpickling a file.

    Builders do more than `load_state_dict`: some rename keys, others build another module where
    weights are given. So they are run as they are.
    """
    weights.get_state_dict = lambda **_: state
    try:
        yield
    finally:
        del weights.get_state_dict
