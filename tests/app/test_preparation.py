from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fragscope.model_choice import ModelChoice
from fragscope.preparation import (
    MOST_SHOWN,
    cut_pyramid,
    load_model,
    open_file,
    open_image,
    predict,
)
from fragscope_explainers import fragment_pyramid, read_image
from fragscope_explainers import predict as probabilities_of
from fragscope_explainers.classifiers.torch_classifier import TorchClassifier
from fragscope_explainers.errors import ImageError
from fragscope_explainers.images import image_from_array


def test_a_small_picture_is_shown_as_it_is(photo: Path) -> None:
    (opened,) = open_file(photo)
    assert opened.image.path == photo
    np.testing.assert_array_equal(opened.preview, opened.image.pixels)


@pytest.mark.parametrize(
    ("height", "width", "shown"),
    [
        (16, MOST_SHOWN, (16, MOST_SHOWN)),
        (16, MOST_SHOWN + 1, (8, MOST_SHOWN // 2 + 1)),
        (5000, 30, (1667, 10)),
    ],
)
def test_a_large_picture_is_reduced_by_a_whole_step(
    height: int, width: int, shown: tuple[int, int]
) -> None:
    pixels = np.full((height, width, 3), 77, np.uint8)
    (opened,) = open_image(image_from_array(pixels, "wide"))
    assert opened.preview.shape == (*shown, 3)
    assert opened.preview.dtype == np.uint8
    assert (opened.preview == 77).all()
    assert (opened.image.height, opened.image.width) == (height, width)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no such file"):
        list(open_file(tmp_path / "missing.png"))


def test_the_prediction_and_the_fragments_are_of_the_same_crop(
    photo: Path, small_classifier: TorchClassifier
) -> None:
    (prediction,) = predict(read_image(photo), small_classifier)
    expected = probabilities_of(small_classifier, prediction.model_input).numpy()
    np.testing.assert_allclose(prediction.probabilities, expected, rtol=1e-5, atol=1e-7)
    assert not prediction.probabilities.flags.writeable
    assert list(prediction.top) == list(np.argsort(-expected)[:5])
    (pyramid,) = cut_pyramid(prediction.model_input)
    np.testing.assert_array_equal(
        pyramid.labels, fragment_pyramid(prediction.model_input.rgb).labels
    )


def test_the_bundled_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    (classifier,) = load_model(ModelChoice(), lambda *_: None)
    assert (classifier.name, len(classifier.labels)) == ("EfficientNet-Lite0", 1000)
