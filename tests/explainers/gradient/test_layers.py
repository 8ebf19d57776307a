"""Which layers Grad-CAM can look at, in convolutional networks and in transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from fragscope_explainers.classifiers.outputs import Outputs
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import UnsupportedError
from fragscope_explainers.explainer import final
from fragscope_explainers.gradient.grad_cam import GradCam, weighted
from fragscope_explainers.gradient.layers import layers, look
from fragscope_explainers.gradient.places import Reading
from fragscope_explainers.images import Image
from fragscope_explainers.preprocessing import Preprocessing
from fragscope_explainers.types import Request

HALF = (0.5, 0.5, 0.5)
CLASSES = ("ant", "bee", "cat")


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    """A network with seeded weights, spread widely enough that classes differ."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        module = make()
        for name, weight in module.named_parameters():
            if weight.ndim > 1:
                nn.init.normal_(weight, std=0.3)
            elif "class_token" in name:
                nn.init.normal_(weight)
    return module


def vit() -> nn.Module:
    """torchvision's ViT: 4 x 4 patches and a token for the class."""
    torchvision()
    from torchvision.models.vision_transformer import VisionTransformer

    return seeded(
        lambda: VisionTransformer(
            image_size=32,
            patch_size=8,
            num_layers=3,
            num_heads=2,
            hidden_dim=16,
            mlp_dim=32,
            num_classes=len(CLASSES),
        )
    )


def swin() -> nn.Module:
    """torchvision's Swin transformer, whose feature maps have their channels last."""
    torchvision()
    from torchvision.models.swin_transformer import SwinTransformer

    return seeded(
        lambda: SwinTransformer([4, 4], 8, [1, 2], [1, 2], [4, 4], num_classes=len(CLASSES))
    )


class Transformer(nn.Module):
    """Torch's own encoder on 8 x 8 patches, pooled as asked.

    Parameters
    ----------
    extra : tokens without a place in front.
    pooled : whether the mean of the places answers, rather than the first token.
    """

    def __init__(self, extra: int, pooled: bool) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, 8)
        self.extra = nn.Parameter(torch.randn(1, extra, 16))
        block = nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, len(CLASSES))
        self.pooled = pooled

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = self.norm(self.blocks(torch.cat([self.extra, tokens], 1)))
        extra = self.extra.shape[1]
        return {"logits": self.head(tokens[:, extra:].mean(1) if self.pooled else tokens[:, 0])}


def classifier(module: nn.Module, size: tuple[int, int] = (32, 32)) -> TorchClassifier:
    settings = Preprocessing(size, HALF, HALF, short_side=max(size))
    return TorchClassifier(module, CLASSES, settings, "small", outputs=Outputs())


def batch_of(model: TorchClassifier, image: Image) -> Tensor:
    return model.preprocessing.apply(image).tensor()[None]


def upsampled(coarse: Tensor, size: tuple[int, int]) -> np.ndarray:
    fine = functional.interpolate(coarse, size, mode="bilinear", align_corners=False)
    return fine[0, 0].detach().numpy()


def test_a_vit_is_looked_at_before_its_last_attention(wide_image: Image) -> None:
    model = classifier(vit())
    batch = batch_of(model, wide_image)
    blocks = [f"encoder.layers.encoder_layer_{block}.ln_1" for block in range(3)]
    found = look(model, model.logits, batch, 1)
    assert found.choice.name == blocks[-1]
    assert found.activation.shape == (1, 16, 4, 4)
    assert found.gradient.any()
    listed = layers(model, batch)
    assert [choice.name for choice in listed] == ["conv_proj", *blocks]
    assert {choice.grid for choice in listed} == {(4, 4)}


def test_tokens_become_places_by_the_formula(wide_image: Image) -> None:
    """The map of a ViT is that of its tokens, the class token left out, row by row."""
    module = vit()
    model = classifier(module)
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: Any, output: Tensor) -> None:
        output.retain_grad()
        kept.append(output)

    layer = module.get_submodule("encoder.layers.encoder_layer_2.ln_1")
    handle = layer.register_forward_hook(keep)
    model.logits(batch_of(model, wide_image).requires_grad_())[0, 1].backward()
    handle.remove()
    gradient = kept[0].grad
    assert gradient is not None
    weights = gradient[:, 1:].mean(1, keepdim=True)
    rows = (weights * kept[0][:, 1:]).sum(2).relu().reshape(1, 1, 4, 4)
    model_input = model.preprocessing.apply(wide_image)
    found = final(GradCam().explain(model, Request(model_input, 1))).saliency(1)
    np.testing.assert_allclose(found, upsampled(rows, (32, 32)), rtol=1e-4, atol=1e-8)
    assert found.any()


