from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PillowImage
from skimage import data
from torch import nn

from fragscope_explainers import TorchClassifier, image_from_array, load_classifier
from fragscope_explainers.classifiers.model_settings import settled
from fragscope_explainers.classifiers.sources import timm_models
from fragscope_explainers.classifiers.torchvision_compat import torchvision
from fragscope_explainers.errors import ModelError, UnknownNameError

NAME = "mobilenetv3_small_050"


def config(name: str) -> Any:
    torchvision()
    import timm

    return timm.get_pretrained_cfg(name)


@pytest.fixture(scope="module")
def original() -> nn.Module:
    """A small network of timm with seeded weights."""
    torchvision()
    import timm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        found: nn.Module = timm.create_model(NAME, pretrained=False).eval()
    return found


@pytest.fixture
def weights(original: nn.Module, tmp_path: Path) -> Path:
    from safetensors.torch import save_file

    save_file(original.state_dict(), tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_weights_come_through_the_hub(
    weights: Path, original: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(repository: str, file: str, *_: Any, **__: Any) -> Path:
        asked.append((repository, file))
        return weights

    monkeypatch.setattr(timm_models, "fetch", fetch)
    found = load_classifier(f"timm:{NAME}", "cpu")
    assert isinstance(found, TorchClassifier)
    assert asked == [(f"timm/{NAME}.lamb_in1k", "model.safetensors")]
    assert found.name == f"{NAME}.lamb_in1k"
    assert found.weights_hash == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert {*found.settings.guessed} == set()
    assert found.labels[0] == "tench"
    assert found.recipe is not None
    assert "apache-2.0" in found.recipe.found.origin
    batch = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(found.logits(batch), original(batch), atol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["resnet18", "convnext_tiny.fb_in22k_ft_in1k", "vit_base_patch16_384.augreg_in1k", NAME],
)
def test_pictures_are_prepared_as_timm_does(name: str) -> None:
    torchvision()
    from timm.data import create_transform, resolve_data_config

    found = config(name)
    transform = create_transform(**resolve_data_config(pretrained_cfg=found.to_dict()))
    photo = data.chelsea()
    wanted = transform(PillowImage.fromarray(photo)).numpy()
    facts = timm_models.facts(found, "timm")
    ours = settled((facts,)).preprocessing.apply(image_from_array(photo, "cat")).values
    assert ours.shape == wanted.shape
    assert np.abs(ours - wanted).max() < 1e-5
    assert not any(known.guessed for known in facts.values())


def test_what_can_only_be_come_near_to_is_told_as_a_guess() -> None:
    from dataclasses import replace

    found = replace(config("resnet18"), crop_mode="border", crop_pct=0.9)
    facts = timm_models.facts(found, "timm")
    assert facts["resize"].source == "guessed: near to timm's crop_mode border, crop_pct 0.9"
    assert facts["size"].source == "timm"


@pytest.mark.parametrize(
    ("changes", "first", "count"),
    [
        ({}, "tench", 1000),
        ({"num_classes": 11821}, "benthos", 11821),
        ({"num_classes": 21841}, "organism, being", 21841),
        ({"num_classes": 2, "label_names": ("n1", "n2")}, "n1", 2),
        (
            {"num_classes": 1, "label_names": ("n1",), "label_descriptions": {"n1": "a thing"}},
            "a thing",
            1,
        ),
    ],
)
def test_classes_are_named_where_timm_knows_them(
    changes: dict[str, Any], first: str, count: int
) -> None:
    from dataclasses import replace

    found = timm_models.labels(replace(config("resnet18"), **changes), "timm")
    assert found is not None
    assert (found.value[0], len(found.value)) == (first, count)


def test_other_numbers_of_classes_have_no_names() -> None:
    from dataclasses import replace

    assert timm_models.labels(replace(config("resnet18"), num_classes=7), "timm") is None


def test_weights_of_a_file_leave_the_preprocessing_guessed(
    original: nn.Module, tmp_path: Path
) -> None:
    path = tmp_path / "mine.pth"
    torch.save(original.state_dict(), path)
    found = load_classifier(f"timm:{NAME}@{path}", "cpu")
    assert isinstance(found, TorchClassifier)
    assert {"size", "mean", "short_side"} <= {*found.settings.guessed}
    batch = torch.zeros(1, 3, 224, 224)
    with torch.inference_mode():
        assert torch.allclose(found.logits(batch), original(batch), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("resnet81", "'resnet"), ("resnet18.a1_in2k", "'resnet18.a1_in1k'")],
)
def test_unknown_names_are_told_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=nearest):
        load_classifier(f"timm:{name}")


def test_models_that_only_make_features_are_told_and_not_listed() -> None:
    name = "vit_small_patch16_dinov3.lvd1689m"
    assert name not in timm_models.names()
    with pytest.raises(ModelError, match="makes features and has no classes"):
        load_classifier(f"timm:{name}")


def test_without_a_network_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=rf"cannot be reached.*timm:{NAME}@weights\.pth"):
        load_classifier(f"timm:{NAME}")


def test_without_its_package_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModelError, match=r"pip install 'fragscope\[timm\]'"):
        load_classifier(f"timm:{NAME}")
