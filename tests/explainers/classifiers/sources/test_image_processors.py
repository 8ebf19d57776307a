from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from skimage import data

from fragscope_explainers import image_from_array
from fragscope_explainers.classifiers.model_settings import settled
from fragscope_explainers.classifiers.sources.image_processors import processor_facts
from fragscope_explainers.classifiers.torchvision_compat import torchvision

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ViT", {}),
    ("ViT", {"do_normalize": False}),
    ("ViT", {"do_rescale": False, "image_mean": [127.5] * 3, "image_std": [64.0] * 3}),
    ("ViT", {"resample": 0, "size": {"height": 60, "width": 90}}),
    ("ConvNext", {"size": {"shortest_edge": 224}}),
    ("ConvNext", {}),
    ("MobileViT", {"size": {"shortest_edge": 288}}),
    ("EfficientNet", {}),
    ("EfficientNet", {"rescale_offset": True, "rescale_factor": 1 / 127.5}),
    ("EfficientNet", {"do_normalize": False}),
    ("MobileNetV1", {}),
    ("Levit", {}),
    ("PoolFormer", {}),
    ("Beit", {}),
    ("CLIP", {}),
]


def prepared(name: str, values: dict[str, Any], photo: np.ndarray) -> tuple[Any, ...]:
    """What the processor makes of a photo, what we make of it, and our settings."""
    torchvision()
    import transformers

    processor = getattr(transformers, f"{name}ImageProcessor")(**values)
    wanted = processor(images=PillowImage.fromarray(photo), return_tensors="np")
    settings = settled((processor_facts(processor.to_dict()),))
    found = settings.preprocessing.apply(image_from_array(photo, "cat")).values
    return wanted["pixel_values"][0], found, settings


@pytest.mark.parametrize(("name", "values"), CASES)
def test_pictures_are_prepared_as_the_processor_does(name: str, values: dict[str, Any]) -> None:
    wanted, found, settings = prepared(name, values, data.chelsea())
    assert found.shape == wanted.shape
    # It scales by torchvision, which differs from Pillow by a grey level here and there.
    assert np.abs(found - wanted).mean() < 1e-3 * wanted.std()
    assert not {"mean", "std", "size", "resize", "short_side", "order"} & {*settings.guessed}


def test_what_can_only_be_come_near_to_is_told_as_a_guess() -> None:
    square = data.chelsea()[:, 50:350]
    wanted, found, settings = prepared("DeiT", {}, square)
    assert {"resize", "short_side"} <= {*settings.guessed}
    assert np.abs(found - wanted).mean() < 2e-2 * wanted.std()


@pytest.mark.parametrize("said", [{}, {"size": None}, {"do_resize": True}, {"image_mean": 0.5}])
def test_a_processor_may_say_little(said: dict[str, Any]) -> None:
    found = processor_facts(said)
    assert "size" not in found
    assert found["order"].value == "RGB"