def test_the_end_of_a_vit_does_not_reach_the_class(wide_image: Image) -> None:
    """Why the last block is not taken: its places have no gradient, and the map would be empty."""
    model = classifier(vit())
    request = Request(model.preprocessing.apply(wide_image), 1)
    explainer = GradCam(layer="encoder.ln")
    snapshot = final(explainer.explain(model, request))
    assert not snapshot.saliency(1).any()
    assert "try an earlier layer" in explainer.note(snapshot, 1)


@pytest.mark.parametrize("size", [(32, 32), (32, 64)])
def test_a_swin_is_its_class_activation_map(size: tuple[int, int], wide_image: Image) -> None:
    """Mean over places, then a linear layer: Grad-CAM is the head's weights on the last maps."""
    module = swin()
    model = classifier(module, size)
    model_input = model.preprocessing.apply(wide_image)
    batch = model_input.tensor()[None]
    maps = module.permute(module.norm(module.features(batch)))
    assert isinstance(module.head, nn.Linear)
    places = maps.shape[2] * maps.shape[3]
    cam = (module.head.weight[2][None, :, None, None] * maps).sum(1, keepdim=True).relu() / places
    found = final(GradCam().explain(model, Request(model_input, 2))).saliency(2)
    np.testing.assert_allclose(found, upsampled(cam, size), rtol=1e-4, atol=1e-8)
    named = final(GradCam(layer="norm").explain(model, Request(model_input, 2))).saliency(2)
    np.testing.assert_allclose(named, found, rtol=1e-5, atol=1e-8)
    grids = [choice.grid for choice in layers(model, batch)]
    assert grids == [(size[0] // 4, size[1] // 4), (size[0] // 8, size[1] // 8)]


@pytest.mark.parametrize(("extra", "pooled"), [(0, True), (1, True), (1, False), (5, False)])
@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
def test_any_number_of_tokens_without_places(
    extra: int, pooled: bool, size: tuple[int, int], wide_image: Image
) -> None:
    module = seeded(lambda: Transformer(extra, pooled))
    model = classifier(module, size)
    found = look(model, model.logits, batch_of(model, wide_image), 0)
    assert found.choice.grid == (size[0] // 8, size[1] // 8)
    assert found.choice.name == ("norm" if pooled else "blocks.layers.1.norm1")
    assert weighted(found.activation, found.gradient).shape == (1, 1, *found.choice.grid)


def test_looking_leaves_no_hooks(wide_image: Image) -> None:
    model = classifier(vit())
    batch = batch_of(model, wide_image)
    layers(model, batch)
    look(model, model.logits, batch, 0)
    with pytest.raises(UnsupportedError, match=r"the layer 'heads\.head' has none"):
        look(model, model.logits, batch, 0, "heads.head")
    assert not any(part._forward_hooks for part in model.module.modules())


def test_a_layer_changed_in_place_is_seen_as_it_was(wide_image: Image) -> None:
    parts = [nn.Conv2d(3, 4, 3, 2), nn.ReLU(inplace=True), nn.Flatten(), nn.LazyLinear(3)]
    module = nn.Sequential(*parts)
    module(torch.zeros(1, 3, 32, 32))
    model = classifier(seeded(lambda: module))
    batch = batch_of(model, wide_image)
    found = look(model, model.logits, batch, 0, "0")
    torch.testing.assert_close(found.activation, parts[0](batch).detach())
    assert bool((found.activation < 0).any())


@pytest.mark.parametrize(
    ("shape", "grid", "extra"),
    [
        ((1, 64, 7, 10), (7, 10), None),
        ((1, 7, 10, 64), (7, 10), None),
        ((1, 70, 8), (7, 10), 0),
        ((1, 71, 8), (7, 10), 1),
        ((1, 75, 8), (7, 10), 5),
    ],
)
def test_places_are_read_off_a_shape(
    shape: tuple[int, ...], grid: tuple[int, int], extra: int | None
) -> None:
    size = torch.Size(shape)
    places = Reading((224, 320), [(nn.Linear(8, shape[-1]), size)]).places(size)
    assert places is not None
    assert (places.grid, places.extra) == (grid, extra)
    assert places.of(torch.zeros(shape)).shape[2:] == grid


@pytest.mark.parametrize("shape", [(1, 5), (4, 49, 8), (1, 64, 1, 1), (1, 1, 8)])
def test_shapes_without_places(shape: tuple[int, ...]) -> None:
    size = torch.Size(shape)
    assert Reading((224, 320), [(nn.Linear(8, shape[-1]), size)]).places(size) is None


def test_timm_vit_with_registers(wide_image: Image) -> None:
    timm = pytest.importorskip("timm")
    module = seeded(
        lambda: timm.models.vision_transformer.VisionTransformer(
            img_size=32,
            patch_size=8,
            embed_dim=16,
            depth=2,
            num_heads=2,
            num_classes=len(CLASSES),
            reg_tokens=4,
        )
    )
    model = classifier(module)
    found = look(model, model.logits, batch_of(model, wide_image), 0)
    assert (found.choice.name, found.choice.grid) == ("blocks.1.norm1", (4, 4))
