"""The bundled model explains a picture alike in every format that it can be saved in."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from fragscope_explainers.classifiers.assembling import Recipe, assemble
from fragscope_explainers.classifiers.catalog import load_classifier
from fragscope_explainers.classifiers.efficientnet_lite import EfficientNetLite0
from fragscope_explainers.classifiers.loaded import LoadedClassifier
from fragscope_explainers.classifiers.model_settings import SET, stated
from fragscope_explainers.classifiers.openvino_engine import import_openvino
from fragscope_explainers.classifiers.sources.found import Found, Order
from fragscope_explainers.classifiers.sources.state_dicts import load_state
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.explainer import final
from fragscope_explainers.images import Image
from fragscope_explainers.registry import methods
from fragscope_explainers.types import Request

SETTINGS = {
    "size": "224",
    "mean": repr(127 / 255),
    "std": repr(128 / 255),
    "short_side": "256",
    "interpolation": "bicubic",
    "resize": "crop",
}
LEAST = 0.99
EXAMPLE = (2, 3, 224, 224)


def onnx(module: torch.nn.Module, path: Path) -> None:
    program = torch.onnx.export(
        module,
        (torch.randn(EXAMPLE),),
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=64)},),
        verbose=False,
    )
    assert program is not None
    program.save(path)


def ir(module: torch.nn.Module, path: Path) -> None:
    openvino = import_openvino()
    model = openvino.convert_model(module, example_input=torch.randn(EXAMPLE))
    model.reshape([-1, *EXAMPLE[1:]])
    openvino.save_model(model, path, compress_to_fp16=False)


def script(module: torch.nn.Module, path: Path) -> None:
    torch.jit.save(torch.jit.trace(module, torch.randn(EXAMPLE)), str(path))


def program(module: torch.nn.Module, path: Path) -> None:
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    torch.export.save(
        torch.export.export(module, (torch.randn(EXAMPLE),), dynamic_shapes=shapes), path
    )


SAVERS: dict[str, Callable[[torch.nn.Module, Path], None]] = {
    "model.onnx": onnx,
    "model.xml": ir,
    "model.ts": script,
    "model.pt2": program,
}


def explained(classifier: LoadedClassifier, image: Image) -> NDArray[Any]:
    request = Request(classifier.preprocessing.apply(image), 504, seed=3, batch_size=16)
    explainer = methods.create("mfpp", masks=60, scales=(12, 48))
    return final(explainer.explain(classifier, request)).saliency(504)


@pytest.fixture(scope="module")
def own_map(classifier: TorchClassifier, wide_image: Image) -> NDArray[Any]:
    """The map of the model as it is bundled."""
    return explained(classifier, wide_image)


@pytest.mark.parametrize("name", SAVERS)
def test_maps_agree_across_formats(
    name: str,
    tmp_path: Path,
    classifier: TorchClassifier,
    wide_image: Image,
    own_map: NDArray[Any],
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what exporters remark
        SAVERS[name](classifier.module, tmp_path / name)
    found = load_classifier(str(tmp_path / name), "cpu", SETTINGS)
    check(found, classifier, wide_image, own_map)


def test_maps_of_a_state_dict_agree(
    tmp_path: Path, classifier: TorchClassifier, wide_image: Image, own_map: NDArray[Any]
) -> None:
    path, order = tmp_path / "w.pth", Order(torch.device("cpu"))
    torch.save({"state_dict": classifier.module.state_dict()}, path)
    module, digest = load_state(lambda classes: EfficientNetLite0(classes or 1000), path, order)
    made = Found(module, "lite", stated(SETTINGS, SET), weights_hash=digest)
    found = assemble(Recipe(made, str(path), order.device, (made.facts, {})))
    check(found, classifier, wide_image, own_map)


def check(
    found: LoadedClassifier, original: TorchClassifier, image: Image, own_map: NDArray[Any]
) -> None:
    assert found.labels == original.labels
    batch: Tensor = original.preprocessing.apply(image).tensor()[None]
    assert torch.allclose(found.probabilities(batch), original.probabilities(batch), atol=1e-4)
    values = explained(found, image)
    assert np.ptp(values) > 0
    assert spearmanr(values.ravel(), own_map.ravel()).statistic >= LEAST
